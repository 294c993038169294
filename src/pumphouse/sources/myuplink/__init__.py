"""myUplink: the cloud of NIBE and its sister brands, public API v2."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.myuplink.settings import MyUplinkSettings

__all__ = ["PLUGIN", "MyUplinkSettings"]


def _open(name: str, settings: MyUplinkSettings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need all kinds of source.
    from pumphouse.sources.myuplink.source import MyUplink  # noqa: PLC0415

    return MyUplink(name, settings, host)


PLUGIN = SourcePlugin(MyUplinkSettings, _open)
