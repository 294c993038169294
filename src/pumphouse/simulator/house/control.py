"""How the pump decides about heating: heating curve, degree minutes, additional heat."""

__all__ = ["DegreeMinutes", "HeatingCurve"]

_FORCED_STOP = 100  # tenths of a kelvin: more than 10 K too warm stops the compressor
_ADDITION_STOP = 70  # tenths of a kelvin: more than 7 K too warm stops the additional heat
_HIGHEST = 1000  # tenths of a degree minute
_LOWEST = -30000


class HeatingCurve:
    """The supply temperature that the pump wants, by outdoor temperature.

    NIBE publishes no formula for its curves 0…15. This one bends like theirs; the offset is as
    documented (two steps are 5 K), and the limits cut last.

    Attributes:
        curve: slope, 0…15.
        offset: parallel shift in steps of 2.5 K, -10…10.
        set_point: room temperature wanted, °C.
        minimum: lowest supply temperature, °C.
        maximum: highest supply temperature, °C.
        follows_room: whether a deviation of the room shifts the curve.
    """

    __slots__ = ("curve", "follows_room", "maximum", "minimum", "offset", "set_point")

    kelvin_per_step = 2.5
    kelvin_per_room_kelvin = 2.0

    def __init__(self, *, curve: float) -> None:
        self.curve = curve
        self.offset = 0.0
        self.set_point = 21.0
        self.minimum = 20.0
        self.maximum = 55.0
        self.follows_room = True

    def supply(self, outdoor: float, room: float) -> float:
        """The calculated supply temperature, °C."""
        cold = 20.0 - outdoor
        wanted = 20.0 + self.kelvin_per_step * self.offset
        if cold > 0.0:
            wanted += 0.115 * self.curve * cold * (1.0 - 0.004 * cold)
        if self.follows_room:
            wanted += self.kelvin_per_room_kelvin * (self.set_point - room)
        return min(self.maximum, max(self.minimum, wanted))


class DegreeMinutes:
    """The running sum of how much too cold the supply was, which starts and stops everything.

    As NIBE documents it: each minute adds supply - calculated at a resolution of 0.1, at most
    +100; -60 starts the compressor and 0 stops it; more than 10 K too warm sets +1, which stops
    the compressor; frozen at 0 while heating is not permitted. Additional heat begins a further
    difference below the start, each step of it a little lower still; more than 7 K too warm
    ends it.

    Attributes:
        start: where the compressor starts (adjustable -30…-1000).
        addition_difference: how far below `start` the first step of additional heat comes.
        step_difference: how far apart further steps are.
        most_steps: steps of additional heat there are.
        calling: whether the compressor is wanted for heating.
        steps: steps of additional heat wanted.
    """

    __slots__ = (
        "_addition_difference",
        "_first_step",
        "_start",
        "_tenths",
        "calling",
        "most_steps",
        "step_difference",
        "steps",
    )

    def __init__(
        self, *, addition_difference: float, step_difference: float, most_steps: int
    ) -> None:
        self._addition_difference = addition_difference
        self.step_difference = step_difference
        self.most_steps = most_steps
        self.calling = False
        self.steps = 0
        self._tenths = 0
        self.start = -60.0

    @property
    def start(self) -> float:
        """Where the compressor starts."""
        return self._start

    @start.setter
    def start(self, degree_minutes: float) -> None:
        self._start = degree_minutes
        self._first_step = 10.0 * (degree_minutes - self._addition_difference)

    @property
    def addition_difference(self) -> float:
        """How far below `start` the first step of additional heat comes."""
        return self._addition_difference

    @addition_difference.setter
    def addition_difference(self, degree_minutes: float) -> None:
        self._addition_difference = degree_minutes
        self.start = self._start

    @property
    def value(self) -> float:
        """Degree minutes now, at a resolution of 0.1."""
        return self._tenths / 10.0

    @value.setter
    def value(self, degree_minutes: float) -> None:
        self._tenths = min(_HIGHEST, max(_LOWEST, round(degree_minutes * 10.0)))

    def step(self, supply: float, calculated: float) -> None:
        """Count one minute and decide.

        Args:
            supply: supply temperature, °C.
            calculated: what the heating curve wants, °C.
        """
        excess = round(supply * 10.0) - round(calculated * 10.0)
        tenths = self._tenths + excess
        if excess > _FORCED_STOP:
            tenths = 10
        elif tenths > _HIGHEST:
            tenths = _HIGHEST
        elif tenths < _LOWEST:
            tenths = _LOWEST
        self._tenths = tenths
        if tenths >= 0:
            self.calling = False
        elif tenths <= self._start * 10.0:
            self.calling = True
        if self.steps or tenths <= self._first_step:
            self._add_heat(tenths / 10.0, excess)

    def freeze(self) -> None:
        """Heating is not permitted: stay at 0 and want nothing."""
        self._tenths = 0
        self.calling = False
        self.steps = 0

    def _add_heat(self, value: float, excess: int) -> None:
        if excess > _ADDITION_STOP or not self.calling:
            self.steps = 0
            return
        first = self._first_step / 10.0
        if self.steps < self.most_steps and value <= first - self.steps * self.step_difference:
            self.steps += 1
        elif self.steps and value > first - (self.steps - 2) * self.step_difference:
            self.steps -= 1
