"""rtl_433: radio sensors of many makers on 433 and 868 MHz, heard by a small receiver."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.rtl433.settings import Rtl433Settings

__all__ = ["PLUGIN", "Rtl433Settings"]


def _open(name: str, settings: Rtl433Settings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need all kinds of source.
    from pumphouse.sources.rtl433.source import Rtl433  # noqa: PLC0415

    return Rtl433(name, settings, host)


PLUGIN = SourcePlugin(Rtl433Settings, _open)
