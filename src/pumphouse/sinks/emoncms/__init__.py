"""emoncms: the feed names of openenergymonitor, the way to heatpumpmonitor.org."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.emoncms.settings import EmoncmsSettings

__all__ = ["PLUGIN", "EmoncmsSettings"]


def _open(name: str, settings: EmoncmsSettings, host: Host) -> Sink:
    # Every command loads this package to know its settings; few houses need all kinds of sink.
    from pumphouse.sinks.emoncms.sink import Emoncms  # noqa: PLC0415

    return Emoncms(name, settings, host)


PLUGIN = SinkPlugin(EmoncmsSettings, _open)
