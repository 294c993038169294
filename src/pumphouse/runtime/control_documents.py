"""The JSON of changes, overrides, boosts and plans: the same for the command line and HTTP."""

from pumphouse.control import LoggedWrite, Override, Preset, WriteResult
from pumphouse.core.documents import Document, iso
from pumphouse.runtime.control import Plan

__all__ = [
    "logged_document",
    "override_document",
    "plan_document",
    "preset_document",
    "result_document",
]


def result_document(result: WriteResult) -> Document:
    """What `set --json` prints."""
    return {
        "device": result.key.device,
        "point": result.key.point,
        "requested": result.requested,
        "before": result.before,
        "after": result.after,
        "outcome": result.outcome.value,
        "detail": result.detail,
    }


def logged_document(write: LoggedWrite) -> Document:
    """One entry of `writes --json`; an outcome of null is still under way."""
    return {
        "id": write.id,
        "source": write.key.source,
        "device": write.key.device,
        "point": write.key.point,
        "requested": write.requested,
        "before": write.before,
        "after": write.after,
        "outcome": None if write.outcome is None else write.outcome.value,
        "detail": write.detail,
        "purpose": write.purpose.value,
        "by": write.by,
        "asked_at": iso(write.asked_at),
        "ended_at": iso(write.ended_at),
        "override": write.override,
        "renewals": write.renewals,
        "renewed_at": iso(write.renewed_at),
    }


def override_document(override: Override) -> Document:
    """One entry of `overrides --json`."""
    return {
        "id": override.id,
        "source": override.key.source,
        "device": override.key.device,
        "point": override.key.point,
        "value": override.value,
        "restore_to": override.restore_to,
        "started": iso(override.started),
        "until": iso(override.until),
        "by": override.by,
        "state": override.state.value,
    }


def preset_document(preset: Preset) -> Document:
    """One entry of `boost --json`."""
    return {
        "source": preset.point.key.source,
        "device": preset.point.key.device,
        "boost": preset.name,
        "label": preset.label,
        "point": preset.point.key.point,
        "value": preset.value,
        "hours": preset.hours,
        "refusal": preset.refusal,
    }


def plan_document(plan: Plan) -> Document:
    """One entry of `schedule --json`."""
    return {
        "schedule": plan.name,
        "from": iso(plan.window.start),
        "to": iso(plan.window.end),
        "prices": [
            {"from": iso(slot.interval.start), "to": iso(slot.interval.end), "price": slot.price}
            for slot in plan.prices
        ],
        "chosen": [{"from": iso(one.start), "to": iso(one.end)} for one in plan.chosen],
    }
