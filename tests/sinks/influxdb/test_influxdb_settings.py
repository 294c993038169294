import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from pumphouse.core.ports import SinkPlugin
from pumphouse.sinks.influxdb import PLUGIN, InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb


def test_the_defaults_write_to_a_local_influxdb_1():
    settings = InfluxDbSettings()
    assert (settings.url, settings.version) == ("http://localhost:8086", 1)
    assert (settings.database, settings.batch_size, settings.gzip) == ("pumphouse", 5000, True)
    assert (settings.measurement, settings.point_measurement) == ("heatpump", "heatpump_point")
    assert not settings.backfill


def test_the_plugin_opens_the_sink_without_io(host):
    assert isinstance(PLUGIN, SinkPlugin)
    assert isinstance(PLUGIN.open("history", PLUGIN.settings(), host), InfluxDb)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"version": 4}, "1, 2 or 3"),
        ({"url": "localhost:8086"}, "begins with http"),
        ({"url": "http://me:secret@localhost"}, "no user name or password"),
        ({"version": 2}, "needs `org`"),
        ({"version": 1, "org": "home"}, "knows no `org`"),
        ({"version": 3, "org": "home"}, "knows no `org`"),
        ({"version": 3, "retention_policy": "x"}, "`retention_policy`; take it out"),
        ({"user": "me"}, "go together"),
        ({"password": "x"}, "go together"),
        ({"user": "me", "password": "x", "token": "t"}, "either `token` or"),
        ({"version": 2, "org": "o", "user": "me", "password": "x"}, 'token = "user:password"'),
        ({"user": "a:b", "password": "x"}, "colon"),
        ({"token": "täken"}, "`token` holds characters"),
        ({"token": "a\nb"}, "`token` holds characters"),
        ({"measurement": "heat pump"}, "pattern"),
        ({"measurement": "#hp"}, "pattern"),
        ({"measurement": "x", "point_measurement": "x"}, "must differ"),
        ({"database": ""}, "at least 1"),
        ({"batch_size": 0}, "greater than or equal to 1"),
        ({"measurment": "x"}, "not permitted"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_way_out(given, said):
    with pytest.raises(ValidationError, match="InfluxDbSettings") as caught:
        InfluxDbSettings.model_validate(given)
    assert said in str(caught.value)


def test_secrets_are_not_shown():
    settings = InfluxDbSettings.model_validate({"user": "me", "password": "s3cret"})
    assert "s3cret" not in repr(settings) + str(settings)


HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "influxdb.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_how_to_page_is_valid(example, monkeypatch):
    monkeypatch.setenv("INFLUX_TOKEN", "t0ken")
    monkeypatch.setenv("INFLUX_PASSWORD", "s3cret")
    settings = InfluxDbSettings.model_validate(tomllib.loads(example)["sinks"]["history"])
    assert settings.backfill
