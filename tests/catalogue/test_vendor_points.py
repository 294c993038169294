"""What is documented about native ids, pump by pump and quirk by quirk."""

import pytest

from pumphouse.catalogue.catalogue import Catalogue, NativePoint, load_catalogue, public_name
from pumphouse.core.units import Quantity

CATALOGUE = load_catalogue()
VENDORS = ("nibe_uplink", "myuplink")
POINTS = [point for vendor in VENDORS for point in CATALOGUE.vendor(vendor).points()]

#: climate system 1 first
CLIMATE_SYSTEMS = {
    "return_temperature": "40012 40129 40128 40127 40166 40165 40164 40163",
    "supply_temperature": "40008 40007 40006 40005 40162 40161 40160 40159",
    "calculated_supply_temperature": "43009 43008 43007 43006 40220 40219 40218 40217",
    "calculated_cooling_supply_temperature": "44270 44269 44268 44267 40224 40223 40222 40221",
    "room_temperature": "40033 40032 40031 40030 40170 40169 40168 40167",
    "room_setpoint_heating": "47398 47397 47396 47395 48683 48682 48681 48680",
    "room_setpoint_cooling": "48785 48784 48783 48782 48781 48780 48779 48778",
    "room_sensor_control_active": "47394 47393 47392 47391",
    "external_adjustment_active": "43161 43160 43159 43158",
    "heating_offset": "47011 47010 47009 47008 48494 48493 48492 48491",
    "cooling_offset": "48739 48738 48737 48736 48735 48734 48733 48732",
    "heating_curve": "47007 47006 47005 47004",
    "minimum_supply_temperature": "47015 47014 47013 47012",
    "maximum_supply_temperature": "47016 47017 47018 47019",
}
#: minimum, maximum, step of the settings on NIBE's official list
OFFICIAL = {
    "heating_offset": (-10, 10, 1),
    "cooling_offset": (-10, 10, 1),
    "room_setpoint_heating": (5, 30, 0.5),
    "room_setpoint_cooling": (5, 35, 0.5),
}
#: ids of NIBE's S-series on myUplink that are documented
S_SERIES = """
    4 54 8 10 11 12 10894 32628 13 14 15 16 17 19 22 23 44 58 64 65 66 94 6994 605 8080 1961 1963
    781 1708 1755 1865 26411 1756 55027 1959 1965 1975 1977 2716 2717 2720 2721 3671 3830 4040 4041
    4564 4789 5927 5952 7086 8121 10613 10845 10863 10905 10906 14950 55000 21006 26945 22130 25165
    27335 25133 25134 25137 25138 25141 25142 25154 25155 25158 25159 25162 25163 27378 27379 27382
    27383 28392 28393 27233 29699 29972 30337 30338 47751 47752 48351 48352 50660 30331 30334 30335
    33405 56150"""


def get(vendor: str, native_id: str, **wire: str) -> NativePoint:
    point = CATALOGUE.vendor(vendor).get(native_id, **wire)
    assert point is not None
    return point


def test_a_mapping_names_an_existing_metric_of_the_same_quantity():
    for point in POINTS:
        if point.metric is None:
            assert point.reason, point
            continue
        metric = CATALOGUE.metrics[point.metric]
        assert point.reason is None, point
        if metric.quantity is Quantity.OTHER:
            assert point.unit is None, point
        else:
            assert point.unit is not None, point
            assert point.unit.quantity is metric.quantity, point


def test_the_label_of_a_code_is_one_that_all_vendors_share():
    for point in POINTS:
        if point.metric is not None and (options := CATALOGUE.metrics[point.metric].options):
            labels = {option.label for option in point.options}
            assert labels, point
            assert labels <= {option.label for option in options}, point


def test_a_point_is_consistent_in_itself():
    for point in POINTS:
        codes = [option.value for option in point.options]
        assert len(set(codes)) == len(codes), point
        assert point.kind in {"enum", "bool"} or not codes, point
        assert point.instance >= 1, point
        assert not (point.writable and point.read_only), point
        if point.minimum is not None and point.maximum is not None:
            assert point.minimum < point.maximum, point
            assert point.unit is not None, point
            assert point.unit == point.unit.canonical, point


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("metric", "ids"), CLIMATE_SYSTEMS.items(), ids=CLIMATE_SYSTEMS)
def test_the_blocks_of_the_climate_systems_are_numbered_from_one(vendor, metric, ids):
    for number, native_id in enumerate(ids.split(), start=1):
        point = get(vendor, native_id, unit="°C" if "temperature" in metric else "")
        assert (point.metric, point.instance) == (metric, number)


@pytest.mark.parametrize(("metric", "limits"), OFFICIAL.items(), ids=OFFICIAL)
def test_the_settings_on_nibes_list_can_be_written_within_their_limits(metric, limits):
    for native_id in CLIMATE_SYSTEMS[metric].split():
        point = get("nibe_uplink", native_id)
        assert point.writable
        assert (point.minimum, point.maximum, point.step) == limits


def test_nibe_uplink_writes_nothing_but_its_list_and_what_is_reported_to_work():
    official = {i for metric in OFFICIAL for i in CLIMATE_SYSTEMS[metric].split()}
    points = CATALOGUE.vendor("nibe_uplink").points()

    assert {p.id for p in points if p.writable} == official | {
        "48132",
        "47260",
        "smart_home_mode",
    }


@pytest.mark.parametrize(
    ("alias", "native_id"),
    [
        ("outdoor_temperature", "40004"),
        ("fan_speed", "10001"),
        ("hot_water_boost", "48132"),
        ("ventilation_boost", "47260"),
    ],
)
def test_an_alias_of_nibe_uplink_means_what_its_id_means(alias, native_id):
    assert CATALOGUE.vendor("nibe_uplink").aliases[alias] == native_id
    assert get("nibe_uplink", alias) == get("nibe_uplink", native_id)


@pytest.mark.parametrize(
    ("alias", "metric"),
    [
        ("indoor_temperature", "room_temperature"),
        ("hot_water_temperature", "hot_water_temperature"),
        ("smart_temp_status", "room_setpoint_shift"),
    ],
)
def test_an_alias_without_a_documented_id_has_a_meaning_of_its_own(alias, metric):
    assert get("nibe_uplink", alias).metric == metric


@pytest.mark.parametrize(
    ("native_id", "name", "metric"),
    [
        ("40079", "EB100-BE3", "phase_3_current"),
        ("40083", "EB100-BE1", "phase_1_current"),
        ("40079", "BE1", "phase_1_current"),
        ("40083", "BE3", "phase_3_current"),
        ("40081", "BE2", "phase_2_current"),
        ("40079", "", "phase_3_current"),
        ("40083", "", "phase_1_current"),
    ],
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_name_says_which_clamp_a_current_comes_from(vendor, native_id, name, metric):
    assert get(vendor, native_id, designation=name, unit="A").metric == metric
    assert get(vendor, native_id, title=f"Cur\u00adrent ({name})", unit="A").metric == metric


def test_soft_hyphens_inside_the_decisive_word_do_not_matter():
    assert get("myuplink", "49996", title="Charge pump (G\u00adP12)").metric == (
        "charge_pump_running"
    )


@pytest.mark.parametrize(
    ("title", "metric"),
    [
        ("product", "product"),
        ("serial number", "serial_number"),
        ("version", "software_version"),
    ],
)
def test_the_rows_with_id_0_are_texts_told_apart_by_their_title(title, metric):
    point = get("nibe_uplink", "0", title=title)

    assert (point.metric, point.kind) == (metric, "text")


def test_an_unexpected_row_with_id_0_is_a_text_too():
    assert get("nibe_uplink", "0", title="colour").kind == "text"


@pytest.mark.parametrize("native_id", S_SERIES.split())
def test_a_documented_id_of_the_s_series_is_known(native_id):
    point = get("myuplink", native_id, unit="°C")

    assert point.metric or point.reason


@pytest.mark.parametrize("native_id", ["47751", "47752"])
def test_an_id_that_both_series_use_is_told_apart_by_its_unit(native_id):
    assert get("myuplink", native_id, unit="°C").metric == "room_setpoint_heating"
    assert get("myuplink", native_id).metric is None
    assert get("nibe_uplink", native_id).metric is None


@pytest.mark.parametrize("native_id", ["25154", "25155", "25158", "25159", "25162", "25163"])
def test_what_happened_in_the_past_hour_is_no_counter(native_id):
    metric = CATALOGUE.metrics[str(get("myuplink", native_id, unit="kWh").metric)]

    assert metric.state_class == "measurement"


@pytest.mark.parametrize("native_id", ["44298", "44300", "44302", "44304", "44306", "44308"])
def test_the_heat_meter_counts_what_was_produced(native_id):
    assert "produced" in str(get("nibe_uplink", native_id, unit="kWh").metric)


@pytest.mark.parametrize("native_id", ["781", "1755", "1959", "1961", "1963", "15753"])
def test_a_counter_is_read_only_although_the_cloud_offers_to_set_it(native_id):
    assert get("myuplink", native_id).read_only


@pytest.mark.parametrize("native_id", ["50225", "50233", "50241"])
def test_an_override_can_be_set_although_the_cloud_denies_it(native_id):
    assert get("myuplink", native_id, unit="°C").writable


def test_all_numberings_of_the_priority_share_their_labels():
    by_id = {
        native_id: {option.value: option.label for option in get("myuplink", native_id).options}
        for native_id in ("49994", "14950", "55000")
    }

    assert by_id["49994"][30] == by_id["14950"][1] == by_id["55000"][30] == "Heating"
    assert by_id["49994"][20] == by_id["14950"][3] == by_id["55000"][20] == "Hot water"


def test_an_id_nobody_knows_means_nothing():
    assert CATALOGUE.vendor("myuplink").get("99999") is None
    assert CATALOGUE.vendor("no such vendor").get("40004") is None


@pytest.mark.parametrize(
    ("ids", "winner"),
    [
        (["43005", "40940", "40941"], "40941"),
        (["43005", "40940"], "40940"),
        (["50004", "48132"], "48132"),
        (["22130", "25165", "27335"], "22130"),
    ],
)
def test_the_preferred_id_of_a_device_gets_the_name(ids, winner):
    names = CATALOGUE.assign([get("myuplink", native_id) for native_id in ids])

    assert list(names) == [winner]


def test_further_instances_get_a_number():
    names = CATALOGUE.assign([get("myuplink", i, unit="°C") for i in ("40007", "40008", "47007")])

    assert names == {
        "40008": "supply_temperature",
        "40007": "supply_temperature_2",
        "47007": "heating_curve",
    }


def test_among_equals_the_first_gets_the_name():
    first, second = (NativePoint(native_id, metric="priority") for native_id in "ab")

    assert CATALOGUE.assign([second, first]) == {"b": "priority"}


def test_points_without_a_metric_get_no_name():
    assert CATALOGUE.assign([NativePoint("1", reason="unknown")]) == {}


@pytest.mark.parametrize("instance", [1, 2, 8, 10, 100])
def test_a_public_name_leads_back_to_its_metric(instance):
    for metric in CATALOGUE.metrics.values():
        assert CATALOGUE.metric(public_name(metric.name, instance)) is metric


@pytest.mark.parametrize(
    "name",
    ["", "_2", "supply", "supply_temperature_", "supply_temperature_0", "supply_temperature_1"],
)
def test_a_name_that_is_never_given_leads_nowhere(name):
    assert CATALOGUE.metric(name) is None


def test_the_catalogue_is_read_once():
    assert load_catalogue() is CATALOGUE
    assert isinstance(CATALOGUE, Catalogue)
