"""MQTT: any device whose values a broker knows."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.mqtt.settings import MqttSourceSettings

__all__ = ["PLUGIN", "MqttSourceSettings"]


def _open(name: str, settings: MqttSourceSettings, host: Host) -> Source:
    # Every kind of source is asked for its settings, but the client for brokers is 6 MB.
    from pumphouse.sources.mqtt.source import MqttSource  # noqa: PLC0415  (for houses with one)

    return MqttSource(name, settings, host)


PLUGIN = SourcePlugin(MqttSourceSettings, _open)
