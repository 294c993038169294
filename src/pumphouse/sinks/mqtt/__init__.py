"""MQTT: a tree of retained values, Home Assistant's discovery, and two other layouts."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.mqtt.settings import MqttSettings

__all__ = ["PLUGIN", "MqttSettings"]


def _open(name: str, settings: MqttSettings, host: Host) -> Sink:
    # Every kind of sink is asked for its settings, but the client for brokers is 1 to 3 MB.
    from pumphouse.sinks.mqtt.sink import Mqtt  # noqa: PLC0415  (for houses that have a broker)

    return Mqtt(name, settings, host)


PLUGIN = SinkPlugin(MqttSettings, _open)
