"""InfluxDB 1.x, 2.x and 3, VictoriaMetrics, QuestDB, Telegraf: all that take line protocol."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.influxdb.settings import InfluxDbSettings

__all__ = ["PLUGIN", "InfluxDbSettings"]


def _open(name: str, settings: InfluxDbSettings, host: Host) -> Sink:
    # Every command loads this package to know its settings; few houses need all kinds of sink.
    from pumphouse.sinks.influxdb.sink import InfluxDb  # noqa: PLC0415

    return InfluxDb(name, settings, host)


PLUGIN = SinkPlugin(InfluxDbSettings, _open)
