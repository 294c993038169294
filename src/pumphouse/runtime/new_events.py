"""Which events were stored, and which have ended, since somebody last looked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from pumphouse.core.model import Event, Interval
from pumphouse.core.ports import Clock, Store

__all__ = ["NewEvents"]

_Name = tuple[str | None, str]

#: what happened earlier than this is no news, whenever it is learnt of
MEMORY = timedelta(days=7)
#: how far a vendor's clock may be ahead of ours
AHEAD = timedelta(days=1)


class NewEvents:
    """Tells every event once, however late it was stored, and once more when it has ended.

    What is there at the start is not told; its end is.

    Args:
        sources: the configured ones; events of others are left out.
    """

    def __init__(self, store: Store, *, sources: Collection[str], clock: Clock) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock
        self._known: Mapping[_Name, bool] | None = None

    async def take(self) -> Sequence[Event]:
        """The events that are new or have ended since the last call, in time order; none at first.

        Raises:
            StoreError: the store's.
        """
        now = self._clock.now()
        lately = Interval(now - MEMORY, now + AHEAD)
        found = {_name(event): event for event in await self._store.ended_events(lately)}
        found |= {_name(event): event for event in await self._store.events(lately)}
        before = self._known
        self._known = {name: event.ended is not None for name, event in found.items()}
        if before is None:
            return ()
        news = [event for name, event in found.items() if before.get(name) != self._known[name]]
        ours = (one for one in news if one.source is None or one.source in self._sources)
        return sorted(ours, key=lambda event: (event.time, event.source or "", event.id))


def _name(event: Event) -> _Name:
    return event.source, event.id
