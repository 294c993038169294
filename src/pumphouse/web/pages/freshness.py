"""Whether a value may be shown as what is so now.

Its own age does not tell: a cloud that stamps a value with its last change may rightly say that
the outdoor temperature of an hour ago is still the one. What counts is whether somebody vouches
for it: the source answers, the device is in contact with its cloud, the device still says anything
at all, and, where a vendor stamps all values of a device alike, this one was among the last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pumphouse.core.model import Device, PointKey, Reading
from pumphouse.core.ports import SourceStatus

__all__ = ["DEVICE_FROZEN", "Contact", "Freshness", "judge"]

#: a source that has not answered for this many intervals is silent
PATIENCE_INTERVALS: Final = 3
#: the least patience: a minute's polling does not become stale by one lost answer
LEAST_PATIENCE: Final = timedelta(minutes=5)
#: some point of a pump that is switched on changes more often than this
DEVICE_FROZEN: Final = timedelta(hours=2)
#: from this share of equal time stamps on, a vendor stamps all values of a device alike
STAMPED_ALIKE: Final = 0.5


class Contact(StrEnum):
    """How the newest values of a device are to be taken; the values are keys of texts."""

    GOOD = "good"
    SILENT = "silent"  # its source does not answer
    DISCONNECTED = "disconnected"  # the cloud has no contact with it
    FROZEN = "frozen"  # the cloud answers, always the same


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known about the values of one device.

    Attributes:
        newest: time of its newest reading, None where there is none.
        left_behind: the points that the last answers did not contain any more.
    """

    contact: Contact
    newest: datetime | None
    left_behind: frozenset[PointKey] = frozenset()

    def stale(self, key: PointKey) -> bool:
        """Whether the newest value of a point must not be shown as what is so now."""
        return self.contact is not Contact.GOOD or key in self.left_behind


def judge(
    device: Device, status: SourceStatus | None, latest: Sequence[Reading], now: datetime
) -> Freshness:
    """How the values of `device` are to be taken.

    Args:
        status: of its source; None where it was never polled.
        latest: the newest reading of each of its points.
    """
    past = [reading.time for reading in latest if reading.time <= now]
    newest = max(past, default=None)
    patience = LEAST_PATIENCE
    if status is not None:
        patience = max(patience, timedelta(seconds=PATIENCE_INTERVALS * status.interval))
    if status is None or status.last_success is None or now - status.last_success > patience:
        return Freshness(Contact.SILENT, newest)
    if device.connected is False:
        return Freshness(Contact.DISCONNECTED, newest)
    if newest is None or now - newest > DEVICE_FROZEN:
        return Freshness(Contact.FROZEN, newest)
    return Freshness(Contact.GOOD, newest, _left_behind(latest, patience))


def _left_behind(latest: Sequence[Reading], patience: timedelta) -> frozenset[PointKey]:
    times: Mapping[datetime, int] = Counter(reading.time for reading in latest)
    common, count = max(times.items(), key=lambda item: (item[1], item[0]))
    if count < STAMPED_ALIKE * len(latest):
        return frozenset()
    return frozenset(reading.key for reading in latest if common - reading.time > patience)
