"""Slowing down who guesses the password: by address, and all together.

A try counts before it is checked, so that many at once gain nothing. Success takes it back. The
tries of all together are bounded, and so is what has to be remembered.
"""

import math
from collections import Counter, deque
from ipaddress import IPv6Address, ip_address
from typing import Final

from pumphouse.core.ports import Clock

__all__ = ["Throttle"]

#: for how long a wrong password counts, in seconds
WINDOW_SECS: Final = 300.0
#: wrong passwords within the window after which an address has to wait, and after which all have to
TRIES_BY_ADDRESS: Final = 5
TRIES_IN_ALL: Final = 50
#: who has an IPv6 address mostly has all of this prefix
_IPV6_PREFIX: Final = 64


class Throttle:
    """Counts wrong passwords."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: deque[tuple[float, str]] = deque()

    def take(self, address: str) -> float:
        """Count a try from `address`; 0, or the seconds to wait because it must not be made."""
        now, whose = self._clock.monotonic(), _network(address)
        while self._tries and self._tries[0][0] <= now - WINDOW_SECS:
            self._tries.popleft()
        counts = Counter(one for _, one in self._tries)
        if len(self._tries) >= TRIES_IN_ALL:
            return self._rest(self._tries[0][0], now)
        if counts[whose] >= TRIES_BY_ADDRESS:
            return self._rest(next(at for at, one in self._tries if one == whose), now)
        self._tries.append((now, whose))
        return 0.0

    def forgive(self, address: str) -> None:
        """The password was right: what `address` has tried counts no more."""
        whose = _network(address)
        self._tries = deque(one for one in self._tries if one[1] != whose)

    @staticmethod
    def _rest(first: float, now: float) -> float:
        return math.ceil(first + WINDOW_SECS - now)


def _network(address: str) -> str:
    """What one person can have: an IPv4 address, or an IPv6 prefix."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(int(parsed) >> (128 - _IPV6_PREFIX))
    return str(parsed)
