"""Which of the devices are heat pumps: a house may have many more."""

from collections.abc import Sequence

from pumphouse.analytics.inputs import PUMP_METRICS
from pumphouse.core.model import Device
from pumphouse.core.ports import Store

__all__ = ["pumps"]


async def pumps(store: Store, *, asked: str | None = None) -> Sequence[Device]:
    """The devices that tell what only a pump tells, in the order of the store.

    Who has told nothing yet may be a pump; and where nobody is one, anybody may become one.

    Args:
        asked: the id of a device that is among them in any case.
    """
    devices, others = await store.devices(), set[tuple[str, str]]()
    found: set[tuple[str, str]] = set()
    for point in await store.points():
        (found if point.metric in PUMP_METRICS else others).add(point.key[:2])
    sensors = others - found
    chosen = [one for one in devices if (one.source, one.id) not in sensors or one.id == asked]
    return chosen or devices
