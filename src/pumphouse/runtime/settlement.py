"""What was confirmed but is not safe yet: it counts as delivered when it has settled.

Some servers confirm readings a while before they are on the disk, and lose them when they are
killed. Until then the store does not learn of the delivery, so that it is simply done again.
"""

import math

from pumphouse.core.errors import Unreachable
from pumphouse.core.ports import Clock, CursorSink, Settling, SettlingSink
from pumphouse.runtime.sink_ledger import Progress, SinkLedger

__all__ = ["Settlement"]


class Settlement:
    """The deliveries to a sink while it stays entered, from being confirmed to being noted.

    Those of a sink that has nothing to settle are noted at once. All others wait in two portions:
    one that is settling, and one of what was confirmed since, which is next. So the other side is
    asked once per portion, however much is delivered.
    """

    def __init__(self, name: str, sink: CursorSink, ledger: SinkLedger, clock: Clock) -> None:
        self._name = name
        self._sink = sink if isinstance(sink, SettlingSink) else None
        self._ledger = ledger
        self._clock = clock
        self._settling = Settling()
        self._first: Progress | None = None
        self._next: Progress | None = None
        self._due = math.inf

    async def begin(self) -> None:
        """Ask for how long what will be confirmed may still be lost."""
        if self._sink is not None:
            self._settling = await self._sink.settling()

    @property
    def ahead(self) -> Progress:
        """How far the deliveries have come beyond what is noted; empty where they have not."""
        return (self._first or Progress()).then(self._next or Progress())

    @property
    def due_secs(self) -> float:
        """Seconds until there is something to settle; infinite while nothing waits for it."""
        return self._due - self._clock.monotonic()

    async def confirmed(self, progress: Progress) -> None:
        """Note a delivery that the other side has confirmed, now or when it is safe.

        Raises:
            StoreError: it could not be noted.
        """
        if not self._settling.secs:
            await self._ledger.advanced(progress)
            return
        await self._ledger.answered()
        self._next = progress if self._next is None else self._next.then(progress)
        if self._first is None:
            self._begin_portion()

    async def settle(self) -> None:
        """Note what is safe by now, if anything.

        Raises:
            Unreachable: the other side was started again meanwhile, and may have lost it.
            SourceError: the other side cannot be asked.
            StoreError: it could not be noted.
        """
        if self._sink is None or self._first is None or self.due_secs > 0:
            return
        if (await self._sink.settling()).run != self._settling.run:
            raise Unreachable(
                f"The server of '{self._name}' was started again; what it had confirmed shortly"
                " before is delivered once more."
            )
        await self._ledger.advanced(self._first)
        self._begin_portion()

    def _begin_portion(self) -> None:
        """Let what was confirmed so far settle from now on."""
        self._first, self._next = self._next, None
        waits = self._first is not None
        self._due = self._clock.monotonic() + self._settling.secs if waits else math.inf
