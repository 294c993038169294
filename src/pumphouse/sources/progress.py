"""Reading several devices where one may fail: what came is kept, and the rest is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from pumphouse.core.errors import (
    AccessDenied,
    RateLimited,
    RequestRefused,
    SourceError,
    TransientError,
)

__all__ = ["Progress"]


class Progress:
    """Notes what could not be read while the rest of a source is.

    A failure that concerns the whole account (login, credentials, service) ends the read at once. A
    rate limit ends the asking, not the read. Every other failure costs the part that it met.
    """

    def __init__(self) -> None:
        self.problems: dict[str, None] = {}
        self._failures: list[SourceError] = []
        self._held_back = False

    def report(self, problem: str) -> None:
        """Note a sentence about something that could not be read or understood, once."""
        self.problems[problem] = None

    @contextmanager
    def part(self, what: str, *, optional: bool = False) -> Iterator[None]:
        """Run a part of the read; its failure is noted instead of raised.

        Args:
            what: how messages call it, for example "system 123".
            optional: whether its failure alone is no reason to call the read a failure.

        Raises:
            PermanentError: it concerns the whole account.
        """
        try:
            yield
        except (TransientError, AccessDenied, RequestRefused) as failure:
            self._held_back = self._held_back or isinstance(failure, RateLimited)
            self.report(f"{what}: {failure}")
            if not optional:
                self._failures.append(failure)

    @property
    def held_back(self) -> bool:
        """Whether the vendor has asked to slow down: then nothing more should be asked."""
        return self._held_back

    def raise_if_nothing_came(self, *, came: bool) -> None:
        """Raise the failure that best says what to do, if nothing came and something failed.

        Raises:
            TransientError: at least one part may succeed next time.
            PermanentError: none will.
        """
        if came or not self._failures:
            return
        transient = (f for f in self._failures if isinstance(f, TransientError))
        raise next(transient, self._failures[0])
