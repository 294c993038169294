"""How far a meter, a sensor pair or a sampled value may be off.

Every error here is half of the width of a 90 % interval. Meter classes state the largest error
permitted; inside that every error is taken as equally likely (GUM, rectangular distribution), and
independent parts are added in squares.
"""

import math

__all__ = [
    "ELECTRICITY_METER",
    "NORMAL",
    "RECTANGULAR",
    "flow_and_temperature",
    "heat_meter",
]

#: standard deviation to half of the width of a 90 % interval, for a normal distribution
NORMAL = 1.645
#: largest permitted error to the same, by way of the standard deviation of a rectangle
RECTANGULAR = NORMAL / math.sqrt(3.0)

#: a pump's own counter of electricity, relative: IEC 62053-21 class 2 permits 2 %
ELECTRICITY_METER = 0.02 * RECTANGULAR
_TYPICAL_DIFFERENCE = 5.0  # K across a condenser, where nothing better is known
_SMALLEST_DIFFERENCE = 3.0  # K that a heat meter is made for (ΔΘmin of EN 1434)
_SENSOR_PAIR = 0.2  # K by which two sensors of a pump may differ
_FLOW_SENSOR = 0.03  # of a pump's own vortex flow meter, relative


def heat_meter(difference: float | None, flow_share: float = 0.5) -> float:
    """Relative error of a heat meter of EN 1434 class 2.

    Flow sensor ±(2 + 0.02·qp/q) %, at most 5 %; temperature pair ±(0.5 + 3·ΔΘmin/ΔΘ) %; calculator
    ±(0.5 + ΔΘmin/ΔΘ) %, with ΔΘmin = 3 K.

    Args:
        difference: K between flow and return while the pump runs; 5 K where unknown.
        flow_share: flow in use as a share of the meter's nominal flow, q/qp.
    """
    span = _SMALLEST_DIFFERENCE / max(1.0, difference or _TYPICAL_DIFFERENCE)
    flow = min(5.0, 2.0 + 0.02 / flow_share)
    return math.hypot(flow, 0.5 + 3.0 * span, 0.5 + span) / 100.0 * RECTANGULAR


def flow_and_temperature(difference: float | None) -> float:
    """Relative error of heat made of a pump's own flow and temperature sensors.

    A pair that is off by 0.2 K is 5 % off at 4 K (own arithmetic after openenergymonitor.org).

    Args:
        difference: K between flow and return while the pump runs; 5 K where unknown.
    """
    pair = _SENSOR_PAIR / max(1.0, difference or _TYPICAL_DIFFERENCE)
    return math.hypot(_FLOW_SENSOR, pair) * RECTANGULAR
