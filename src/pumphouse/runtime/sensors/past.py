"""What is still known of the time whose single readings are deleted."""

from datetime import datetime
from typing import Final

from pumphouse.core.model import Device, Interval
from pumphouse.core.ports import Store
from pumphouse.runtime.sensors.suggestions import LONGEST_SILENCE

__all__ = ["was_heard_before"]

_DAY_SECS: Final = 86400.0


async def was_heard_before(store: Store, device: Device, moment: datetime) -> bool:
    """Whether a sensor had spoken in the weeks before `moment`, by the hour.

    Its oldest reading does not tell, for that may only be the oldest that was kept; sums of hours
    stay for ever.
    """
    hour = moment.replace(minute=0, second=0, microsecond=0)
    weeks = Interval(hour - LONGEST_SILENCE, hour)
    for point in await store.points(device.id):
        if point.key.source == device.source and await store.buckets(point.key, weeks, _DAY_SECS):
            return True
    return False
