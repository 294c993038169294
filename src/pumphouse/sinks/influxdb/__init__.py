"""InfluxDB 1.x, 2.x and 3, VictoriaMetrics, QuestDB, Telegraf: all that take line protocol."""

from pumphouse.core.ports import SinkPlugin
from pumphouse.sinks.influxdb.settings import InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb

__all__ = ["PLUGIN", "InfluxDb", "InfluxDbSettings"]

PLUGIN = SinkPlugin(InfluxDbSettings, InfluxDb)
