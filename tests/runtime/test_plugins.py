"""Sources and sinks by name: ours, a stranger's, and broken ones."""

import re
import tomllib
from importlib.metadata import EntryPoint

import pytest

from pumphouse.config.sample import sample
from pumphouse.config.settings import SinkSettings, SourceSettings
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.ports import SinkPlugin, SourcePlugin
from pumphouse.runtime import plugins
from pumphouse.runtime.plugins import sink_plugins, sink_types, source_plugins, source_types


@pytest.fixture(autouse=True)
def _fresh():
    yield
    sink_plugins.cache_clear()
    source_plugins.cache_clear()


def test_ours_are_found_by_name():
    assert {"nibe_uplink", "myuplink"} <= source_types().keys()
    assert {"file", "influxdb", "mqtt"} <= sink_types().keys()


def test_every_kind_has_settings_of_the_right_family():
    assert all(issubclass(one, SourceSettings) for one in source_types().values())
    assert [n for n, one in sink_types().items() if not issubclass(one, SinkSettings)] == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("pumphouse.no_such_module:PLUGIN", "cannot be loaded"),
        ("pumphouse.core.model:NOTHING", "cannot be loaded"),
        ("pumphouse.core.model:Reading", "is no SinkPlugin"),
    ],
)
def test_a_broken_plugin_is_a_sentence(monkeypatch, value, says):
    broken = EntryPoint("gadget", value, "pumphouse.sinks")
    monkeypatch.setattr(plugins, "entry_points", lambda **_: [broken])
    sink_plugins.cache_clear()
    with pytest.raises(ConfigurationError, match=f'sinks of type "gadget" {says}'):
        sink_plugins()


def test_every_setting_of_the_real_sample_is_toml_when_it_is_switched_on():
    text = sample(source_types(), sink_types())
    content = tomllib.loads(re.sub(r"^# ", "", text, flags=re.MULTILINE))
    assert len(content["sources"]) == len(source_types())
    assert len(content["sinks"]) == len(sink_types())


def test_plugins_are_what_they_say():
    assert all(isinstance(one, SourcePlugin) for one in source_plugins().values())
    assert all(isinstance(one, SinkPlugin) for one in sink_plugins().values())
