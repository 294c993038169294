"""What every sink must do, as tests that anyone can run against their own.

Subclass a suite in a test module, say how a sink is opened and what has arrived behind it, and let
pytest (with pytest-asyncio in its `auto` mode) collect it::

    class TestMySink(CursorSinkConformance):
        @asynccontextmanager
        async def sink(self) -> AsyncIterator[Sink]:
            async with MyServer() as self.server:
                yield PLUGIN.open("mine", settings_for(self.server), host())

        async def arrived(self) -> Arrived:
            return {(key, time): value for ... in await self.server.ask()}

        def unreachable(self) -> Sink:
            return PLUGIN.open("mine", settings_for(nobody), host())
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from pumphouse.core.errors import SourceError
from pumphouse.core.model import Device, Option, Point, PointKey, Reading
from pumphouse.core.ports import CursorSink, LiveSink, News, Sink
from pumphouse.core.units import parse_unit

__all__ = ["Arrived", "CursorSinkConformance", "LiveSinkConformance"]

Arrived: TypeAlias = Mapping[tuple[PointKey, datetime], float]
"""The numbers that the other side has, by point and time."""

_START: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
_PUMP: Final = Device("house", "pump-1", "F1255", "NIBE", connected=True)
_OUTDOOR: Final = Point(
    PointKey("house", "pump-1", "40004"), "outdoor temp.", "outdoor_temperature", parse_unit("°C")
)
_PRIORITY: Final = Point(
    PointKey("house", "pump-1", "1/43086"),
    'priority, "now" = a,b',
    "priority",
    options=(Option(10, "off"), Option(20, "hot water")),
)
_UNMAPPED: Final = Point(
    PointKey("house", "pump-1", "50,1 x=2"), "Ungewöhnlich", unit=parse_unit("kW")
)
_TEXT: Final = Point(PointKey("house", "pump-1", "0:version"), "version")
_POINTS: Final = {one.key: one for one in (_OUTDOOR, _PRIORITY, _UNMAPPED, _TEXT)}


def _readings(minute: int) -> list[Reading]:
    time = _START + timedelta(minutes=minute)
    return [
        Reading(_OUTDOOR.key, time, -3.7 + minute),
        Reading(_PRIORITY.key, time, 20.0),
        Reading(_UNMAPPED.key, time, 1e-9 * minute),
        Reading(_TEXT.key, time, None, 'v1, "quoted"\nand more'),
    ]


def _numbers(readings: Sequence[Reading]) -> dict[tuple[PointKey, datetime], float]:
    return {(one.key, one.time): one.value for one in readings if one.value is not None}


class _Conformance:
    """What both kinds have in common; the first two methods are for the subclass to write."""

    def sink(self) -> AbstractAsyncContextManager[Sink]:
        """A sink whose other side is there and empty; not entered."""
        raise NotImplementedError

    def unreachable(self) -> Sink:
        """The same kind of sink, whose other side does not answer; not entered."""
        raise NotImplementedError

    async def test_it_can_be_entered_again(self) -> None:
        """Its runner leaves it after every failure."""
        async with self.sink() as sink:
            assert sink.name
            for _ in range(3):
                async with sink:
                    pass


class CursorSinkConformance(_Conformance):
    """The suite for a sink that is given every reading."""

    async def arrived(self) -> Arrived:
        """What the other side of the last `sink` has."""
        raise NotImplementedError

    async def test_everything_arrives_with_its_own_time(self) -> None:
        """Texts may be left out; numbers never."""
        readings = [reading for minute in range(3) for reading in _readings(minute)]
        async with self.sink() as sink:
            await _deliver(sink, readings)
            assert await self.arrived() == _numbers(readings)

    async def test_the_same_again_changes_nothing(self) -> None:
        """Also in other portions, and after it was entered again: so a restart comes."""
        readings = [reading for minute in range(3) for reading in _readings(minute)]
        async with self.sink() as sink:
            await _deliver(sink, readings)
            await _deliver(sink, readings[2:9], readings[:5], readings)
            assert await self.arrived() == _numbers(readings)

    async def test_the_last_value_of_an_instant_counts(self) -> None:
        """A corrected value comes as a further reading."""
        first = _readings(0)
        corrected = replace(first[0], value=17.5)
        async with self.sink() as sink:
            await _deliver(sink, first, [corrected])
            assert await self.arrived() == _numbers([*first, corrected])

    async def test_nothing_to_deliver_is_no_error(self) -> None:
        """It is a promise to come back."""
        async with self.sink() as sink:
            await _deliver(sink, [])
            assert await self.arrived() == {}

    async def test_more_than_a_batch_is_taken_too(self) -> None:
        """The size is what it likes, not what it can."""
        async with self.sink() as sink:
            assert isinstance(sink, CursorSink)
            assert sink.batch_size > 0
            count = sink.batch_size + 1
            second = timedelta(seconds=1)
            readings = [
                Reading(_OUTDOOR.key, _START + number * second, float(number))
                for number in range(count)
            ]
            await _deliver(sink, readings)
            assert await self.arrived() == _numbers(readings)

    async def test_the_other_side_being_down_is_an_error_of_our_tree(self) -> None:
        """It comes on entering or on delivering, and its message is for people."""
        sink = self.unreachable()
        try:
            await _deliver(sink, _readings(0))
        except SourceError as error:
            assert str(error).strip()  # noqa: PT017 - pytest is not needed to run this suite
        else:
            raise AssertionError("delivering to the unreachable raised nothing")


class LiveSinkConformance(_Conformance):
    """The suite for a sink that is told the newest readings."""

    async def test_it_publishes_everything_then_changes_then_nothing(self) -> None:
        """And everything again after it was entered again."""
        async with self.sink() as sink:
            assert isinstance(sink, LiveSink)
            for _ in range(2):
                async with sink:
                    await sink.publish(_news(0, frozenset(_POINTS)))
                    await sink.publish(_news(5, frozenset({_OUTDOOR.key})))
                    await sink.publish(_news(5, frozenset()))
                    await sink.publish(replace(_news(5, frozenset()), answering={"house": False}))

    async def test_a_house_without_readings_can_be_published(self) -> None:
        """Sinks are served from the first second on."""
        async with self.sink() as sink, sink:
            assert isinstance(sink, LiveSink)
            await sink.publish(News((), {}, {}, frozenset(), {"house": False}))

    async def test_waiting_to_be_asked_can_be_given_up(self) -> None:
        """A runner stops waiting when it stops."""
        async with self.sink() as sink, sink:
            assert isinstance(sink, LiveSink)
            asked = asyncio.ensure_future(sink.asked_again())
            await asyncio.sleep(0)
            asked.cancel()
            (outcome,) = await asyncio.gather(asked, return_exceptions=True)
            assert outcome is None or isinstance(outcome, asyncio.CancelledError)

    async def test_the_other_side_being_down_is_an_error_of_our_tree(self) -> None:
        """It comes on entering or on publishing, and its message is for people."""
        sink = self.unreachable()
        assert isinstance(sink, LiveSink)
        try:
            async with sink:
                await sink.publish(_news(0, frozenset(_POINTS)))
        except SourceError as error:
            assert str(error).strip()  # noqa: PT017 - pytest is not needed to run this suite
        else:
            raise AssertionError("publishing to the unreachable raised nothing")


async def _deliver(sink: Sink, *batches: Sequence[Reading]) -> None:
    for batch in batches:
        async with sink:
            assert isinstance(sink, CursorSink)
            assert list(await sink.deliver(batch, _POINTS)) == []


def _news(minute: int, changed: frozenset[PointKey]) -> News:
    latest = {reading.key: reading for reading in _readings(minute)}
    return News((_PUMP,), _POINTS, latest, changed, {"house": True})
