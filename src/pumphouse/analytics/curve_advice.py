"""What to change on a heating curve when the rooms are too warm or too cold.

After the users' manuals of NIBE's pumps: what is wrong in all weathers is the offset's business,
what is wrong only when it is cold is the slope's; one step of the offset is 2.5 K in the supply;
change one step at a time and wait a day.
"""

from pumphouse.analytics.heating_curve import HeatingCurve, RoomDeviation
from pumphouse.analytics.verdict import SAVING_PER_KELVIN, Severity, Verdict

__all__ = ["KELVIN_PER_STEP", "curve_advice"]

#: K of supply temperature per step of the offset (NIBE F370, F1155 and VVM 320 manuals: two steps
#: are 5 °C)
KELVIN_PER_STEP = 2.5
_LAST_STEP = 10.0  # NIBE's offset goes from -10 to 10
_LAST_CURVE = 15.0
_TOLERABLE = 0.5  # K that rooms may be off (own choice)
_OFTEN = 0.05  # share of the hours from which a limit matters (own choice)
_WAIT = "Change one step at a time and wait a day: a house answers slowly."


def curve_advice(curve: HeatingCurve) -> tuple[Verdict, ...]:
    """What to change, with the numbers that speak for it; empty where the rooms are as wanted.

    Needs a room sensor and a set point: without them nobody knows whether the rooms are too warm.
    """
    room = curve.room
    if room is None:
        return ()
    limit = _limit_advice(curve, room)
    if limit is not None:
        return (limit,)
    cold_off, mild_off = abs(room.cold) >= _TOLERABLE, abs(room.mild) >= _TOLERABLE
    apart = abs(room.cold - room.mild) >= _TOLERABLE
    if apart and cold_off != mild_off:
        return (_slope_advice(curve, room, cold=cold_off),)
    if abs(room.mean.value) >= max(_TOLERABLE, room.mean.error):
        return (_offset_advice(curve, room),)
    return ()


def _offset_advice(curve: HeatingCurve, room: RoomDeviation) -> Verdict:
    """The rooms are off in any weather: shift the curve."""
    warm = room.mean.value > 0
    step = -1.0 if warm else 1.0
    verb = "Lower" if warm else "Raise"
    advice = f"{verb} the offset of the heating curve by one step{_from_to(curve.offset, step)}: "
    advice += f"{KELVIN_PER_STEP} K in the supply at every outdoor temperature. {_WAIT}"
    if curve.offset is not None and abs(curve.offset + step) > _LAST_STEP:
        verb = "flatter" if warm else "steeper"
        advice = f"The offset is at its end already: choose a {verb} heating curve. {_WAIT}"
    sentence = f"The rooms were on average {_off(room.mean.value)} than the "
    sentence += f"{room.setpoint:.1f} °C asked for."
    if warm:
        sentence += f" A step less saves about {_saving():.0f} % of the electricity for heating."
    return Verdict(
        "rooms_too_warm" if warm else "rooms_too_cold",
        Severity.ADVICE,
        sentence,
        advice,
        _evidence(curve, room) | {"supply_change_k": step * KELVIN_PER_STEP},
    )


def _slope_advice(curve: HeatingCurve, room: RoomDeviation, *, cold: bool) -> Verdict:
    """The rooms are off in one kind of weather only: tilt the curve."""
    off = room.cold if cold else room.mild
    weather = "colder" if cold else "milder"
    sentence = f"Only in {weather} weather ({'below' if cold else 'above'} "
    sentence += f"{room.cold_below:.0f} °C) the rooms were {_off(off)} than the "
    sentence += f"{room.setpoint:.1f} °C asked for."
    steeper = (off < 0) is cold
    slope = 1.0 if steeper else -1.0
    advice = f"Choose the next {'steeper' if steeper else 'flatter'} heating curve"
    advice += _from_to(_numbered(curve.number, slope), slope)
    if not cold:
        shift = 1.0 if off < 0 else -1.0
        advice += f" and {'raise' if off < 0 else 'lower'} its offset by one step"
        advice += f"{_from_to(curve.offset, shift)}, so that cold days stay as they are"
    evidence = _evidence(curve, room) | {"curve_change": slope}
    return Verdict("curve_slope", Severity.ADVICE, sentence, f"{advice}. {_WAIT}", evidence)


def _limit_advice(curve: HeatingCurve, room: RoomDeviation) -> Verdict | None:
    """A limit of the supply temperature keeps the rooms from what is asked for."""
    evidence = _evidence(curve, room)
    if room.cold <= -_TOLERABLE and curve.maximum is not None and curve.share_at_maximum > _OFTEN:
        sentence = f"In {curve.share_at_maximum:.0%} of the hours the highest supply temperature, "
        sentence += f"{curve.maximum:.0f} °C, cut the heating curve, and in colder weather the "
        sentence += f"rooms were {_off(room.cold)} than asked for."
        advice = "Raise the highest supply temperature, if the floor or radiators stand it "
        advice += "(NIBE menu 1.9.3 and 5.1.2)."
        share = {"share_at_maximum": curve.share_at_maximum, "maximum_c": curve.maximum}
        return Verdict("supply_limited", Severity.ADVICE, sentence, advice, evidence | share)
    if room.mild >= _TOLERABLE and curve.minimum is not None and curve.share_at_minimum > _OFTEN:
        sentence = f"In {curve.share_at_minimum:.0%} of the hours the lowest supply temperature, "
        sentence += f"{curve.minimum:.0f} °C, held the heating curve up, and in milder weather the "
        sentence += f"rooms were {_off(room.mild)} than asked for."
        advice = "Lower the lowest supply temperature."
        share = {"share_at_minimum": curve.share_at_minimum, "minimum_c": curve.minimum}
        return Verdict("supply_limited", Severity.ADVICE, sentence, advice, evidence | share)
    return None


def _evidence(curve: HeatingCurve, room: RoomDeviation) -> dict[str, float]:
    evidence = {
        "room_deviation_k": room.mean.value,
        "room_deviation_error_k": room.mean.error,
        "room_deviation_cold_k": room.cold,
        "room_deviation_mild_k": room.mild,
        "room_setpoint_c": room.setpoint,
        "hours": sum(knot.hours for knot in curve.knots),
    }
    settings = {"heating_offset": curve.offset, "heating_curve": curve.number}
    return evidence | {name: value for name, value in settings.items() if value is not None}


def _saving() -> float:
    """What one step of the offset saves, in per cent."""
    return 100.0 * KELVIN_PER_STEP * SAVING_PER_KELVIN


def _off(deviation: float) -> str:
    return f"{abs(deviation):.1f} K {'warmer' if deviation > 0 else 'colder'}"


def _numbered(number: float | None, slope: float) -> float | None:
    """The curve's number if there is a next one: 1 to 15 with NIBE, 0 is the owner's own."""
    if not number or not 1 <= number + slope <= _LAST_CURVE:
        return None
    return number


def _from_to(now: float | None, step: float) -> str:
    """From which setting to which, where the setting is known."""
    return "" if now is None else f" (from {now:g} to {now + step:g})"
