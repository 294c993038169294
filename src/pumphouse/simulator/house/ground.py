"""An on/off compressor on a borehole."""

from pumphouse.simulator.house.machine import Compressor, Mode, carnot
from pumphouse.simulator.house.weather import HOURS_PER_YEAR, Sky, Weather, season

__all__ = ["GroundMachine"]

_NOMINAL_W = 6300.0  # heat at 0 °C brine in and 35 °C supply, like NIBE's F1245-6
_CARNOT_SHARE = 0.585
_PINCH = 3.0  # K between refrigerant and either water
_SHELL = 0.95  # share of the electricity that ends up in the water
_BRINE_W_PER_K = 1150.0  # heat capacity flow of the brine
_BRINE_PUMP_W = 85.0
_NEAR_K_PER_W = 0.42e-3  # cooling of the borehole wall by what is drawn now …
_NEAR_MINUTES = 150.0
_FAR_K_PER_W = 0.75e-3  # … and of the rock around by what was drawn for weeks
_FAR_MINUTES = 25.0 * 1440.0
_CELLAR = 17.0  # °C around the standing brine pipes


class GroundMachine:
    """A fixed-speed compressor; its borehole cools while heat is drawn and recovers slowly.

    Attributes:
        brine_in: brine from the borehole, °C.
        brine_out: brine to the borehole, °C.
        sink: condenser temperature when it ran last, °C.
        minutes: minutes since the last change between running and standing.
        rest: minutes between a stop and the next start.
    """

    rest = 5

    __slots__ = (
        "_far",
        "_ground",
        "_near",
        "brine_in",
        "brine_out",
        "compressor_w",
        "defrosts",
        "heat_w",
        "minutes",
        "running",
        "sink",
        "source_w",
        "starts",
        "status",
    )

    def __init__(self, *, hour: int, loss_w_per_k: float) -> None:
        self.status = Compressor.OFF
        self.running = False
        self.heat_w = 0.0
        self.compressor_w = 0.0
        self.source_w = 0.0
        self.starts = 0
        self.defrosts = 0
        self.sink = 35.0
        self.minutes = 60
        past = Weather.climate(hour - HOURS_PER_YEAR / 14.0)
        self._far = _FAR_K_PER_W * (400.0 + 0.75 * loss_w_per_k * max(0.0, 17.0 - past))
        self._near = 0.0
        self._ground = 7.0
        self.brine_in = 8.0
        self.brine_out = 8.0

    def begin_hour(self, hour: int, sky: Sky) -> None:  # noqa: ARG002 - the sky is far from a borehole
        """The undisturbed ground lags two months behind the air."""
        self._ground = 7.3 + 0.9 * season(hour, coldest_day=55.0)

    def step(
        self,
        mode: Mode,
        sink: float,
        outdoor: float,  # noqa: ARG002 - a borehole does not feel the air
        excess: float,  # noqa: ARG002 - it is on or off
        degree_minutes: float,  # noqa: ARG002
    ) -> None:
        """Let a minute pass (see `Machine`)."""
        self._switch(mode)
        drawn = 0.0
        if self.running:
            drawn = self._compress(sink)
        else:
            self.brine_in += (_CELLAR - self.brine_in) / 200.0
            self.brine_out += (_CELLAR - self.brine_out) / 260.0
        self._near += (_NEAR_K_PER_W * drawn - self._near) / _NEAR_MINUTES
        self._far += (_FAR_K_PER_W * drawn - self._far) / _FAR_MINUTES

    def _compress(self, sink: float) -> float:
        """One minute of running; returns the heat drawn from the ground, W."""
        brine = self._ground - self._near - self._far
        heat = _NOMINAL_W * (1.0 + 0.029 * brine) * (1.0 - 0.0042 * (sink - 35.0))
        power = heat / (_CARNOT_SHARE * carnot(sink + _PINCH, self.brine_out - _PINCH))
        if self.minutes == 0:
            heat *= 0.6  # the first minute goes into warming the machine itself
        drawn = max(0.0, heat - _SHELL * power)
        self.brine_in = brine
        self.brine_out = brine - drawn / _BRINE_W_PER_K
        self.heat_w = heat
        self.compressor_w = power
        self.sink = sink
        return drawn

    def _switch(self, mode: Mode) -> None:
        """Brine pump a minute before and after the compressor; a short rest between runs."""
        status = self.status
        self.minutes += 1
        if mode:
            if status is _RUNNING:
                return
            if status is _STARTING:
                self.status = _RUNNING
                self.running = True
                self.starts += 1
                self.minutes = 0
                self.brine_out = min(self.brine_out, self._ground)
            elif self.minutes >= self.rest:
                self.status = _STARTING
                self.source_w = _BRINE_PUMP_W
            else:
                self.status = _OFF
                self.source_w = 0.0
        elif status is not _OFF:
            if status is _RUNNING:
                self.status = _STOPPING
                self.running = False
                self.heat_w = 0.0
                self.compressor_w = 0.0
                self.minutes = 0
            else:
                self.status = _OFF
                self.source_w = 0.0


_OFF = Compressor.OFF
_STARTING = Compressor.STARTING
_RUNNING = Compressor.RUNNING
_STOPPING = Compressor.STOPPING
