"""What every source must do, as tests that anyone can run against their own.

Subclass the suite in a test module, say how a source is opened, and let pytest (with pytest-asyncio
in its `auto` mode) collect it::

    class TestMySource(SourceConformance):
        @asynccontextmanager
        async def opened(self) -> AsyncIterator[Source]:
            async with MyVendorServer() as server:
                async with PLUGIN.open("mine", settings_for(server), host()) as source:
                    yield source

        def unreachable(self) -> Source:
            return PLUGIN.open("mine", settings_for(nobody), host())
"""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import SourceError
from pumphouse.core.model import Batch, Interval
from pumphouse.core.ports import (
    Source,
    SupportsHistory,
    SupportsNotifications,
    SupportsRateBudget,
    SupportsRecording,
)
from pumphouse.core.units import Quantity

__all__ = ["SourceConformance"]


class SourceConformance:
    """The suite; its two first methods are for the subclass to write."""

    def opened(self) -> AbstractAsyncContextManager[Source]:
        """A source that can be read, entered, with at least one device behind it."""
        raise NotImplementedError

    def unreachable(self) -> Source:
        """The same kind of source, whose other side does not answer; not entered."""
        raise NotImplementedError

    async def test_everything_bears_the_name_of_the_source(self) -> None:
        """Readings of two sources never mix."""
        async with self.opened() as source:
            batch = await source.read()
        assert batch.source == source.name
        assert {device.source for device in batch.devices} == {source.name}
        assert {point.key.source for point in batch.points} == {source.name}
        assert {reading.key.source for reading in batch.readings} == {source.name}

    async def test_the_first_batch_can_be_stored_by_itself(self) -> None:
        """It brings every device and point that its readings are about, each once."""
        async with self.opened() as source:
            batch = await source.read()
        assert batch.readings
        devices = [device.id for device in batch.devices]
        points = [point.key for point in batch.points]
        assert _repeated(devices) == []
        assert _repeated(points) == []
        assert {reading.key for reading in batch.readings} <= set(points)
        assert {key.device for key in points} <= set(devices)

    async def test_a_point_has_one_reading_per_instant(self) -> None:
        """`(point, time)` is the key of the store: a second value would replace the first."""
        async with self.opened() as source:
            batch = await source.read()
        assert _repeated([(reading.key, reading.time) for reading in batch.readings]) == []

    async def test_units_are_canonical(self) -> None:
        """Every consumer can rely on one unit per quantity."""
        async with self.opened() as source:
            batch = await source.read()
        assert [point.key for point in batch.points if point.unit != point.unit.canonical] == []

    async def test_metrics_are_known_fit_their_units_and_are_unique_in_a_device(self) -> None:
        """Every public name is derived from the metric."""
        async with self.opened() as source:
            batch = await source.read()
        named = [(p.key.device, p.metric) for p in batch.points if p.metric is not None]
        assert _repeated(named) == []
        assert _misfits(batch) == []

    async def test_limits_and_options_make_sense(self) -> None:
        """A form can be built from them."""
        async with self.opened() as source:
            batch = await source.read()
        for point in batch.points:
            assert point.name.strip(), point.key
            assert point.step is None or point.step > 0, point.key
            if point.minimum is not None and point.maximum is not None:
                assert point.minimum <= point.maximum, point.key
            assert _repeated([option.value for option in point.options]) == [], point.key

    async def test_a_text_is_no_label(self) -> None:
        """An enumeration's reading is its code; the label is looked up in the point."""
        async with self.opened() as source:
            batch = await source.read()
        options = {point.key for point in batch.points if point.options}
        assert [r.key for r in batch.readings if r.text is not None and r.key in options] == []

    async def test_points_keep_their_identity_from_read_to_read(self) -> None:
        """Keys, metrics and units of a point do not move."""
        async with self.opened() as source:
            first = {
                point.key: (point.metric, point.unit) for point in (await source.read()).points
            }
            again = {
                point.key: (point.metric, point.unit) for point in (await source.read()).points
            }
        both = first.keys() & again.keys()
        assert both or not again  # a read without news brings none
        assert {key: first[key] for key in both} == {key: again[key] for key in both}

    async def test_entering_and_leaving_work_while_the_other_side_is_down(self) -> None:
        """A daemon starts without its sources."""
        async with self.unreachable():
            pass

    async def test_the_other_side_being_down_is_a_source_error(self) -> None:
        """Nothing else may come out of a read, and its message is for people."""
        async with self.unreachable() as source:
            try:
                await source.read()
            except SourceError as error:
                assert str(error).strip()  # noqa: PT017 - pytest is not needed to run this suite
            else:
                raise AssertionError("reading the unreachable raised nothing")

    async def test_capabilities_keep_their_promises(self) -> None:
        """Those that the source has, that is: they are found by `isinstance`."""
        async with self.opened() as source:
            batch = await source.read()
            if isinstance(source, SupportsRateBudget):
                budget = source.rate_budget()
                assert budget.requests > 0
                assert budget.remaining is None or budget.remaining >= 0
            if isinstance(source, SupportsNotifications):
                events = (await source.notifications()).events
                assert {event.source for event in events} <= {source.name}
                assert _repeated([event.id for event in events]) == []
            if isinstance(source, SupportsHistory):
                newest = max(reading.time for reading in batch.readings)
                day = Interval(newest - timedelta(days=1), newest)
                assert await _past_of(source, day) == await _past_of(source, day)
            if isinstance(source, SupportsRecording):
                assert json.dumps(await source.record(), allow_nan=False)


async def _past_of(source: SupportsHistory, interval: Interval) -> set[object]:
    """The points and instants that a source tells of an interval."""
    batches = source.history(interval)
    return {(reading.key, reading.time) async for batch in batches for reading in batch.readings}


def _repeated(items: Iterable[object]) -> list[object]:
    return [item for item, count in Counter(items).items() if count > 1]


def _misfits(batch: Batch) -> list[str]:
    """Metrics that the catalogue does not know, or whose quantity is not their point's."""
    catalogue = load_catalogue()
    found: list[str] = []
    for point in batch.points:
        if point.metric is None:
            continue
        metric = catalogue.metric(point.metric)
        if metric is None:
            found.append(f"{point.metric} is unknown")
        elif metric.quantity not in (point.unit.quantity, Quantity.OTHER):
            found.append(f"{point.metric} in {point.unit.symbol}")
    return found
