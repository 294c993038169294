"""What the Heating curve page is drawn from."""

from datetime import UTC, datetime
from typing import Final

from pumphouse.analytics.curve_advice import curve_advice
from pumphouse.analytics.heating_curve import HeatingCurve, RoomDeviation, heating_curve
from pumphouse.analytics.series import Recording
from pumphouse.core.documents import Document, iso
from pumphouse.core.model import Device
from pumphouse.runtime.efficiency_document import figure_document, verdict_document

__all__ = ["curve_document", "curve_found"]

_DIGITS: Final = 2
#: hours that are drawn of a longer cloud, evenly chosen
_SHOWN: Final = 1000


def curve_document(device: Device, recording: Recording) -> Document:
    """The heating curve of one device as the period shows it."""
    curve = heating_curve(recording)
    return {
        "source": device.source,
        "device": device.id,
        "from": iso(datetime.fromtimestamp(recording.start, UTC)),
        "to": iso(datetime.fromtimestamp(recording.end, UTC)),
        "coverage": round(recording.coverage, 4),
        "curve": None if curve is None else curve_found(curve),
        "verdicts": []
        if curve is None
        else [verdict_document(verdict) for verdict in curve_advice(curve)],
    }


def curve_found(curve: HeatingCurve) -> Document:
    """The measured cloud, the fitted curve, what is set, and how the rooms did."""
    shown = curve.cloud[:: max(1, -(-len(curve.cloud) // _SHOWN))]
    return {
        "hours": len(curve.cloud),
        "cloud": [[_rounded(hour.outdoor), _rounded(hour.supply)] for hour in shown],
        "knots": [[_rounded(knot.outdoor), _rounded(knot.supply)] for knot in curve.knots],
        "scatter": _rounded(curve.scatter),
        "number": _rounded(curve.number),
        "offset": _rounded(curve.offset),
        "minimum": _rounded(curve.minimum),
        "maximum": _rounded(curve.maximum),
        "share_at_minimum": _rounded(curve.share_at_minimum),
        "share_at_maximum": _rounded(curve.share_at_maximum),
        "excess": figure_document(curve.excess),
        "room": None if curve.room is None else _room(curve.room),
        "follows_room": curve.follows_room,
    }


def _room(room: RoomDeviation) -> Document:
    return {
        "mean": figure_document(room.mean),
        "cold": _rounded(room.cold),
        "mild": _rounded(room.mild),
        "setpoint": _rounded(room.setpoint),
        "cold_below": _rounded(room.cold_below),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
