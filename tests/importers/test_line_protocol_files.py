from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import PointKey, Reading
from pumphouse.importers.destination import Destination
from pumphouse.importers.line_protocol import is_line_protocol, line_protocol_file
from pumphouse.importers.mapping import BUILT_IN, Rule
from pumphouse.importers.pieces import SeriesName
from pumphouse.sinks.influxdb.line_protocol import escape

from .conftest import everything

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


async def _read(tmp_path, to, text, rules=BUILT_IN):
    path = tmp_path / "lines.txt"
    path.write_text(text, encoding="utf-8")
    return await everything(line_protocol_file(path, to(), rules))


async def test_our_own_layout_needs_no_mapping(to, tmp_path):
    text = (
        "# a comment\n"
        "heatpump,device=80105,source=ground outdoor_temperature=3.1,degree_minutes=-60 "
        "1768478400\n"
        "heatpump_point,device=80105,point=47011,source=ground value=1 1768478400000\n"
    )
    readings, rejected, found = await _read(tmp_path, to, text)
    assert rejected == []
    assert [(r.key, r.value) for r in readings] == [
        (PointKey("ground", "80105", "outdoor_temperature"), 3.1),
        (PointKey("ground", "80105", "degree_minutes"), -60.0),
        (PointKey("ground", "80105", "47011"), 1.0),
    ]
    assert {reading.time for reading in readings} == {NOON}
    assert [one.point.metric for one in found] == ["outdoor_temperature", "degree_minutes", None]
    assert found[0].point.unit.symbol == "°C"


@pytest.mark.parametrize(
    "line",
    [
        "mqtt,topic=myuplink/80105/40004/value value=3.1 1768478400000000000",
        "mqtt_consumer,host=pi,topic=myuplink/80105/40004/value value=3.1 1768478400",
        "myuplink/80105/40004/value value=3.1 1768478400000",
        "nibe/80105/40004/value value=3.1 1768478400000000",
    ],
)
async def test_the_topics_of_the_scripts_are_known(to, tmp_path, line):
    (reading,), _, (found,) = await _read(tmp_path, to, line + "\n")
    assert reading == Reading(PointKey("imported", "80105", "40004"), NOON, 3.1)
    assert found.point.metric == "outdoor_temperature"


async def test_a_rule_says_what_a_series_is(to, tmp_path):
    rules = (
        Rule(measurement="junk", skip=True),
        Rule(
            measurement="temps",
            tags={"where": "{room}"},
            field="f",
            device="{room}",
            point="air",
            metric="room_temperature",
            unit="°F",
        ),
        Rule(measurement="power", field="kw", device="hp", point="p", unit="kW", factor=0.5),
    )
    text = "junk x=1 1768478400\ntemps,where=attic f=50 1768478400\npower kw=3 1768478400\n"
    readings, _, found = await _read(tmp_path, to, text, rules)
    assert [(r.key.device, r.key.point, r.value) for r in readings] == [
        ("attic", "air", 10.0),
        ("hp", "p", 1500.0),
    ]
    assert found[0].point is None


async def test_what_no_rule_knows_keeps_its_name(to, tmp_path):
    (reading,), _, _ = await _read(tmp_path, to, "tank,place=top t=48.5 1768478400\n")
    assert reading.key == PointKey("imported", "imported", "tank,place=top t")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("words", "it is no line protocol"),
        ("m f=1", "it has no time"),
        ("m f=abc 1768478400", '"abc" is no value'),
        ("m f=nan 1768478400", '"nan" is no value'),
        ("m f 1768478400", "its fields are not understood"),
    ],
)
async def test_bad_lines_are_set_aside(to, tmp_path, line, reason):
    readings, (rejected,), _ = await _read(tmp_path, to, line + "\n")
    assert readings == []
    assert rejected.reason == reason


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters='\\"'),
    min_size=1,
    max_size=10,
).filter(lambda text: text.strip() == text and not text.startswith("#"))


@given(
    measurement=words,
    tags=st.dictionaries(words, words, max_size=3),
    name=words,
    text=words,
    value=st.floats(allow_nan=False, allow_infinity=False),
)
@settings(deadline=None)
async def test_names_and_values_survive_escaping(
    tmp_path_factory, measurement, tags, name, text, value
):
    path = tmp_path_factory.mktemp("lines") / "lines.txt"
    told = "".join(f",{escape(tag)}={escape(value)}" for tag, value in tags.items())
    head = escape(measurement).replace("\\=", "=")
    path.write_text(
        f'{head}{told} {escape(name)}={value!r},other="{text}" 1768478400\n', encoding="utf-8"
    )
    reader = line_protocol_file(path, Destination(load_catalogue()), ())
    readings, rejected, found = await everything(reader)
    assert rejected == []
    assert found[0].series == SeriesName(measurement, tags, name)
    assert [reading.value for reading in readings] == [value, None]
    assert readings[1].text == text


async def test_a_backslash_that_escapes_nothing_is_part_of_a_name(to, tmp_path):
    text = r"""b\x,t=a\\b,l\=c=d\ e\,f\=g v=1,s="\\ \"q\" \," 1768478400"""
    readings, rejected, found = await _read(tmp_path, to, text)
    assert rejected == []
    # as InfluxDB 1.8 lists them after it was given this line
    assert found[0].series == SeriesName("b\\x", {"t": "a\\\\b", "l=c": "d e,f=g"}, "v")
    assert [reading.text for reading in readings] == [None, '\\ "q" \\,']


def test_it_is_recognised():
    assert is_line_protocol("# DDL\nCREATE DATABASE x\n# DML\nheatpump,a=b c=1,d=2 1768478400\n")
    assert not is_line_protocol("timestamp;[a][b][1];\n")
    assert not is_line_protocol("source,device,point,metric\n")


async def test_a_field_beside_the_value_does_not_take_its_place(to, tmp_path):
    line = 'mqtt,topic=myuplink/80105/40004/value unit="C",value=3.1 1768478400\n'
    readings, rejected, found = await _read(tmp_path, to, line)
    assert rejected == []
    own_name = "mqtt,topic=myuplink/80105/40004/value unit"
    assert readings == [
        Reading(PointKey("imported", "80105", own_name), NOON, None, "C"),
        Reading(PointKey("imported", "80105", "40004"), NOON, 3.1),
    ]
    assert [one.point.metric for one in found] == [None, "outdoor_temperature"]


async def test_a_rule_that_leaves_out_a_series_leaves_out_what_stands_beside_its_value(
    to, tmp_path
):
    line = 'mqtt,topic=a unit="C",value=3.1 1768478400\n'
    rules = (Rule(measurement="mqtt", skip=True),)
    assert (await _read(tmp_path, to, line, rules))[0] == []


async def test_a_text_may_hold_a_line_break(to, tmp_path):
    text = (
        '# "quoted\n'
        '# x y="never ended\n'
        'm s="a\nb \\" c",t="d" 1768478400\n'
        'm,room="x v=1 1768478400\n'
        'm s="lost 1768478400\n'
    )
    readings, rejected, _ = await _read(tmp_path, to, text)
    assert [reading.text or reading.value for reading in readings] == ['a\nb " c', "d", 1.0]
    assert [one.line for one in rejected] == [6]


async def test_blanks_before_a_line_are_not_part_of_a_name(to, tmp_path):
    text = "  # a comment\n\tm v=1 1768478400\n"
    assert is_line_protocol(text)
    (reading,), rejected, _ = await _read(tmp_path, to, text)
    assert rejected == []
    assert reading.key.point == "m v"


@pytest.mark.parametrize("written", ["1_0", "5ii", "5iu"])
async def test_what_is_a_number_to_no_database_is_set_aside(to, tmp_path, written):
    readings, rejected, _ = await _read(tmp_path, to, f"m v={written} 1768478400\n")
    assert readings == []
    assert [one.reason for one in rejected] == [f'"{written}" is no value']
