"""Rate limits: how fast one credential may ask, learned from the vendor where it says so.

A limiter belongs to a credential; everything that uses the credential shares it. Waiting is first
come, first served. Short waits are waited out, long ones end in `RateLimited`, so that the runner
can say when it goes on instead of seeming to hang.
"""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from pumphouse.core.errors import RateLimited
from pumphouse.core.ports import Clock, RateBudget
from pumphouse.http.rate_headers import read_rate_headers

__all__ = ["HeaderWindow", "TokenBucket"]

_LONGEST_BACK_OFF_SECS = 900.0
_SAME_WINDOW_SECS = 2.0  # resets are whole seconds: the same instant seems to move by that much
_NOTHING = 1e-9  # of a token: what rounding may leave


class _Queue(ABC):
    """First come, first served; what a limit means is left to the subclass."""

    def __init__(
        self, clock: Clock, *, first_back_off_secs: float, patience_secs: float, rng: random.Random
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._first_back_off_secs = first_back_off_secs
        self._patience_secs = patience_secs
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._requests = 0
        self._refusals = 0
        self._paused_until = clock.monotonic()

    @abstractmethod
    def _gap(self, ahead: int) -> float:
        """Seconds until a request may go that has `ahead` others before it."""

    @abstractmethod
    def _take(self) -> None:
        """Count one request."""

    @abstractmethod
    def _drain(self) -> None:
        """Leave nothing to take before `_paused_until`."""

    @abstractmethod
    def _remaining(self) -> int | None:
        """How many requests may be sent now."""

    async def acquire(self) -> None:
        """See `core.ports.Limiter.acquire`."""
        deadline = self._clock.monotonic() + self._patience_secs
        self._check(self._gap(self._waiting), deadline)
        self._waiting += 1
        try:
            async with self._turn:
                while (wait := self._gap(0)) > 0:
                    self._check(wait, deadline)
                    await self._clock.sleep(wait)
                self._take()
                self._requests += 1
        finally:
            self._waiting -= 1

    def _check(self, wait: float, deadline: float) -> None:
        if self._clock.monotonic() + wait > deadline:
            raise RateLimited(
                f"The request limit is used up; requests go on in {wait:.0f} s.", retry_after=wait
            )

    def refused(self, retry_after: float | None) -> float:
        """See `core.ports.Limiter.refused`."""
        now = self._clock.monotonic()
        if now >= self._paused_until:  # the refusals of one burst count once
            self._refusals += 1
        if retry_after is None:
            doubled = self._first_back_off_secs * 2.0 ** min(self._refusals - 1, 16)
            retry_after = min(_LONGEST_BACK_OFF_SECS, doubled)
        wait = retry_after + self._rng.uniform(0.05, 0.25) * max(1.0, min(retry_after, 60.0))
        self._paused_until = max(self._paused_until, now + wait)
        self._drain()
        return self._paused_until - now

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """See `core.ports.Limiter.observe`."""
        if status < HTTPStatus.BAD_REQUEST:
            self._refusals = 0
        self._learn(headers)

    @abstractmethod
    def _learn(self, headers: Mapping[str, str]) -> None:
        """Take over what the vendor says about its limit."""

    def budget(self) -> RateBudget:
        """See `core.ports.Limiter.budget`."""
        wait = self._gap(0)
        return RateBudget(
            requests=self._requests,
            remaining=self._remaining(),
            resumes_at=self._clock.now() + timedelta(seconds=wait) if wait > 0 else None,
        )


class TokenBucket(_Queue):
    """A steady rate with bursts: NIBE Uplink documents one request per 4 s and occasional bursts.

    Args:
        per_second: how fast permissions grow back.
        burst: how many can be saved up.
        clock: time.
        patience_secs: the longest wait that is waited out.
        rng: chance for jitter.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        clock: Clock,
        *,
        patience_secs: float = 30.0,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(
            clock,
            first_back_off_secs=1.0 / per_second,
            patience_secs=patience_secs,
            rng=rng or random.Random(),  # noqa: S311 - jitter, no secret
        )
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._counted_at = clock.monotonic()

    def _grow(self) -> float:
        now = self._clock.monotonic()
        if now > self._counted_at:
            grown = self._tokens + (now - self._counted_at) * self._per_second
            self._tokens, self._counted_at = min(float(self._burst), grown), now
        return self._tokens

    def _gap(self, ahead: int) -> float:
        missing = ahead + 1 - self._grow()
        pause = max(0.0, self._paused_until - self._clock.monotonic())
        # A rounding error must not make a wait so short that the clock does not move.
        return pause + (missing / self._per_second if missing > _NOTHING else 0.0)

    def _take(self) -> None:
        self._tokens = self._grow() - 1.0

    def _drain(self) -> None:
        self._grow()
        self._tokens, self._counted_at = min(1.0, float(self._burst)), self._paused_until

    def _remaining(self) -> int | None:
        return 0 if self._gap(0) > 0 else int(self._tokens + 1e-9)

    def _learn(self, headers: Mapping[str, str]) -> None:
        """NIBE Uplink says nothing about its limit in headers."""


class HeaderWindow(_Queue):
    """So many requests per window, in any rhythm: myUplink documents 25 per minute.

    The vendor's headers overrule the assumption: they also count what other processes asked.

    Args:
        limit: requests per window until a header says otherwise.
        window_secs: its length until a header says otherwise.
        clock: time.
        patience_secs: the longest wait that is waited out; by default a whole window, because a
            reading of more requests than one window holds could never be completed otherwise.
        rng: chance for jitter.
    """

    def __init__(
        self,
        limit: int,
        window_secs: float,
        clock: Clock,
        *,
        patience_secs: float | None = None,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(
            clock,
            first_back_off_secs=window_secs,
            patience_secs=window_secs + 5.0 if patience_secs is None else patience_secs,
            rng=rng or random.Random(),  # noqa: S311 - jitter, no secret
        )
        self._limit = limit
        self._window_secs = window_secs
        self._left = limit
        self._resets_at: float | None = None  # None: no request in this window yet
        self._heard = False

    def _roll(self) -> float:
        """Begin a new window where the old one has ended; return when the present one ends."""
        now = self._clock.monotonic()
        if self._resets_at is not None and now >= self._resets_at:
            self._left, self._resets_at = self._limit, None
        return now + self._window_secs if self._resets_at is None else self._resets_at

    def _gap(self, ahead: int) -> float:
        ends = self._roll()
        if ahead < self._left:
            return 0.0
        later = (ahead - self._left) // self._limit
        return ends - self._clock.monotonic() + later * self._window_secs

    def _take(self) -> None:
        self._resets_at = self._roll()
        self._left -= 1

    def _drain(self) -> None:
        self._left, self._resets_at = 0, self._paused_until

    def _remaining(self) -> int | None:
        self._roll()
        return self._left if self._heard else None

    def _learn(self, headers: Mapping[str, str]) -> None:
        said = read_rate_headers(headers, self._clock.now())
        if said.limit:
            self._limit = said.limit
        if said.remaining is None or self._clock.monotonic() < self._paused_until:
            return
        self._heard = True
        known = self._roll()
        resets_at = known
        if said.reset_secs is not None:
            resets_at = self._clock.monotonic() + said.reset_secs
        # Replies overtake each other: within one window only the smallest figure is true.
        same_window = self._resets_at is not None and resets_at < known + _SAME_WINDOW_SECS
        self._left = min(self._left, said.remaining) if same_window else said.remaining
        self._resets_at = resets_at
