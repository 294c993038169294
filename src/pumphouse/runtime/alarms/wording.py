"""Notices as a message that can be read on a lock screen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.model import Event, Severity
from pumphouse.core.ports import Message, MessageTone
from pumphouse.runtime.alarms.telling import Notice, ranked

__all__ = ["message_of", "trial_message"]

_WORDS: Final = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.INFO: "Note"}
_TONES: Final = {
    Severity.ERROR: MessageTone.FAILURE,
    Severity.WARNING: MessageTone.WARNING,
    Severity.INFO: MessageTone.INFO,
}
#: lines of one message; the page has the rest
_MOST_LINES: Final = 20
_LONGEST_LINE: Final = 300


def message_of(
    notices: Sequence[Notice],
    *,
    site: str,
    names: Mapping[tuple[str, str], str],
    zone: ZoneInfo,
    now: datetime,
) -> Message:
    """All of `notices` in one message.

    Args:
        names: what devices are called, by source and id.
    """
    begun = [one for one in notices if one.event.ended is None]
    lines = [_line(one, names, zone, now) for one in notices]
    if len(lines) > _MOST_LINES:
        rest = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], f"and {rest} more; see the page Alarms"]
    tone = MessageTone.SUCCESS
    if begun:
        tone = _TONES[max((one.event.severity for one in begun), key=ranked)]
    return Message(f"{site}: {_title(notices, begun)}", "\n".join(lines), tone)


def trial_message(site: str) -> Message:
    """What is sent to see whether messages arrive."""
    return Message(f"{site}: test", "This is a test: messages of alarms will arrive like this one.")


def _title(notices: Sequence[Notice], begun: Sequence[Notice]) -> str:
    if not begun:
        return "over" if len(notices) == 1 else f"{len(notices)} alarms are over"
    if len(begun) == 1:
        return _WORDS[begun[0].event.severity].lower()
    return f"{len(begun)} alarms"


def _line(
    notice: Notice, names: Mapping[tuple[str, str], str], zone: ZoneInfo, now: datetime
) -> str:
    event = notice.event
    where = names.get((event.source or "", event.device or ""), "")
    what = f"{where}: {event.title}" if where and where not in event.title else event.title
    what = what if len(what) <= _LONGEST_LINE else f"{what[:_LONGEST_LINE]}…"
    if event.ended is not None:
        return f"Over: {what} (after {_length(event.ended - event.time)})"
    often = f", came {notice.times} times" if notice.times > 1 else ""
    since = f"since {_clock(event, zone, now)}{often}"
    return f"{_WORDS[event.severity]}: {what} ({_number(event)}{since})"


def _number(event: Event) -> str:
    """What to look an alarm of a vendor up by, where its title does not say it."""
    number = event.detail.get("alarm_number")
    return "" if number is None or number in event.title else f"alarm {number}, "


def _clock(event: Event, zone: ZoneInfo, now: datetime) -> str:
    began, today = event.time.astimezone(zone), now.astimezone(zone)
    pattern = "%H:%M" if began.date() == today.date() else "%Y-%m-%d %H:%M"
    return began.strftime(pattern)


def _length(span: timedelta) -> str:
    minutes = max(round(span.total_seconds() / 60), 1)
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes} min"
