"""What the running house says of itself, gathered for whoever serves `/metrics`."""

from importlib.metadata import version

from pumphouse.runtime.installation import Installation
from pumphouse.sinks.prometheus import HouseFigures

__all__ = ["house_figures"]


async def house_figures(installation: Installation) -> HouseFigures:
    """The figures of now.

    Raises:
        StoreError: the store cannot be read.
    """
    store = installation.store
    return HouseFigures(
        version=version("pumphouse"),
        sources=await store.source_statuses(),
        sinks=await store.sink_statuses(),
        store=await store.figures(),
        failures=installation.failures.by_source(),
    )
