"""What is worth an alarm: each rule is a function of how things are, and remembers nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.core.model import Severity
from pumphouse.core.ports import SinkState, SourceState
from pumphouse.runtime.alarms.facts import Facts, Finding, Window
from pumphouse.runtime.alarms.observation import Level, Observation

__all__ = [
    "RULES",
    "Rule",
    "disk_nearly_full",
    "efficiency_verdicts",
    "open_gaps",
    "overrides_overdue",
    "sinks_behind",
    "sinks_failing",
    "sources_failing",
    "stale_devices",
    "values_out_of_range",
    "values_unknown",
]

Rule = Callable[[Facts, AlarmSettings], Iterable[Observation] | None]
"""Says what it sees; None where there is nothing to look at yet."""

#: a device that nobody has heard of for so long was taken away: an alarm about it helps nobody
FORGOTTEN: Final = timedelta(days=30)
#: a device counts as back when it was heard of within this share of the time after which it is gone
BACK_SHARE: Final = 0.25
#: a sink has caught up when it is behind by this share of what makes an alarm
CAUGHT_UP_SHARE: Final = 0.1
#: how long a sink may be far behind: a new one that is given years of readings is, too
BEHIND_FOR: Final = timedelta(hours=6)
#: after this time every device has told what it tells: what is still unknown is wrongly named
UNKNOWN_FOR: Final = timedelta(minutes=30)
#: a setting that goes back by itself may be late by so much: vendors do not always answer
LATE_BY: Final = timedelta(minutes=30)
#: there is room again when there is so many times what is too little
ROOM_AGAIN: Final = 1.5
_MEGABYTE: Final = 1e6
#: verdicts that need attention; those that only advise are for the page of efficiency
BAD_VERDICT: Final = "warning"
#: verdicts that other rules tell sooner
TOLD_OTHERWISE: Final = frozenset({"poor_data"})

_SOURCE_TROUBLES: Final = {
    "login_required": SourceState.LOGIN_REQUIRED,
    "source_stopped": SourceState.STOPPED,
    "source_failing": SourceState.RETRYING,
}
_SINK_TROUBLES: Final = {
    "sink_stopped": SinkState.STOPPED,
    "sink_failing": SinkState.RETRYING,
}


def sources_failing(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """A source that needs a person, at once; one that does not answer, after a while.

    One trouble that turns into another is not over before the source answers.
    """
    patience = timedelta(minutes=settings.source_failing_minutes)
    for name, status in facts.sources.items():
        for rule, trouble in _SOURCE_TROUBLES.items():
            passing = trouble is SourceState.RETRYING
            yield Observation(
                rule,
                name,
                _level(bad=status.state is trouble, good=status.state is SourceState.OK),
                status.since,
                f"{name}: {status.last_error or trouble.value}",
                Severity.WARNING if passing else Severity.ERROR,
                source=name,
                enter=patience if passing else timedelta(0),
            )


def stale_devices(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """A device that its cloud has lost, though the cloud answers."""
    limit = timedelta(minutes=settings.stale_device_minutes)
    for device, heard in facts.devices:
        if heard is None or facts.now - heard > FORGOTTEN:
            continue
        status, asked = facts.sources.get(device.source), None
        if status is not None and status.state is SourceState.OK:
            asked = status.last_success  # not now: who was not asked since a stop is not silent
        silence = facts.now - heard
        yield Observation(
            "stale_device",
            f"{device.source}/{device.id}",
            _level(
                bad=asked is not None and asked - heard >= limit,
                good=silence <= limit * BACK_SHARE,
            ),
            heard,
            f"{device.name} is silent: its source answers, but the device itself was not heard of",
            Severity.ERROR,
            source=device.source,
            device=device.id,
        )


def open_gaps(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """Readings of a source that are missing for hours."""
    limit = timedelta(hours=settings.gap_hours)
    opened = {gap.source: gap for gap in facts.gaps}
    for name in facts.sources:
        gap = opened.get(name)
        yield Observation(
            "gap",
            name,
            _level(bad=gap is not None, good=gap is None),
            gap.start if gap is not None else None,
            f"{name}: readings are missing. {gap.cause if gap is not None else ''}".strip(),
            Severity.ERROR,
            source=name,
            enter=limit,
        )


def overrides_overdue(facts: Facts, _settings: AlarmSettings) -> Iterator[Observation]:
    """Settings that were changed for a while and have not gone back."""
    for override, label in facts.overdue:
        title = f"{label} was changed for a while only, but has not gone back. {override.detail}"
        yield Observation(
            "override_overdue",
            str(override.id),
            Level.BAD,
            override.until,
            title.strip(),
            Severity.ERROR,
            source=override.key.source,
            device=override.key.device,
            enter=LATE_BY,
        )


def sinks_failing(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """A sink that needs a person, at once; one that takes nothing, after a while."""
    patience = timedelta(minutes=settings.sink_failing_minutes)
    for name, status in facts.sinks.items():
        for rule, trouble in _SINK_TROUBLES.items():
            passing = trouble is SinkState.RETRYING
            yield Observation(
                rule,
                name,
                _level(bad=status.state is trouble, good=status.state is SinkState.OK),
                status.since,
                f"{name}: {status.last_error or trouble.value}",
                Severity.WARNING if passing else Severity.ERROR,
                enter=patience if passing else timedelta(0),
            )


def sinks_behind(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """A sink that answers and yet stays far behind."""
    for name, status in facts.sinks.items():
        if status.live:
            continue
        yield Observation(
            "sink_behind",
            name,
            _level(
                bad=status.lag >= settings.sink_lag,
                good=status.lag <= settings.sink_lag * CAUGHT_UP_SHARE,
            ),
            None,
            f"{name} is {status.lag} readings behind",
            enter=BEHIND_FOR,
        )


def disk_nearly_full(facts: Facts, settings: AlarmSettings) -> Iterator[Observation] | None:
    """Little room on the disk of the store."""
    if facts.free_bytes is None:
        return None
    free = facts.free_bytes / _MEGABYTE
    level = _level(
        bad=free < settings.disk_free_mb, good=free >= settings.disk_free_mb * ROOM_AGAIN
    )
    title = f"{free:.0f} MB are free on the disk of the store: without room nothing is kept"
    return iter([Observation("disk_nearly_full", "store", level, None, title, Severity.ERROR)])


def values_out_of_range(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """Values of the user's own rules; a source that does not answer proves nothing."""
    for name, rule in settings.rules.items():
        window = facts.windows.get(name)
        if window is None or not window.values:
            continue
        status = facts.sources.get(window.source)
        level, since = _held(window, rule)
        if level is Level.BAD and (status is None or status.state is not SourceState.OK):
            level = Level.BETWEEN
        patience = timedelta(minutes=rule.for_minutes)
        _, newest = window.values[-1]
        yield Observation(
            "value",
            name,
            level,
            since,
            rule.title or _out_of_range(window, rule, newest),
            Severity(rule.severity),
            source=window.source,
            device=window.device,
            enter=patience,
            leave=patience,
            detail={"name": name, "value": f"{newest:g} {window.unit}".strip()},
        )


def values_unknown(facts: Facts, settings: AlarmSettings) -> Iterator[Observation]:
    """The user's own rules that watch nothing, most often for a slip in a name."""
    anybody_answers = any(one.state is SourceState.OK for one in facts.sources.values())
    for name, rule in settings.rules.items():
        window = facts.windows.get(name)
        known = window is not None and bool(window.values)
        yield Observation(
            "value_unknown",
            name,
            _level(bad=not known and anybody_answers, good=known),
            None,
            f"The rule {name} watches nothing: device {rule.device} tells no {rule.metric}",
            enter=UNKNOWN_FOR,
            detail={"name": name},
        )


def efficiency_verdicts(facts: Facts, settings: AlarmSettings) -> Iterator[Observation] | None:
    """What the daily examination finds to need attention."""
    if facts.findings is None:
        return None
    return _verdicts(facts) if settings.verdicts else iter(())


def _verdicts(facts: Facts) -> Iterator[Observation]:
    assert facts.findings is not None
    for (source, device), findings in facts.findings.items():
        for name in sorted({one.name for one in findings} - TOLD_OTHERWISE):
            bad = [one for one in findings if one.name == name and one.severity == BAD_VERDICT]
            if bad:
                yield _verdict(source, device, name, bad)


def _verdict(source: str, device: str, name: str, bad: Sequence[Finding]) -> Observation:
    return Observation(
        "verdict",
        f"{source}/{device}/{name}",
        Level.BAD,
        None,
        " ".join(one.sentence for one in bad),
        source=source,
        device=device,
        detail={"verdict": name, "advice": " ".join(dict.fromkeys(one.advice for one in bad))},
    )


def _held(window: Window, rule: AlarmRuleSettings) -> tuple[Level, datetime]:
    """The level of the newest value, and since when it is that without a break."""
    values = iter(reversed(window.values))
    since, newest = next(values)
    level = _level_of(newest, rule)
    for time, value in values:
        if _level_of(value, rule) is not level:
            break
        since = time
    return level, since


def _level_of(value: float, rule: AlarmRuleSettings) -> Level:
    above, below, back = rule.above, rule.below, rule.back_by
    return _level(
        bad=(above is not None and value > above) or (below is not None and value < below),
        good=(above is None or value <= above - back) and (below is None or value >= below + back),
    )


def _out_of_range(window: Window, rule: AlarmRuleSettings, newest: float) -> str:
    high = rule.above is not None and newest > rule.above
    limit = rule.above if high else rule.below
    word = "above" if high else "below"
    if limit is None:
        return f"{window.label} was out of range"
    return f"{window.label} is {newest:g} {window.unit}, {word} {limit:g} {window.unit}".strip()


def _level(*, bad: bool, good: bool) -> Level:
    if bad:
        return Level.BAD
    return Level.GOOD if good else Level.BETWEEN


RULES: Final[Mapping[Rule, frozenset[str]]] = MappingProxyType(
    {
        sources_failing: frozenset(_SOURCE_TROUBLES),
        stale_devices: frozenset({"stale_device"}),
        open_gaps: frozenset({"gap"}),
        overrides_overdue: frozenset({"override_overdue"}),
        sinks_failing: frozenset(_SINK_TROUBLES),
        sinks_behind: frozenset({"sink_behind"}),
        disk_nearly_full: frozenset({"disk_nearly_full"}),
        values_out_of_range: frozenset({"value"}),
        values_unknown: frozenset({"value_unknown"}),
        efficiency_verdicts: frozenset({"verdict"}),
    }
)
"""Every rule, and the names under which it sees things."""
