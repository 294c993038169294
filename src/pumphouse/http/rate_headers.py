"""What a reply's headers say about how much may still be asked, and when."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import takewhile

from pumphouse.core.errors import TransientError

__all__ = ["RateHeaders", "read_rate_headers"]

_EPOCH_FROM = 1e9  # a larger "number of seconds" is a Unix time, not a distance
_MILLISECONDS_FROM = 1e11  # a larger Unix time is in milliseconds: in seconds it were the year 5138
_ABSURD_DIGITS = 10  # no vendor counts requests in billions


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """The figures of one reply; None where the vendor is silent.

    Attributes:
        limit: requests allowed in a window.
        remaining: requests left in it.
        reset_secs: until the window ends.
        retry_after_secs: how long the vendor asks us to wait.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_secs: float | None = None
    retry_after_secs: float | None = None

    @property
    def wait_secs(self) -> float | None:
        """How long to wait after a refusal: `Retry-After`, else the end of the window."""
        return self.reset_secs if self.retry_after_secs is None else self.retry_after_secs


def read_rate_headers(headers: Mapping[str, str], now: datetime) -> RateHeaders:
    """Read `RateLimit-*`, the older `X-RateLimit-*` and `X-Rate-Limit-*`, and `Retry-After`.

    Instants are turned into distances with the reply's own `Date` where it has one, so that a
    wrong clock on our side does no harm. What cannot be understood counts as silence.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    sent = _instant(by_name.get("date", "")) or now

    def figure(name: str) -> str:
        spellings = (f"ratelimit-{name}", f"x-ratelimit-{name}", f"x-rate-limit-{name}")
        return next((by_name[s] for s in spellings if s in by_name), "")

    return RateHeaders(
        limit=_count(figure("limit")),
        remaining=_count(figure("remaining")),
        reset_secs=_distance(figure("reset"), sent),
        retry_after_secs=_distance(by_name.get("retry-after", ""), sent),
    )


def _count(text: str) -> int | None:
    """The leading whole number: `25, 25;w=60` is 25, `1h` (a window's length) is none."""
    digits = "".join(takewhile(lambda c: c in "0123456789", text.strip()))
    rest = text.strip()[len(digits) :]
    return int(digits) if 0 < len(digits) < _ABSURD_DIGITS and not rest[:1].isalpha() else None


def _distance(text: str, sent: datetime) -> float | None:
    """Seconds from `sent`, given as seconds, Unix time, HTTP date or ISO 8601 time.

    Who names more than a day is not believed.
    """
    figure = text.strip()
    if re.fullmatch(r"\d{1,15}(\.\d*)?", figure):
        seconds = float(figure)
        if seconds >= _EPOCH_FROM:
            since_1970 = seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
            seconds = max(0.0, since_1970 - sent.timestamp())
    elif (instant := _instant(text)) is not None:
        seconds = max(0.0, math.ceil((instant - sent).total_seconds()))
    else:
        return None
    return min(seconds, TransientError.LONGEST_WAIT_SECS)


def _instant(text: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            instant = parse(text.strip())
        except ValueError:
            continue
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    return None
