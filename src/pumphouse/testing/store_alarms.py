"""What every store must remember of alarms; a part of the suite in `testing.stores`."""

from dataclasses import replace
from typing import Final

from pumphouse.core.model import Batch, Event, EventKind, Interval, Severity
from pumphouse.core.ports import Acknowledgement, Told
from pumphouse.testing.store_data import AROUND, DAY, HOUR, MIDNIGHT, OpenStore, StoreCheck

__all__ = ["ALARM_CHECKS"]

_ALARM: Final = Event("a1", MIDNIGHT, EventKind.ALARM, "Low brine", "house", "pump", Severity.ERROR)
_BATTERY: Final = replace(_ALARM, id="b1", kind=EventKind.SENSOR, time=MIDNIGHT - 400 * DAY)
_MODE: Final = replace(_ALARM, id="m1", kind=EventKind.MODE)
_OVER: Final = replace(_ALARM, id="o1", time=MIDNIGHT - 90 * DAY, ended=MIDNIGHT + HOUR)


async def tells_what_lasts_and_what_ended_however_old(open_store: OpenStore) -> None:
    """Only alarms and troubles of sensors last; the rest happens."""
    async with open_store() as store:
        await store.append(Batch("house", events=(_ALARM, _BATTERY, _MODE, _OVER)))
        assert list(await store.lasting_events()) == [_BATTERY, _ALARM]
        assert list(await store.ended_events(AROUND)) == [_OVER]
        assert list(await store.ended_events(Interval(MIDNIGHT, MIDNIGHT + HOUR))) == []
        ended = replace(_ALARM, ended=MIDNIGHT + 2 * HOUR)
        await store.append(Batch("house", events=(ended,)))
        assert list(await store.lasting_events()) == [_BATTERY]
        assert list(await store.ended_events(AROUND)) == [_OVER, ended]


async def finds_events_of_several_sources_by_id(open_store: OpenStore) -> None:
    """An id is unique within its source only."""
    other = replace(_ALARM, source=None, time=MIDNIGHT + HOUR)
    async with open_store() as store:
        await store.append(Batch("house", events=(_ALARM, other, _MODE)))
        assert list(await store.find_events("a1")) == [other, _ALARM]
        assert list(await store.find_events("nothing")) == []


async def remembers_who_took_note_first(open_store: OpenStore) -> None:
    """Also after a restart, and of an event without a source."""
    first = Acknowledgement("house", "a1", MIDNIGHT, "web")
    own = Acknowledgement(None, "a2", MIDNIGHT + HOUR, "command line")
    async with open_store() as store:
        await store.acknowledge([first, own])
        await store.acknowledge([replace(first, time=MIDNIGHT + DAY, by="somebody else")])
        await store.acknowledge([])
    async with open_store() as store:
        assert list(await store.acknowledgements()) == [first, own]


async def remembers_what_was_told_by_each_sink(open_store: OpenStore) -> None:
    """Also after a restart; a sink tells since it was first enrolled."""
    told = Told("alarm/house/pump/163/", lasting=True, began=MIDNIGHT)
    over = replace(told, alarm="other", lasting=False, ended=MIDNIGHT + HOUR)
    async with open_store() as store:
        since = await store.enrol_teller("phone")
        await store.save_told("phone", [told, over])
        await store.save_told("mail", [over])
    async with open_store() as store:
        assert await store.enrol_teller("phone") == since
        assert list(await store.told("phone")) == [told, over]
        assert list(await store.told("mail")) == [over]
        assert list(await store.told("nobody")) == []
        changed = replace(told, lasting=False, ended=MIDNIGHT + DAY)
        await store.save_told("phone", [changed])
        assert list(await store.told("phone")) == [changed, over]


ALARM_CHECKS: Final[tuple[StoreCheck, ...]] = (
    tells_what_lasts_and_what_ended_however_old,
    finds_events_of_several_sources_by_id,
    remembers_who_took_note_first,
    remembers_what_was_told_by_each_sink,
)
