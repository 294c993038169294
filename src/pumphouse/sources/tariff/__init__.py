"""A contract for electricity with fixed or time-of-use prices, as a source of prices."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.tariff.settings import TariffSettings

__all__ = ["PLUGIN", "TariffSettings"]


def _open(name: str, settings: TariffSettings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need all kinds of source.
    from pumphouse.sources.tariff.source import Tariff  # noqa: PLC0415

    return Tariff(name, settings, host)


PLUGIN = SourcePlugin(TariffSettings, _open)
