"""From what the rules see to alarms that begin and end: with patience, and each only once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from pumphouse.core.model import Event, EventKind
from pumphouse.runtime.alarms.observation import Level, Observation

__all__ = ["Memory", "Subject", "judge", "subject_of"]


class Subject(NamedTuple):
    """What an alarm of ours is about; at most one of them lasts at a time."""

    rule: str
    name: str


class Memory(NamedTuple):
    """How something was seen last, and since when it is so."""

    level: Level
    since: datetime


def subject_of(event: Event) -> Subject | None:
    """What an alarm of ours is about; None for any other event."""
    rule = event.detail.get("rule")
    if event.kind is not EventKind.ALARM or rule is None:
        return None
    return Subject(rule, event.detail.get("subject", ""))


def judge(
    observations: Iterable[Observation],
    lasting: Mapping[Subject, Event],
    memory: Mapping[Subject, Memory],
    now: datetime,
    *,
    unseen: Collection[str] = (),
) -> tuple[list[Event], dict[Subject, Memory]]:
    """Which alarms begin or end now, and what to remember until the next time.

    An alarm has begun when it has been bad for long enough, and its time is when it became bad; it
    is over when it has been good for long enough, or when nothing looks at its subject any more.

    Args:
        lasting: the alarms of ours that have not ended.
        memory: what was returned the last time; nothing after a start.
        unseen: rules that could not look.
    """
    changes: list[Event] = []
    seen: dict[Subject, Memory] = {}
    for one in observations:
        subject = Subject(one.rule, one.subject)
        seen[subject] = remembered = _remembered(one, memory.get(subject), now)
        alarm = lasting.get(subject)
        lasts = now - remembered.since
        if alarm is None and one.level is Level.BAD and lasts >= one.enter:
            changes.append(_begun(one, remembered.since))
        elif alarm is not None and one.level is Level.GOOD and lasts >= one.leave:
            changes.append(replace(alarm, ended=max(alarm.time, remembered.since)))
    for subject, alarm in lasting.items():
        if subject not in seen and subject.rule not in unseen:
            changes.append(replace(alarm, ended=max(alarm.time, now)))
    return changes, seen


def _remembered(seen: Observation, before: Memory | None, now: datetime) -> Memory:
    if seen.since is not None:
        return Memory(seen.level, min(seen.since, now))
    if before is not None and before.level is seen.level:
        return before
    return Memory(seen.level, now)


def _begun(seen: Observation, since: datetime) -> Event:
    return Event(
        id=f"alarm {seen.rule} {seen.subject} {since.isoformat(timespec='seconds')}",
        time=since,
        kind=EventKind.ALARM,
        title=seen.title,
        source=seen.source,
        device=seen.device,
        severity=seen.severity,
        detail={"rule": seen.rule, "subject": seen.subject, **seen.detail},
    )
