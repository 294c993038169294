"""Rules, and the file of them that people edit."""

import tomllib

import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import PointKey
from pumphouse.importers.line_protocol import line_protocol_file
from pumphouse.importers.mapping import BUILT_IN, Rule, map_series, read_mapping, to_toml, told
from pumphouse.importers.pieces import Found, SeriesName

from .conftest import everything

#: the run time is in hours there, in seconds here; the last two differ in a tag that one lacks
LINES = (
    "mqtt,topic=myuplink/80105/43420/value value=2 1768478400\n"
    "mqtt,topic=myuplink/80105/49994/value value=30 1768478400\n"
    "temperature value=3.5 1768478400\n"
    "temperature,room=bath value=21 1768478400\n"
)


@pytest.fixture
def mapping(tmp_path):
    return tmp_path / "map.toml"


async def _read(tmp_path, to, rules):
    path = tmp_path / "lines.txt"
    path.write_text(LINES, encoding="utf-8")
    return await everything(line_protocol_file(path, to(), rules))


async def test_a_written_mapping_changes_nothing(tmp_path, to, mapping):
    before, _, found = await _read(tmp_path, to, BUILT_IN)
    assert before[0].value == 7200.0
    mapping.write_text(to_toml(found), encoding="utf-8")
    after, rejected, same = await _read(tmp_path, to, read_mapping(mapping))
    assert rejected == []
    assert after == before
    assert {one.name: one.point for one in same} == {one.name: one.point for one in found}


def test_factor_and_unit_of_a_rule_are_written_again(to, mapping):
    rule = Rule(measurement="m", unit="MWh", factor=0.5, device="d", point="p")
    series = SeriesName("m", {}, "f")
    mapped = map_series(series, (rule,), to())
    mapping.write_text(to_toml([told(series, mapped)]), encoding="utf-8")
    (written,) = read_mapping(mapping)
    assert (written.unit, written.factor) == ("MWh", 0.5)


def test_any_name_of_a_series_can_be_written(mapping):
    series = SeriesName("two\nlines", {'a"b': "c\\d\x01"}, "")
    mapping.write_text(to_toml([Found(str(series), series=series)]), encoding="utf-8")
    assert tomllib.loads(mapping.read_text("utf-8"))["rule"][0]["skip"] is True
    (rule,) = read_mapping(mapping)
    assert rule.words(series) == {}


def test_a_word_alone_stands_for_the_whole_text(to):
    series = SeriesName(
        "heatpump_point", {"device": "a/b", "source": "s", "point": "1/47"}, "value"
    )
    mapped = map_series(series, BUILT_IN, to())
    assert mapped is not None
    assert mapped.point.key == PointKey("s", "a/b", "1/47")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            'metric = "outdor_temperature"',
            'rule 1, metric: there is no metric "outdor_temperature"',
        ),
        ('vendor = "nibe"', 'rule 1, vendor: there is no vendor "nibe"'),
        ("factor = nan", "rule 1, factor"),
        ('point = ""', "rule 1, point"),
        ('tags = { topic = "{a}/{a}" }', "rule 1, tags"),
    ],
)
def test_a_rule_that_cannot_do_what_it_says_is_told(mapping, rule, problem):
    mapping.write_text(f"[[rule]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(UsageError) as told_of:
        read_mapping(mapping)
    assert problem in str(told_of.value)


def test_a_metric_may_be_a_word(mapping):
    mapping.write_text('[[rule]]\nfield = "{f}"\nmetric = "{f}"\n', encoding="utf-8")
    assert len(read_mapping(mapping)) == 1
