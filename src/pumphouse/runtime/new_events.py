"""Which events were stored since somebody last looked."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from pumphouse.core.model import Event, Interval
from pumphouse.core.ports import Clock, Store

__all__ = ["NewEvents"]

#: what happened earlier than this is no news, whenever it is learnt of
MEMORY = timedelta(days=7)
#: how far a vendor's clock may be ahead of ours
AHEAD = timedelta(days=1)


class NewEvents:
    """Tells every event once, however late it was stored; what is there at the start is not told.

    Args:
        sources: the configured ones; events of others are left out.
    """

    def __init__(self, store: Store, *, sources: Collection[str], clock: Clock) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock
        self._known: frozenset[tuple[str | None, str]] | None = None

    async def take(self) -> Sequence[Event]:
        """The events that are new since the last call, in time order; none at the first.

        Raises:
            StoreError: the store's.
        """
        now = self._clock.now()
        found = await self._store.events(Interval(now - MEMORY, now + AHEAD))
        before = self._known
        self._known = frozenset((event.source, event.id) for event in found)
        if before is None:
            return ()
        return [
            event
            for event in found
            if (event.source, event.id) not in before
            and (event.source is None or event.source in self._sources)
        ]
