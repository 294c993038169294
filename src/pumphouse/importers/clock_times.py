"""The ways in which programs write a time into a file, and which of them a file uses.

`03/04/2025` is a day in April or in March: one time does not tell, but all times of a file do, and
so does the period that the file's name promises. One file can hold times of several styles.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["Style", "Times", "style_of"]

#: the day's three numbers, hours, minutes and perhaps seconds, as the languages of Europe put them
#: (in Bulgarian with letters behind day and time):
#: `21.11.2025 klo 8.49.25`, `11/21/2025 8:49:25 a.m.`, `21. 11. 2025. 8:49`
_WRITTEN: Final = re.compile(
    r"(?P<one>\d{1,4})(?P<mark>[./-]) ?(?P<two>\d{1,2})(?P=mark) ?(?P<three>\d{1,4})\.?"
    r"(?: (?:klo|kl\.?|\N{CYRILLIC SMALL LETTER GHE}\.))?"
    r" (?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d{2})(?:(?P=colon)(?P<second>\d{2}))?"
    r"(?: \N{CYRILLIC SMALL LETTER CHE}\.| ?(?P<half>[ap])\.? ?m\.?)?",
    re.IGNORECASE,
)
_YEAR_DIGITS: Final = 4
_HALF_A_DAY: Final = 12
#: exotic blanks before AM and PM, a comma between day and time
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f,]+")
_EPOCH: Final = re.compile(r"\d{10}(\d{3})?(\.\d+)?")
#: `Fri Nov 21 2025 08:49:25 GMT+0100 (Central European Standard Time)`: a browser's own words
_BROWSER: Final = re.compile(r"[A-Z][a-z]{2} (?P<time>.+ GMT[+-]\d{4})(?: \(.*\))?")
_LARGEST_SECOND: Final = 1e11
_SPAN_MARGIN: Final = timedelta(days=1)

Style = Callable[[str], datetime]
"""Reads a time as it is written, with or without a zone; ValueError where it is none."""


def _epoch(text: str) -> datetime:
    if not _EPOCH.fullmatch(text):
        raise ValueError("no seconds since 1970")
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number > _LARGEST_SECOND else number, UTC)


def _browser(text: str) -> datetime:
    match = _BROWSER.fullmatch(text)
    if match is None:
        raise ValueError("no date of a browser")
    return datetime.strptime(match["time"], "%b %d %Y %H:%M:%S GMT%z")


def _numbers(text: str) -> re.Match[str]:
    match = _WRITTEN.fullmatch(_BLANKS.sub(" ", text))
    if match is None:
        raise ValueError("no day and time")
    return match


def _time(match: re.Match[str], year: str, month: str, day: str) -> datetime:
    if len(year) != _YEAR_DIGITS:
        raise ValueError("no year")
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= _HALF_A_DAY:
            raise ValueError("no hour of half a day")
        hour = hour % _HALF_A_DAY + _HALF_A_DAY * (match["half"] in "pP")
    return datetime(  # noqa: DTZ001 (`Times` adds the zone)
        int(year), int(month), int(day), hour, int(match["minute"]), int(match["second"] or 0)
    )


def _plain(text: str) -> datetime:
    """The year comes first, or dots stand between: no other reading makes sense."""
    match = _numbers(text)
    if len(match["one"]) == _YEAR_DIGITS:
        return _time(match, match["one"], match["two"], match["three"])
    if match["mark"] == ".":
        return _time(match, match["three"], match["two"], match["one"])
    raise ValueError("it can be read in two ways")


def _day_first(text: str) -> datetime:
    match = _numbers(text)
    return _time(match, match["three"], match["two"], match["one"])


def _month_first(text: str) -> datetime:
    match = _numbers(text)
    return _time(match, match["three"], match["one"], match["two"])


_SURE: Final[tuple[Style, ...]] = (_epoch, datetime.fromisoformat, _browser, _plain)
_DOUBTFUL: Final[tuple[Style, ...]] = (_day_first, _month_first)


def style_of(times: Iterable[str], within: tuple[datetime, datetime] | None = None) -> Style | None:
    """How to read those of `times` that can be read in several ways; None where no way fits.

    The way must read as many of them as any other. Among those, the one that leaves the times
    inside `within` and in order counts, and of equals the one with the day before the month.

    Args:
        times: some times in the order of the file.
        within: first and last day that the file's name promises, without a zone.
    """
    doubtful = [text for text in times if _read(_SURE, text) is None]
    best = max(_DOUBTFUL, key=lambda style: _merit(style, doubtful, within))
    return best if _merit(best, doubtful, within)[0] else None


def _merit(
    style: Style, written: list[str], within: tuple[datetime, datetime] | None
) -> tuple[int, int, int]:
    read = [time for time in (_read((style,), text) for text in written) if time is not None]
    inside = 0
    if within is not None:
        first, last = within[0] - _SPAN_MARGIN, within[1] + 2 * _SPAN_MARGIN
        inside = sum(first <= time <= last for time in read)
    steps = [later - earlier for earlier, later in pairwise(read)]
    forward = sum(step >= timedelta(0) for step in steps)
    return len(read), inside, max(forward, len(steps) - forward)


def _read(styles: Iterable[Style], text: str) -> datetime | None:
    """The time in the first style that reads it."""
    for style in styles:
        with suppress(ValueError):
            return style(text)
    return None


class Times:
    """Times as a file writes them become instants.

    A time without a zone is of the site's. In the hour that happens twice in autumn the first
    pass is summer time until the clock has gone back, provided the file is in order of time.

    Args:
        style: how to read what can be read in several ways.
        zone: the site's.
    """

    def __init__(self, style: Style | None, zone: ZoneInfo) -> None:
        self._styles = (*_SURE, style) if style is not None else _SURE
        self._zone = zone
        self._before: datetime | None = None

    def instant(self, text: str) -> datetime:
        """The instant that `text` stands for.

        Raises:
            ValueError: it is no time in any style of the file.
        """
        time = _read(self._styles, text.strip())
        if time is None:
            raise ValueError(f'"{text}" is no time')
        if time.tzinfo is not None:
            return time
        instant = time.replace(tzinfo=self._zone)
        again = instant.replace(fold=1)
        before, self._before = self._before, instant
        if again.utcoffset() != instant.utcoffset() and before is not None:
            went_back = before.replace(tzinfo=None) > time or before.fold == 1
            if went_back and before.replace(tzinfo=None) - time < timedelta(hours=2):
                self._before = again
                return again
        return instant
