"""What can be set, what it is set to, and what was changed: everything that only looks."""

from collections.abc import Sequence

from pumphouse.control.model import Setting
from pumphouse.control.rules import Rules
from pumphouse.control.values import parse
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval, Point, PointKey
from pumphouse.core.ports import LoggedWrite, Store

__all__ = ["Overview"]


class Overview:
    """The settings of a house.

    Args:
        store: knows points, readings and the log of changes.
        rules: say what may be set.
    """

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store = store
        self.rules = rules

    async def settings(self, device: str | None = None) -> Sequence[Setting]:
        """Every setting of one device or of all, with its newest reading."""
        latest = {point.key: reading for point, reading in await self.store.latest(device)}
        return [
            Setting(
                self.rules.limited(point),
                self.rules.group(point),
                latest.get(point.key),
                self.rules.refusal(point),
            )
            for point in await self.store.points(device)
            if self.rules.concerns(point)
        ]

    async def point(self, key: PointKey) -> Point:
        """A known point with the limits that hold for it.

        Raises:
            UsageError: it was never read.
        """
        for point in await self.store.find_points(key.point, key.device):
            if point.key == key:
                return self.rules.limited(point) if self.rules.concerns(point) else point
        raise UsageError(
            f'there is no point "{key.point}" of device {key.device}; `pumphouse points` lists all'
        )

    def parse(self, point: Point, text: str) -> float:
        """What `text` stands for; see `control.values.parse`.

        Raises:
            UsageError: it stands for nothing.
        """
        return parse(self.rules.limited(point), text)

    async def writes(
        self, interval: Interval | None = None, limit: int = 100
    ) -> Sequence[LoggedWrite]:
        """The log, newest first; an outcome of None is still under way."""
        return await self.store.write_log.writes(interval, limit)

    async def undone(self, write: LoggedWrite, before: float) -> float:
        """What undoing a change sets its point to.

        It is what the point was `before`, but never the value of an override that still holds:
        that is only lent, and nothing would set it back.
        """
        for override in await self.store.write_log.overrides():
            if override.id == write.override:
                return override.restore_to
        return before

    async def known(self, key: PointKey) -> float | None:
        """What was read last."""
        for point, reading in await self.store.latest(key.device):
            if point.key == key:
                return reading.value
        return None
