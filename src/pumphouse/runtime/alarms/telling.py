"""What people are to be told of alarms, and when: a function of what lasts and what was told.

Somebody who reads the messages believes of each alarm that it lasts or that it does not. Where that
is wrong a notice is due, but for each of the two at most one an hour, and none in the quiet hours.
So an alarm that comes and goes is told once an hour, with how often it came; and what came and went
in between, or while nothing could be sent, is not told at all: it is in the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.model import Event, Severity
from pumphouse.core.ports import Told

__all__ = ["LEAST_PAUSE", "Due", "Notice", "Policy", "alarm_of", "due", "is_quiet", "ranked"]

#: between two messages about the same state of the same alarm
LEAST_PAUSE: Final = timedelta(hours=1)
_RANKS: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one sink of messages is to tell.

    Attributes:
        since: what began before is not told.
        zone: of the site, for the quiet hours.
        least: what matters less is not told.
        quiet: when the quiet hours begin and end; None without any.
        errors_break_quiet: whether errors are told in the quiet hours too.
        recoveries: whether it is told that an alarm is over.
    """

    since: datetime
    zone: ZoneInfo
    least: Severity = Severity.INFO
    quiet: tuple[time, time] | None = None
    errors_break_quiet: bool = True
    recoveries: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        event: the alarm; it has ended where that is what is to be told.
        times: how often it came since it was last told that it had begun; 1 where it came once.
        told: what the reader believes afterwards.
    """

    event: Event
    told: Told
    times: int = 1


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be told, what matters most first, and what is only to be noted as told."""

    notices: Sequence[Notice]
    noted: Sequence[Told] = ()


def alarm_of(event: Event) -> str:
    """What makes it the same alarm when it comes again: its id and time are of this once."""
    what = event.detail.get("rule") or event.detail.get("alarm_number") or event.title
    subject = event.detail.get("subject", "")
    return "/".join((event.kind.value, event.source or "", event.device or "", what, subject))


def ranked(severity: Severity) -> int:
    """A number that is the greater, the more it matters."""
    return _RANKS.index(severity)


def is_quiet(now: datetime, quiet: tuple[time, time] | None, zone: ZoneInfo) -> bool:
    """Whether `now` lies in the quiet hours of the site, which may span midnight."""
    if quiet is None:
        return False
    begin, end = quiet
    clock = now.astimezone(zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def due(
    lasting: Iterable[Event],
    ended: Iterable[Event],
    begun: Sequence[Event],
    told: Mapping[str, Told],
    now: datetime,
    policy: Policy,
) -> Due:
    """What is to be told now.

    Args:
        lasting: the alarms that have not ended.
        ended: what has ended lately, in the order of its end.
        begun: what has begun lately, to count how often an alarm came.
        told: what was told by this sink, by alarm.
    """
    active = _by_alarm(lasting)
    over = {alarm_of(event): event for event in ended}
    quiet = is_quiet(now, policy.quiet, policy.zone)
    notices = [
        notice
        for alarm, event in active.items()
        if (notice := _beginning(alarm, event, told.get(alarm), now, policy, quiet=quiet))
    ]
    notices = [_counted(notice, begun, told.get(notice.told.alarm)) for notice in notices]
    noted: list[Told] = []
    for before in told.values():
        if not before.lasting or before.alarm in active:
            continue
        event = over.get(before.alarm)
        if event is None or not policy.recoveries:
            noted.append(replace(before, lasting=False))
        elif not quiet and not _just(before.ended, now):
            notices.append(Notice(event, replace(before, lasting=False, ended=now)))
    return Due(sorted(notices, key=_order), noted)


def _order(notice: Notice) -> tuple[bool, int, datetime]:
    event = notice.event
    return event.ended is not None, -ranked(event.severity), event.time


def _by_alarm(lasting: Iterable[Event]) -> dict[str, Event]:
    """One event for each alarm: the one that matters most, and of these the newest."""
    found: dict[str, Event] = {}
    for event in sorted(lasting, key=lambda one: (ranked(one.severity), one.time)):
        found[alarm_of(event)] = event
    return found


def _beginning(
    alarm: str, event: Event, before: Told | None, now: datetime, policy: Policy, *, quiet: bool
) -> Notice | None:
    if event.time < policy.since or ranked(event.severity) < ranked(policy.least):
        return None
    if before is not None and (before.lasting or _just(before.began, now)):
        return None
    if quiet and not (policy.errors_break_quiet and event.severity is Severity.ERROR):
        return None
    ended = before.ended if before is not None else None
    return Notice(event, Told(alarm, lasting=True, began=now, ended=ended))


def _counted(notice: Notice, begun: Sequence[Event], before: Told | None) -> Notice:
    """The same with how often the alarm came since it was last told."""
    if before is None or before.began is None:
        return notice
    came = sum(
        event.time > before.began and alarm_of(event) == notice.told.alarm for event in begun
    )
    return replace(notice, times=max(came, 1))


def _just(time: datetime | None, now: datetime) -> bool:
    return time is not None and now - time < LEAST_PAUSE
