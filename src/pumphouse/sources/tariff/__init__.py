"""A contract for electricity with fixed or time-of-use prices, as a source of prices."""

from pumphouse.core.ports import SourcePlugin
from pumphouse.sources.tariff.settings import TariffSettings
from pumphouse.sources.tariff.source import Tariff

__all__ = ["PLUGIN", "Tariff", "TariffSettings"]

PLUGIN = SourcePlugin(TariffSettings, Tariff)
