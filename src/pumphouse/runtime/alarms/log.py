"""The log of alarms as people see it: what lasts, what was, what it means, who has taken note."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pumphouse.catalogue.alarms import AlarmMeaning, load_alarm_meanings
from pumphouse.core.documents import Document, iso
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Event, EventKind, Interval, Severity
from pumphouse.core.ports import Acknowledgement, Clock, Store
from pumphouse.runtime.documents import event_document

__all__ = ["LASTING_KINDS", "Entry", "acknowledge", "entry_document", "lasting", "past"]

#: kinds of events that last until they end; the others happen and are over
LASTING_KINDS = frozenset({EventKind.ALARM, EventKind.SENSOR})
_RANKS = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Entry:
    """One alarm.

    Attributes:
        acknowledged: who has taken note of it; None where nobody has.
        meaning: what it usually means; None where that is not known.
    """

    event: Event
    acknowledged: Acknowledgement | None = None
    meaning: AlarmMeaning | None = None

    @property
    def lasts(self) -> bool:
        """Whether it has not ended."""
        return self.event.ended is None and self.event.kind in LASTING_KINDS


async def lasting(store: Store, sources: Collection[str]) -> Sequence[Entry]:
    """What lasts now, what matters most first.

    Args:
        sources: the configured ones; what is left over from others is not told.
    """
    found = [one for one in await store.lasting_events() if _is_ours(one, sources)]
    entries = await _entries(store, found)
    return sorted(entries, key=lambda one: (_RANKS.index(one.event.severity), one.event.time))


async def past(
    store: Store, interval: Interval, kinds: Collection[EventKind] = LASTING_KINDS
) -> Sequence[Entry]:
    """What began in `interval`, newest first, whether it lasts or not."""
    found = [one for one in await store.events(interval) if one.kind in kinds]
    return list(reversed(await _entries(store, found)))


async def acknowledge(
    store: Store, names: Iterable[str], by: str, clock: Clock, *, source: str | None = None
) -> Sequence[Event]:
    """Note that somebody has taken note of the events with these ids.

    Args:
        by: who, for people.
        source: only events of this source; of any without it.

    Returns:
        the events.

    Raises:
        UsageError: there is no such event.
    """
    events: list[Event] = []
    for name in names:
        found = await store.find_events(name)
        chosen = [one for one in found if source is None or (one.source or "") == source]
        if not chosen:
            raise UsageError(f'there is no alarm "{name}"; `pumphouse alarms --all` lists them')
        events += chosen
    now = clock.now()
    await store.acknowledge([Acknowledgement(one.source, one.id, now, by) for one in events])
    return events


def entry_document(entry: Entry) -> Document:
    """One entry of `alarms --json`."""
    noted, meaning = entry.acknowledged, entry.meaning
    return {
        **event_document(entry.event),
        "acknowledged": None if noted is None else {"time": iso(noted.time), "by": noted.by},
        "meaning": None if meaning is None else meaning.meaning,
        "steps": [] if meaning is None else list(meaning.steps),
    }


async def _entries(store: Store, events: Iterable[Event]) -> list[Entry]:
    noted = {(one.source, one.id): one for one in await store.acknowledgements()}
    meanings = load_alarm_meanings()
    return [Entry(one, noted.get((one.source, one.id)), meanings.of(one)) for one in events]


def _is_ours(event: Event, sources: Collection[str]) -> bool:
    return event.source is None or event.source in sources
