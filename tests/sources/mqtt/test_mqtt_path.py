"""Paths into JSON, topics with wildcards, and what stands there."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import BadResponse
from pumphouse.sources.mqtt import values
from pumphouse.sources.mqtt.path import MISSING, found, parse_path
from pumphouse.sources.mqtt.topics import check_filter, check_template, filled, matches

DOCUMENT = {
    "ENERGY": {"Power": 12.5, "Today": 0},
    "temps": [20.5, {"C": 21}],
    "a.b": {"c d": True},
    "switch:0": {"apower": 8.9},
    "none": None,
}
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ENERGY.Power", 12.5),
        ("temps[0]", 20.5),
        ("temps[1].C", 21),
        ('["a.b"]["c d"]', True),
        ("switch:0.apower", 8.9),
        ("none", None),
        ("ENERGY.Power.x", MISSING),
        ("temps[2]", MISSING),
        ("temps.C", MISSING),
        ("ENERGY[0]", MISSING),
    ],
)
def test_a_path_leads_into_a_document(path, expected):
    value = found(DOCUMENT, parse_path(path))
    assert value is expected or value == expected


@pytest.mark.parametrize(
    "path", ["", ".a", "a.", "a..b", "a[", "a[x]", "[-1]", "a]b", 'a["b]', "[0]b"]
)
def test_what_is_no_path_is_told(path):
    with pytest.raises(ValueError, match="is no path"):
        parse_path(path)


@given(st.lists(st.text(min_size=1) | st.integers(0, 3), min_size=1, max_size=4))
def test_every_place_has_a_path(steps):
    document: object = 7
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [0] * step + [document]
    written = "".join(f"[{json.dumps(step)}]" for step in steps)
    assert found(document, parse_path(written)) == 7


@pytest.mark.parametrize(
    ("wanted", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("a/+", "a/", True),
        ("+/b", "a/b", True),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("#", "a/b", True),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("a/+/c", "a/b/d", False),
    ],
)
def test_a_filter_stands_for_topics(wanted, topic, expected):
    assert matches(wanted, topic) is expected


@pytest.mark.parametrize("wanted", ["", "a+/b", "#/a", "a/b#", "a\x00b"])
def test_what_is_no_filter_is_told(wanted):
    with pytest.raises(ValueError, match="is no topic"):
        check_filter(wanted)


def test_levels_of_a_topic_can_name_a_device():
    assert filled("{2} ({1})", "shellies/pump/relay") == "pump (shellies)"
    check_template("{2}", "shellies/+/relay/#")
    for wrong in ("{0}", "{5}", "{4}"):
        with pytest.raises(ValueError, match="is no level"):
            check_template(wrong, "shellies/+/relay/#")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"21.5", 21.5),
        (b" -3 \n", -3.0),
        (b"1e3", 1000.0),
        (b"ON", 1.0),
        (b"off", 0.0),
        (b"true", 1.0),
        (b"closed", 0.0),
        (b"unavailable", None),
        (b"", None),
        (b"nan", None),
        (b"inf", None),
    ],
)
def test_a_plain_message_is_a_number_or_a_word(payload, expected):
    assert values.number(values.content(payload, is_json=False), ()) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"v": 21.5}', 21.5),
        (b'{"v": "21.5"}', 21.5),
        (b'{"v": true}', 1.0),
        (b'{"v": "OFF"}', 0.0),
        (b'{"v": null}', None),
        (b'{"w": 1}', None),
        (b"[1]", None),
        (b'{"v": NaN}', None),
    ],
)
def test_a_json_message_holds_a_number_somewhere(payload, expected):
    assert values.number(values.content(payload, is_json=True), ("v",)) == expected


@pytest.mark.parametrize("payload", [b"hello", b"12,5", b"\xff"])
def test_what_is_no_number_is_told(payload):
    with pytest.raises(BadResponse, match="no number"):
        values.number(values.content(payload, is_json=False), ())


def test_what_is_no_json_is_told():
    for payload in (b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(BadResponse, match="no JSON"):
            values.content(payload, is_json=True)


def test_texts_are_one_line_and_objects_are_none():
    assert values.text({"v": "a\nb"}, ("v",)) == "a b"
    assert values.text({"v": 3}, ("v",)) == "3"
    assert values.text({"v": ""}, ("v",)) is None
    with pytest.raises(BadResponse, match="no text"):
        values.text({"v": {}}, ("v",))


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-15T11:59:00Z",
        "2026-01-15T12:59:00+01:00",
        (NOW - timedelta(minutes=1)).timestamp(),
        round((NOW - timedelta(minutes=1)).timestamp() * 1000),
    ],
)
def test_a_time_is_iso_or_counts_since_1970(written):
    assert values.time_of({"t": written}, ("t",), NOW) == NOW - timedelta(minutes=1)


@pytest.mark.parametrize("written", ["soon", None, True, 1e300, "2026-01-15T13:00:00Z", [], -1e18])
def test_no_time_and_one_that_is_yet_to_come_are_none(written):
    assert values.time_of({"t": written}, ("t",), NOW) is None
