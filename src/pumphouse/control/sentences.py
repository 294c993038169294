"""What became of a change, in sentences, and the event that tells it."""

from dataclasses import dataclass
from typing import Final

from pumphouse.control.values import same, show
from pumphouse.core.model import Event, EventKind, Point, Severity
from pumphouse.core.ports import LoggedWrite, Outcome, Purpose

__all__ = ["Answer", "event_of", "verdict"]

_SEVERITIES: Final = {
    Outcome.IGNORED: Severity.WARNING,
    Outcome.REFUSED: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known after a change was sent.

    Attributes:
        words: the vendor's words, or why there are none.
        certain: whether the vendor answered that it has taken the change.
        after: what it said last that the point is set to, None where it said nothing.
        waited: for how many seconds it was asked.
    """

    words: str
    certain: bool
    after: float | None
    waited: float


def verdict(write: LoggedWrite, point: Point, answer: Answer) -> tuple[Outcome, str]:
    """The outcome of a change that was not refused, and its sentence."""
    wanted, after = show(point, write.requested), show(point, answer.after)
    if same(answer.after, write.requested):
        return Outcome.CONFIRMED, _joined(answer.words, f"The device shows {after}.")
    if answer.after is None:
        return Outcome.ACCEPTED, _joined(
            answer.words,
            f"It could not be read back within {answer.waited:.0f} s whether it is {wanted} now.",
        )
    if not same(answer.after, write.before):
        return Outcome.IGNORED, _joined(
            answer.words, f"The device shows {after}, which is neither {wanted} nor what it was."
        )
    why = "" if answer.certain else " The change most likely never arrived."
    return Outcome.IGNORED, _joined(
        answer.words, f"After {answer.waited:.0f} s the device still shows {after}.{why}"
    )


def event_of(write: LoggedWrite, point: Point) -> Event:
    """The event that tells a change that has ended."""
    assert write.outcome is not None
    verb = {Purpose.RESTORE: "back to ", Purpose.CHANGE: "to ", Purpose.RENEWAL: "again to "}
    what = f"{point.name} set {verb[write.purpose]}{show(point, write.requested)} by {write.by}"
    facts = {
        "by": write.by,
        "point": write.key.point,
        "requested": f"{write.requested:g}",
        "before": None if write.before is None else f"{write.before:g}",
        "after": None if write.after is None else f"{write.after:g}",
        "outcome": write.outcome.value,
        "detail": write.detail,
        "write": str(write.id),
    }
    return Event(
        id=f"write {write.id}",
        time=write.asked_at,
        kind=EventKind.WRITE,
        title=f"{what}: {write.outcome.value}",
        source=write.key.source,
        device=write.key.device,
        severity=_SEVERITIES.get(write.outcome, Severity.INFO),
        ended=write.ended_at,
        detail={name: fact for name, fact in facts.items() if fact is not None},
    )


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
