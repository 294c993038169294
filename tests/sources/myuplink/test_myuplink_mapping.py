"""What a point of myUplink becomes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Severity
from pumphouse.sources.myuplink import wire
from pumphouse.sources.myuplink.mapping import DeviceMapper, device_of, event_of
from pumphouse.sources.parsing import parse
from pumphouse.sources.selection import Selection

READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
TIME = "2026-06-14T14:07:41+02:00"
UNKNOWN = "98765"


def row(**changes) -> dict[str, Any]:
    return {
        "category": "S735", "parameterId": UNKNOWN, "parameterName": "thing",
        "parameterUnit": "", "writable": False, "timestamp": TIME, "value": 1, "strVal": "1",
        "smartHomeCategories": [], "minValue": None, "maxValue": None, "stepValue": 1,
        "enumValues": [], "scaleValue": "1", "zoneId": None, **changes,
    }  # fmt: skip


def batch(*rows: dict[str, Any]):
    mapper = DeviceMapper("cloud", load_catalogue(), Selection())
    device = device_of("cloud", wire.SystemDevice.model_validate({"id": "d"}))
    return mapper.batch(device, wire.POINTS.validate_python(list(rows)), READ_AT)


def enum(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"value": value, "text": text, "icon": ""} for value, text in pairs]


@pytest.mark.parametrize(
    ("given", "value", "text"),
    [
        (22, 22.0, None),
        (22.5, 22.5, None),
        ("22.5", 22.5, None),
        ("21.5°C", None, "21.5°C"),
        (True, 1.0, None),
        ("4.11.5", None, "4.11.5"),
        ("pro\u00adgram\r\n two", None, "program two"),
    ],
)
def test_a_value_is_a_number_or_a_text(given, value, text):
    (reading,) = batch(row(value=given, strVal=str(given))).readings
    assert (reading.value, reading.text) == (value, text)


@pytest.mark.parametrize(
    ("value", "unit", "scale"),
    [
        (None, "", "1"),
        ("", "", "1"),
        (-32768, "°C", "0.1"),
        (-32768.0, "", "1"),
        ("-32768", "°C", "0.1"),
        (-3276.8, "°C", "0.1"),
        ("-32768°C", "ºC", "1"),
        (-3276.8, "ºC", "0.1"),
        ("-3276.8 °C", "ºC", "0.1"),
        ("\u00ad", "", "1"),
        ("--", "°C", "0.1"),
        ("NaN", "", "1"),
        ("Infinity", "", "1"),
        ("-inf", "", "1"),
    ],
)
def test_the_sentinel_and_nothing_are_missing(value, unit, scale):
    made = batch(row(value=value, parameterUnit=unit, scaleValue=scale))
    assert made.readings == ()
    assert [point.key.point for point in made.points] == [UNKNOWN]


@pytest.mark.parametrize(
    ("given", "unit", "value"),
    [
        ("21.5°C", "°C", 21.5),
        ("-21.5 ºC", "°C", -21.5),
        ("12l/m", "l/min", 12.0),
        ("5 (EB101)", "(EB101)", 5.0),
    ],
)
def test_a_unit_behind_the_number_is_cut_off_in_every_spelling(given, unit, value):
    (reading,) = batch(row(value=given, parameterUnit=unit)).readings
    assert reading.value == value


@pytest.mark.parametrize(("given", "called"), [([1], "a list"), ({"a": 1}, "an object")])
def test_a_value_of_the_wrong_shape_costs_its_point_only(given, called):
    told: list[str] = []
    points = parse(wire.POINTS, [row(value=given), row(parameterId="1")], "the points", told.append)
    assert [point.parameter_id for point in points] == ["1"]
    assert told == [f"the points: parameterId {UNKNOWN} is not understood: value is {called}"]


def test_a_missing_sensor_claims_no_metric_and_one_that_pauses_keeps_its_own():
    mapper = DeviceMapper("cloud", load_catalogue(), Selection())
    device = device_of("cloud", wire.SystemDevice.model_validate({"id": "d"}))

    def metric(value: float) -> str | None:
        given = row(parameterId="40004", parameterUnit="°C", value=value)
        made = mapper.batch(device, wire.POINTS.validate_python([given]), READ_AT)
        return made.points[0].metric

    assert [metric(value) for value in (-32768, 4.5, -32768)] == [
        None, "outdoor_temperature", "outdoor_temperature",
    ]  # fmt: skip


def test_a_missing_code_has_the_vendors_labels_but_learns_none():
    values = enum(("0", "Off"), ("1", "On"))
    (point,) = batch(row(value=-32768, strVal="--", enumValues=values)).points
    assert [option.label for option in point.options] == ["Off", "On"]


def test_a_device_was_last_seen_at_its_newest_point_that_is_not_ahead():
    times = (TIME, "2026-06-14T13:00:00Z", "2031-01-01T00:00:00Z", None)
    made = batch(*(row(parameterId=str(n), timestamp=time) for n, time in enumerate(times)))
    assert made.devices[0].last_seen == datetime(2026, 6, 14, 13, tzinfo=UTC)
    assert batch(row(timestamp=None)).devices[0].last_seen is None


@pytest.mark.parametrize(
    ("value", "unit", "scale"), [(-3276.8, "DM", "0.1"), (-32767, "", "1"), (-3276.8, "°C", "1")]
)
def test_a_value_that_only_looks_like_the_sentinel_stays(value, unit, scale):
    assert batch(row(value=value, parameterUnit=unit, scaleValue=scale)).readings


def test_the_time_is_the_points_own_in_utc():
    (reading,) = batch(row()).readings
    assert reading.time == datetime(2026, 6, 14, 12, 7, 41, tzinfo=UTC)


@pytest.mark.parametrize("time", [None, "", "0001-01-01T00:00:00"])
def test_a_point_without_a_time_has_that_of_the_read(time):
    assert batch(row(timestamp=time)).readings[0].time == READ_AT


@pytest.mark.parametrize(
    ("limits", "scale", "right"),
    [
        ((50, 350, 5), "0.1", (5.0, 35.0, 0.5)),
        ((-30000, 30000, 100), "0.1", (-3000.0, 3000.0, 10.0)),
        ((0, 1, None), "1", (0.0, 1.0, None)),
        ((None, None, 1), "0.1", (None, None, None)),
        ((50, None, 5), "0.1", (5.0, None, 0.5)),
        ((None, 350, 5), "0.1", (None, 35.0, 0.5)),
        ((2147483647, 0, 1), "1", (None, None, None)),
        (("", "", ""), "1", (None, None, None)),
        ((0, 0, 1), None, (0.0, 0.0, 1.0)),
    ],
)
def test_limits_are_scaled_or_absent(limits, scale, right):
    low, high, step = limits
    (point,) = batch(row(minValue=low, maxValue=high, stepValue=step, scaleValue=scale)).points
    assert (point.minimum, point.maximum, point.step) == right


def test_limits_leave_in_canonical_units():
    given = row(parameterUnit="h", minValue=0, maxValue=24, stepValue=1, value=3)
    made = batch(given)
    assert made.readings[0].value == 10800.0
    assert (made.points[0].maximum, made.points[0].step) == (86400.0, 3600.0)


def test_codes_may_have_decimals_and_repeat_their_texts():
    values = enum(("0.0", "Alarm"), ("1", "Alarm"), ("8.7", "Odd"), ("x", "no code"), ("2", ""))
    made = batch(row(value=8.7, enumValues=values))
    assert [(o.value, o.label) for o in made.points[0].options] == [
        (0.0, "Alarm"), (1.0, "Alarm"), (8.7, "Odd"),
    ]  # fmt: skip
    assert made.points[0].label(made.readings[0].value) == "Odd"


def test_a_measured_value_with_a_list_of_texts_is_measured():
    values = enum(("15000", "Starting"))
    (point,) = batch(row(value=1500, parameterUnit="Hz", enumValues=values)).points
    assert point.options == ()
    assert point.unit.symbol == "Hz"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"parameterUnit": "DM", "value": -458.5}, {"minValue": 0, "maxValue": 1}),
        ({"minValue": 0, "maxValue": 9, "value": 2}, {"timestamp": "2027-01-01T00:00:00+00:00"}),
        ({"timestamp": "2026-06-15T00:00:00+00:00", "value": 2}, {}),
        ({"value": 2}, {"value": -32768, "parameterUnit": "°C", "minValue": 0, "maxValue": 1}),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_of_rows_with_one_id_the_better_one_counts(better, worse, order):
    made = batch(*[row(**better), row(**worse)][::order])
    assert [reading.value for reading in made.readings] == [better["value"]]


@pytest.mark.parametrize(
    ("changes", "writable"),
    [
        ({"writable": True}, True),
        ({"writable": None}, False),
        ({"smartHomeCategories": ["sh-indoorTempOverride"]}, True),
        ({"writable": True, "parameterId": "1959"}, False),
    ],
)
def test_writable_is_a_hint_that_is_put_right(changes, writable):
    assert batch(row(**changes)).points[0].writable is writable


def test_a_unit_of_words_is_one_of_ours_and_nonsense_is_carried():
    made = batch(
        row(parameterUnit="hrs", value=2), row(parameterId="98766", parameterUnit="(EB101)")
    )
    assert [point.unit.symbol for point in made.points] == ["s", "(EB101)"]


@pytest.mark.parametrize(
    ("state", "connected"),
    [
        ("Connected", True),
        ("Disconnected", False),
        (1, True),
        (0, False),
        (None, None),
        ("?", None),
    ],
)
def test_the_connection_is_a_word_or_a_number(state, connected):
    given = wire.SystemDevice.model_validate({"id": "d", "connectionState": state})
    assert device_of("cloud", given).connected is connected


@pytest.mark.parametrize(
    ("product", "manufacturer"),
    [
        ("F730 CU 3x400V", "NIBE"),
        ("NIBEF F730 CU 3x400V", "NIBE"),
        ("SMO 20", "NIBE"),
        ("SMO S40", "NIBE"),
        ("VVM S320", "NIBE"),
        ("S735-4 CU EM 3x400V", "NIBE"),
        ("NIBE S1255-12 R EM 3X400V", "NIBE"),
        ("CTC EcoPart i555", "CTC"),
        ("Connected 300", None),
        (None, None),
    ],
)
def test_the_manufacturer_is_told_by_the_product_where_it_can_be(product, manufacturer):
    given = wire.SystemDevice.model_validate({"id": "d", "product": {"name": product}})
    assert device_of("cloud", given).manufacturer == manufacturer


def note(**changes) -> wire.Notification:
    return wire.Notification.model_validate(
        {
            "id": "n-1",
            "alarmNumber": 251,
            "deviceId": "d",
            "severity": 1,
            "status": "Active",
            "createdDatetime": "2021-04-21T14:43:08+0",
            "statusHistory": None,
            "header": "Communi\u00adcation fault",
            "description": "Check\r\nthe cable.",
            "equipName": "EB100-EP14",
            **changes,
        }
    )  # fmt: skip


def test_an_active_alarm_is_an_event_that_lasts():
    event = event_of("cloud", note())
    assert event is not None
    assert event.time == datetime(2021, 4, 21, 14, 43, 8, tzinfo=UTC)
    assert (event.title, event.ended) == ("Communication fault", None)
    assert event.severity is Severity.ERROR
    assert event.device == "d"
    assert event.detail["description"] == "Check the cable."


@pytest.mark.parametrize(
    ("history", "ended"),
    [
        ([{"status": "Active", "datetime": 1619016188}, {"status": "x", "datetime": 1619019788}],
         datetime.fromtimestamp(1619019788, UTC)),
        (None, datetime(2021, 4, 21, 14, 43, 8, tzinfo=UTC)),
        ([{"status": "x", "datetime": 1e30}], datetime(2021, 4, 21, 14, 43, 8, tzinfo=UTC)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", ["DismissedByDevice", "ResetByUserFromCloud"])
def test_a_reset_alarm_ended_when_its_status_changed_last(status, history, ended):
    event = event_of("cloud", note(status=status, statusHistory=history))
    assert event is not None
    assert event.ended == ended


def test_a_notification_without_a_time_is_no_event():
    assert event_of("cloud", note(createdDatetime=None)) is None
