import random

import pytest

from pumphouse.core.errors import Unreachable
from pumphouse.core.ports import Host, LiveSink
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.mqtt import PLUGIN, MqttSettings
from pumphouse.testing.clock import FakeClock

from .recorded import news_of


@pytest.fixture
def opened(tmp_path):
    """A sink for a broker that is not there."""
    host = Host(FileGrantStore(tmp_path), FakeClock(), random.Random(1), "Pumphouse/1 (tests)")
    return PLUGIN.open("broker", MqttSettings(url="mqtt://127.0.0.1:1", homie=True), host)


def test_the_plugin_opens_a_live_sink_without_touching_the_network(opened):
    assert opened.name == "broker"
    assert isinstance(opened, LiveSink)


async def test_without_a_broker_entering_says_what_to_look_at(opened):
    with pytest.raises(Unreachable, match=r"mqtt://127\.0\.0\.1:1 does not answer"):
        async with opened:
            pass


async def test_outside_its_connection_nothing_can_be_published(opened):
    with pytest.raises(Unreachable, match="closed"):
        await opened.publish(news_of("nibe_uplink/F1145-10-PC.json"))
    with pytest.raises(Unreachable, match="closed"):
        await opened.asked_again()
