"""Changes that were asked for in a browser: they take up to a minute, so the page comes back.

A form that waited so long would be sent twice by somebody impatient. It is answered at once with
the address of a page that tells how far the change is; the change itself waits for nobody.
"""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final

from pumphouse.control import WriteResult
from pumphouse.core.errors import PumphouseError

__all__ = ["Change", "Changes"]

#: so many are remembered
_KEPT: Final = 100
#: for how long a form waits for what is quick, in seconds
PATIENCE_SECS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change on its way, or what became of it.

    Attributes:
        title: what is changed, for people.
    """

    title: str
    task: "asyncio.Task[WriteResult | None]"

    @property
    def pending(self) -> bool:
        """Whether it is still on its way."""
        return not self.task.done()

    @property
    def result(self) -> WriteResult | None:
        """What became of it; None while it is on its way, or where nothing was sent."""
        return None if self.pending or self._error is not None else self.task.result()

    @property
    def problem(self) -> str | None:
        """Why nothing was sent, a sentence; None where something was."""
        error = None if self.pending else self._error
        if error is None or isinstance(error, PumphouseError):
            return None if error is None else str(error)
        return f"This is a bug in Pumphouse ({type(error).__name__}), please report it."

    @property
    def _error(self) -> BaseException | None:
        return asyncio.CancelledError() if self.task.cancelled() else self.task.exception()


class Changes:
    """The changes of this process that browsers may ask about."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}

    async def begin(self, title: str, work: Coroutine[object, object, WriteResult | None]) -> str:
        """Start a change; its name, as soon as it is done or after a moment."""
        change = Change(title, asyncio.ensure_future(work))
        name = secrets.token_urlsafe(12)
        self._changes[name] = change
        while len(self._changes) > _KEPT:
            del self._changes[next(iter(self._changes))]
        await asyncio.wait({change.task}, timeout=PATIENCE_SECS)
        return name

    def find(self, name: str) -> Change | None:
        """A change by its name; None where there is none, or it is long past."""
        return self._changes.get(name)
