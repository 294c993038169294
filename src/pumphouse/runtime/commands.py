"""What sinks are told may be set, and what is done with the wishes that come by them."""

from asyncio import TaskGroup
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from pumphouse.control import Control, Presets, WriteRequest, WriteResult
from pumphouse.core.errors import PumphouseError
from pumphouse.core.model import Point, PointKey
from pumphouse.core.ports import Boost, Command, SupportsCommands

__all__ = ["Commands"]

log = structlog.get_logger()


class Commands:
    """Stands between one sink and the control of the house.

    Args:
        by: who wants what comes by the sink, for the log of changes.
        changed: called after every wish, so that what was read back is told at once.
    """

    def __init__(
        self, control: Control, presets: Presets, *, by: str, changed: Callable[[], None]
    ) -> None:
        self._control = control
        self._presets = presets
        self._by = by
        self._changed = changed

    def settable(self, points: Iterable[Point]) -> Mapping[PointKey, Point]:
        """Those of `points` that may be set now, with the limits that hold for them."""
        rules = self._control.rules
        return {
            point.key: rules.limited(point)
            for point in points
            if rules.open(point.key.source)
            and rules.concerns(point)
            and rules.refusal(point) is None
        }

    async def boosts(self) -> Sequence[Boost]:
        """What can be had at one press now."""
        return [
            Boost(preset.point.key.source, preset.point.key.device, preset.name, preset.label)
            for preset in await self._presets.all()
            if preset.refusal is None
        ]

    async def obey(self, sink: SupportsCommands) -> None:
        """Carry out every wish that comes by `sink`; who leaves here breaks off no change.

        While one change of a point is under way, of those that come after it the newest counts.
        """
        wishes: dict[PointKey | Boost, Command] = {}
        async with TaskGroup() as group:
            async for wish in sink.commands():
                is_idle = wish.target not in wishes
                wishes[wish.target] = wish
                if is_idle:
                    group.create_task(self._follow(wishes, wish.target, sink))

    async def _follow(
        self,
        wishes: dict[PointKey | Boost, Command],
        target: PointKey | Boost,
        sink: SupportsCommands,
    ) -> None:
        """Carry out the newest wish for `target`, until there is no newer one."""
        done: Command | None = None
        while (wish := wishes[target]) is not done:
            await self._answer(wish, sink)
            done = wish
        del wishes[target]

    async def _answer(self, wish: Command, sink: SupportsCommands) -> None:
        try:
            result = await self._carry_out(wish)
        except PumphouseError as problem:
            log.warning("command not carried out", by=self._by, why=str(problem))
            await sink.refuse(wish, str(problem))
            return
        if result.id is None:  # a change that stands in the log is told as an event
            await sink.refuse(wish, result.detail)
        self._changed()

    async def _carry_out(self, wish: Command) -> WriteResult:
        target = wish.target
        if isinstance(target, Boost):
            return await self._presets.begin(target.source, target.device, target.name, self._by)
        point = await self._control.point(target)
        value = self._control.parse(point, wish.text)
        return await self._control.write(WriteRequest(point.key, value, self._by))
