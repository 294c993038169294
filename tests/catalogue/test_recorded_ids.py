"""Every native id that a recorded pump has ever sent, against the catalogue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pumphouse.catalogue.catalogue import NativePoint, load_catalogue
from pumphouse.core.units import Quantity, parse_unit

RECORDINGS = Path(__file__).parents[1] / "recordings"
CATALOGUE = load_catalogue()
NIBE = CATALOGUE.vendor("nibe_uplink")
MYUPLINK = CATALOGUE.vendor("myuplink")
MISSING = -32768

#: the divisors of NIBE Uplink's parameters, as derived from raw and displayed values
DIVISORS = {
    1000: "10069",
    100: "43084 43144 43305 47212",
    10: """
        40004 40007 40008 40012 40013 40014 40015 40016 40017 40018 40019 40020 40022 40023 40024
        40025 40026 40032 40033 40047 40048 40050 40067 40071 40072 40075 40079 40081 40083 40121
        40129 40141 40142 40143 40144 40152 40183 40771 40874 40875 41026 41162 41163 41167 41189
        41190 43005 43008 43009 43064 43065 43081 43115 43116 43124 43125 43136 43146 43542 44055
        44058 44059 44060 44061 44270 44298 44300 44302 44304 44306 44308 44362 44363 44699 44700
        44701 44866 44896 47374 48991""",
    1: """
        10001 40311 40312 40737 40782 40870 40872 43066 43091 43122 43123 43152 43181 43371 43372
        43416 43420 43424 43427 43437 43439 44014 44069 44071 44073 44396 47011 47214 47261 47262
        47263 47264 47265 47613 48739 48853 48854 48855 48856 48857""",
}
CODES = {
    "enum": "41191 44897 44908 47131 47260 47407 47408 47409 47410 47411 47412 48132 48366 48745",
    "bool": "10012 10014 10033 40942 43160 43161 44702 44703 47276",
}
#: what the recordings' own table of divisors has wrong (tests/recordings/README.md)
CORRECTED = {"43084": 100, "10069": 1000} | dict.fromkeys(
    ("41189", "41190", "44700", "44866", "48991"), 10
)
#: measured values under a list of texts that has nothing to do with them
BOGUS_LISTS = {"50095", "50096", "50113", "50114"}


@dataclass(frozen=True)
class Row:
    """One value on the wire, whatever the vendor."""

    file: str
    device: str
    id: str
    title: str
    designation: str
    unit: str
    value: float
    shown: str
    divisor: float | None
    has_texts: bool = False

    def native(self) -> NativePoint | None:
        vendor = NIBE if self.file.startswith("nibe_uplink") else MYUPLINK
        return vendor.get(self.id, designation=self.designation, title=self.title, unit=self.unit)


def nibe_rows() -> Iterator[Row]:
    for path in sorted(RECORDINGS.glob("nibe_uplink/*.json")):
        recording = json.loads(path.read_text("utf-8"))
        found = [
            (unit, parameter)
            for unit, categories in recording["categories"].items()
            for category in categories
            for parameter in category["parameters"]
        ]
        found += [(u, p) for u, ps in recording.get("parameters", {}).items() for p in ps]
        for unit, parameter in found:
            native_id = str(parameter["parameterId"])
            expected = recording["expected"].get(unit, {}).get(native_id, {})
            yield Row(
                file=f"nibe_uplink/{path.name}",
                device=unit,
                id=native_id,
                title=parameter["title"],
                designation=parameter["designation"],
                unit=parameter["unit"],
                value=parameter["rawValue"],
                shown=parameter["displayValue"],
                divisor=expected.get("divisor"),
            )


def myuplink_rows() -> Iterator[Row]:
    for path in sorted(RECORDINGS.glob("myuplink/*.json")):
        for device, points in json.loads(path.read_text("utf-8"))["points"].items():
            for point in points:
                yield Row(
                    file=f"myuplink/{path.name}",
                    device=device,
                    id=point["parameterId"],
                    title=point["parameterName"],
                    designation="",
                    unit=point["parameterUnit"],
                    value=point["value"],
                    shown=point["strVal"],
                    divisor=1 / float(point["scaleValue"]),
                    has_texts=bool(point["enumValues"]),
                )


NIBE_ROWS = list(nibe_rows())
MYUPLINK_ROWS = list(myuplink_rows())
ROWS = NIBE_ROWS + MYUPLINK_ROWS
FILES = sorted({row.file for row in ROWS})


def native_of(row: Row) -> NativePoint:
    native = row.native()
    assert native is not None, f"{row.id} ({row.title}) of {row.file} is not in the catalogue"
    return native


def test_all_recordings_are_there():
    assert len([file for file in FILES if file.startswith("nibe_uplink/")]) == 11
    assert len([file for file in FILES if file.startswith("myuplink/")]) == 6
    assert len({row.id for row in MYUPLINK_ROWS if row.file.endswith("/SMO-20.json")}) == 578


@pytest.mark.parametrize("file", FILES)
def test_every_recorded_id_has_a_metric_or_a_reason_for_having_none(file):
    for row in (row for row in ROWS if row.file == file):
        native = native_of(row)
        assert (native.metric is None) == bool(native.reason), row


@pytest.mark.parametrize("file", FILES)
def test_every_recorded_value_measures_what_its_metric_measures(file):
    for row in (row for row in ROWS if row.file == file):
        native = native_of(row)
        unit = native.unit or parse_unit(row.unit)
        if native.metric is None:
            continue
        metric = CATALOGUE.metrics[native.metric]
        assert unit.quantity is metric.quantity, row
        assert (native.kind == "text") == metric.text
        assert bool(native.options) >= bool(metric.options)


@pytest.mark.parametrize("file", FILES)
def test_a_metric_belongs_to_one_id_of_a_recorded_device(file):
    # the units of a NIBE Uplink system are one device
    of_system = file.startswith("nibe_uplink")
    devices: dict[str, dict[str, NativePoint]] = {}
    for row in (row for row in ROWS if row.file == file):
        unique = f"{row.device}/{row.id}:{row.title}" if of_system and row.id == "0" else row.id
        native = replace(native_of(row), id=unique)
        devices.setdefault("" if of_system else row.device, {})[unique] = native
    for natives in devices.values():
        names = CATALOGUE.assign(list(natives.values()))
        assert len(set(names.values())) == len(names)
        for native_id, name in names.items():
            metric = CATALOGUE.metric(name)
            assert metric is not None
            assert metric.name == natives[native_id].metric
        claimed = {native.metric for native in natives.values()} - {None}
        assert {natives[native_id].metric for native_id in names} == claimed


@pytest.mark.parametrize("divisor", DIVISORS)
def test_the_divisors_of_nibe_uplink_are_those_seen_on_the_wire(divisor):
    for native_id in DIVISORS[divisor].split():
        native = NIBE.get(native_id)
        assert native is not None
        assert native.divisor == divisor, native_id


@pytest.mark.parametrize("kind", CODES)
def test_codes_of_nibe_uplink_are_not_scaled(kind):
    for native_id in CODES[kind].split():
        native = NIBE.get(native_id)
        assert native is not None
        assert (native.kind, native.divisor) == (kind, 1), native_id
        assert native.options


def test_the_divisors_agree_with_the_recordings_table():
    for row in NIBE_ROWS:
        if row.id in {"0", "41427"}:
            continue
        expected = CORRECTED.get(row.id, row.divisor or 1)
        assert native_of(row).divisor == expected, row


@pytest.mark.parametrize(
    ("unit", "divisor"), [("øre", 1), ("cent", 10), ("", None), ("groszy", None)]
)
def test_the_price_that_is_set_in_41427_is_scaled_by_its_unit_and_means_no_price(unit, divisor):
    native = NIBE.get("41427", unit=unit)

    assert native is not None
    assert native.metric is None
    assert native.divisor == divisor


def test_scaled_values_of_nibe_uplink_are_those_displayed():
    for row in NIBE_ROWS:
        native = native_of(row)
        # one pump contradicts itself in this value, says the recordings' README
        contradicts = row.file.endswith("VVM-500+F2120-12.json") and row.id == "40004"
        if row.value == MISSING or native.kind != "number" or contradicts:
            continue
        assert native.divisor is not None
        shown = float(row.shown.removesuffix(row.unit).strip())
        assert abs(row.value / native.divisor - shown) < 1.0, row


def test_both_clouds_agree_about_the_resolution_of_a_register():
    for row in MYUPLINK_ROWS:
        native = NIBE.get(row.id, title=row.title, unit=row.unit)
        if native is None or native.kind != "number" or native.divisor is None:
            continue
        if native_of(row).kind == "number":  # 47212 is a list of texts on one of them
            assert native.divisor == pytest.approx(row.divisor), row


def test_myuplink_values_are_never_divided():
    assert {native_of(row).divisor for row in MYUPLINK_ROWS} == {1.0}


def test_a_list_of_texts_on_the_wire_means_an_enumeration_unless_it_is_bogus():
    for row in MYUPLINK_ROWS:
        if row.has_texts:
            is_coded = native_of(row).kind in {"enum", "bool"}
            assert is_coded != (row.id in BOGUS_LISTS), row


def test_recorded_codes_of_mapped_enumerations_have_labels():
    for row in ROWS:
        native = native_of(row)
        if native.metric and native.kind in {"enum", "bool"} and row.value != MISSING:
            assert row.value in {option.value for option in native.options}, row


@pytest.mark.parametrize(
    ("native_id", "unit", "symbol"),
    [
        ("43064", "", "K"),
        ("43065", "", "K"),
        ("43146", "°C", "K"),
        ("43081", "", "h"),
        ("43081", "h", "h"),
        ("40940", "", "DM"),
        ("40050", "", ""),
        ("41026", "", ""),
        ("43124", "", "m³/h"),
        ("43124", "m3/h", "m³/h"),
        ("43108", "%", ""),
        ("22130", "Ws", "W"),
        ("22130", "W", "W"),
        ("22130", "kW", "kW"),
        ("41162", "°C", "°C"),
        ("40121", "\u00baC", "°C"),
        ("47378", "°C", "K"),
        ("30200", "(EB101)", ""),
    ],
)
def test_a_missing_or_wrong_unit_is_replaced_and_a_good_one_trusted(native_id, unit, symbol):
    native = MYUPLINK.get(native_id, unit=unit)

    assert native is not None
    assert (native.unit or parse_unit(unit)).symbol == symbol
    assert native.unit is None or native.unit.quantity is not Quantity.OTHER
