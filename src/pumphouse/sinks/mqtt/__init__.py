"""MQTT: a tree of retained values, Home Assistant's discovery, and two other layouts."""

from pumphouse.core.ports import SinkPlugin
from pumphouse.sinks.mqtt.settings import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt

__all__ = ["PLUGIN", "Mqtt", "MqttSettings"]

PLUGIN = SinkPlugin(MqttSettings, Mqtt)
