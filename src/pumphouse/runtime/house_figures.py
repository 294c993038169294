"""What the running house says of itself, gathered for whoever serves `/metrics`."""

from importlib.metadata import version

from pumphouse.core.errors import StoreError
from pumphouse.core.ports import Store
from pumphouse.runtime.alarms.facts import free_bytes
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
        writable=await _is_writable(store),
        free_bytes=free_bytes(installation.settings.store.path),
    )


async def _is_writable(store: Store) -> bool:
    """Whether the store takes what is written; trying does what is due anyway."""
    try:
        await store.prune()
    except StoreError:
        return False
    return True
