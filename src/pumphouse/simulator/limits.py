"""The vendors' rate limits, one account per credential."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pumphouse.core.ports import Clock

__all__ = ["Bucket", "Limit", "Unlimited", "Verdict", "Window"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one request is served, and what the reply says about the limit."""

    allowed: bool
    headers: Mapping[str, str] = field(default_factory=dict)


class Limit(Protocol):
    """Counts the requests of each credential."""

    def admit(self, credential: str) -> Verdict:
        """Count one request."""
        ...


class Unlimited:
    """Serves everything, for tests about something else."""

    def admit(self, credential: str) -> Verdict:  # noqa: ARG002 - every credential may pass
        """Let it pass."""
        return Verdict(allowed=True)


class Bucket:
    """NIBE Uplink: a burst, then one request per `interval_secs`. Refused requests cost nothing."""

    def __init__(self, clock: Clock, *, burst: int = 30, interval_secs: float = 4.0) -> None:
        self._clock = clock
        self._burst = burst
        self._interval = interval_secs
        self._levels: dict[str, tuple[float, float]] = {}

    def admit(self, credential: str) -> Verdict:
        """Take one token out of the credential's bucket if there is one."""
        now = self._clock.monotonic()
        level, since = self._levels.get(credential, (float(self._burst), now))
        level = min(self._burst, level + (now - since) / self._interval)
        allowed = level >= 1
        self._levels[credential] = (level - 1 if allowed else level, now)
        return Verdict(allowed)


class Window:
    """myUplink: `limit` requests in each window, told in `RateLimit-*` headers.

    A window begins with the first request after the previous one has ended.
    """

    def __init__(self, clock: Clock, *, limit: int = 25, window_secs: float = 60.0) -> None:
        self._clock = clock
        self._limit = limit
        self._window = window_secs
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, credential: str) -> Verdict:
        """Count one request in the credential's window."""
        now = self._clock.monotonic()
        began, used = self._windows.get(credential, (now, 0))
        if now - began >= self._window:
            began, used = now, 0
        allowed = used < self._limit
        used += allowed
        self._windows[credential] = (began, used)
        return Verdict(allowed, self._headers(allowed, used, self._window - (now - began)))

    def _headers(self, allowed: bool, used: int, left_secs: float) -> Mapping[str, str]:
        reset = str(max(1, math.ceil(left_secs)))
        headers = {
            "RateLimit-Limit": str(self._limit),
            "RateLimit-Remaining": str(self._limit - used),
            "RateLimit-Reset": reset,
        }
        return headers if allowed else headers | {"Retry-After": reset}
