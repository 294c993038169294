"""An inverter compressor on outdoor air, whose evaporator frosts and is defrosted."""

import math

from pumphouse.simulator.house.machine import Compressor, Mode, carnot
from pumphouse.simulator.house.weather import Sky

__all__ = ["HIGHEST_HZ", "LOWEST_HZ", "AirMachine"]

LOWEST_HZ = 30.0
HIGHEST_HZ = 110.0
_REST = 10  # minutes between a stop and the next start
_HOT_WATER_HZ = 72.0
_HZ_PER_MINUTE = 8.0
_HZ_PER_K = 5.0
_HZ_PER_DEGREE_MINUTE = 0.22
_NOMINAL_W = 8300.0  # heat at 90 Hz, 7 °C outdoors and 35 °C supply
_CARNOT_SHARE = 0.52
_CONDENSER_PINCH = 2.0
_FULL_FROST = 2.0  # kg of ice that ask for a defrost
_SHORTEST_FROSTING = 40  # minutes of running between two defrosts
_AIR_KG_PER_MINUTE = 19.0  # dry air that touches the fins
_MELTING_KG_PER_MINUTE = 0.62
_DEFROST_HEAT_W = 5600.0
_DEFROST_POWER_W = 1350.0
_REVERSING_POWER_W = 450.0


class AirMachine:
    """An inverter whose frequency follows the lack of heat: proportional, integral, rate-limited.

    The integral is the degree minutes themselves. Frost grows while the fins are below 0 °C and
    below the dew point, costs capacity, and is melted with heat from the heating water.

    Attributes:
        frequency: compressor frequency, Hz.
        frost: ice on the fins, kg.
        evaporating: refrigerant temperature in the evaporator, °C.
        sink: condenser temperature when it ran last, °C.
        minutes: minutes since the last change between running and standing.
    """

    __slots__ = (
        "_frosting",
        "_vapour",
        "compressor_w",
        "defrosts",
        "evaporating",
        "frequency",
        "frost",
        "heat_w",
        "minutes",
        "running",
        "sink",
        "source_w",
        "starts",
        "status",
    )

    def __init__(self) -> None:
        self.status = Compressor.OFF
        self.running = False
        self.heat_w = 0.0
        self.compressor_w = 0.0
        self.source_w = 0.0
        self.starts = 0
        self.defrosts = 0
        self.frequency = 0.0
        self.frost = 0.0
        self.evaporating = 5.0
        self.sink = 35.0
        self.minutes = 60
        self._frosting = 0
        self._vapour = 0.004

    def begin_hour(self, hour: int, sky: Sky) -> None:  # noqa: ARG002 - air has no season of its own
        """Water vapour in the air, kg per kg."""
        self._vapour = sky.humidity * _saturation(sky.outdoor)

    def step(
        self, mode: Mode, sink: float, outdoor: float, excess: float, degree_minutes: float
    ) -> None:
        """Let a minute pass (see `Machine`)."""
        self.minutes += 1
        status = self.status
        if status > _STOPPING:
            self._defrost(mode)
            return
        if status is _RUNNING and mode:
            if self.frost >= _FULL_FROST and self._frosting >= _SHORTEST_FROSTING:
                self._begin_defrost()
                return
        else:
            self._switch(mode)
        if self.running:
            self._control(mode, excess, degree_minutes)
            self._compress(sink, outdoor)
        elif outdoor > 1.0:
            self.frost = max(0.0, self.frost - 0.004 * outdoor)

    def _control(self, mode: Mode, excess: float, degree_minutes: float) -> None:
        wanted = _HOT_WATER_HZ
        if mode is _HEATING:
            wanted = LOWEST_HZ - _HZ_PER_K * excess - _HZ_PER_DEGREE_MINUTE * degree_minutes
        change = wanted - self.frequency
        if change > _HZ_PER_MINUTE:
            change = _HZ_PER_MINUTE
        elif change < -_HZ_PER_MINUTE:
            change = -_HZ_PER_MINUTE
        self.frequency = min(HIGHEST_HZ, max(LOWEST_HZ, self.frequency + change))

    def _compress(self, sink: float, outdoor: float) -> None:
        """One minute of heating: capacity, power, frost."""
        load = self.frequency / 90.0
        icing = self.frost / _FULL_FROST
        evaporating = outdoor - 4.0 - 3.5 * load - 2.5 * icing
        heat = _NOMINAL_W * load * (1.0 + 0.021 * (outdoor - 7.0)) * (1.0 - 0.004 * (sink - 35.0))
        heat *= 1.0 - 0.10 * icing * icing
        share = _CARNOT_SHARE - 0.07 * (load - 0.55) * (load - 0.55)
        self.compressor_w = heat / (share * carnot(sink + _CONDENSER_PINCH, evaporating)) + 25.0
        self.heat_w = heat if self.minutes else 0.4 * heat
        self.source_w = 30.0 + 70.0 * load
        self.evaporating = evaporating
        self.sink = sink
        self._frosting += 1
        fins = evaporating + 2.5
        if fins < 0.0:
            growth = self._vapour - _saturation(fins)
            if growth > 0.0:
                self.frost += _AIR_KG_PER_MINUTE * growth
        elif self.frost > 0.0:
            self.frost = max(0.0, self.frost - 0.02 * fins)

    def _begin_defrost(self) -> None:
        self.status = _DEFROST_BEGINS
        self.defrosts += 1
        self.heat_w = 0.0
        self.compressor_w = _REVERSING_POWER_W
        self.source_w = 0.0
        self.frequency = 40.0

    def _defrost(self, mode: Mode) -> None:
        """Reverse, melt, let it drip; then go on, or stop if nothing is wanted any more."""
        status = self.status
        if status is _DEFROST_ENDS:
            self._frosting = 0
            self.status = _RUNNING
            if not mode:
                self._switch(mode)
            return
        if self.frost > 0.0:
            self.status = _DEFROSTING
            self.frequency = 70.0
            self.frost = max(0.0, self.frost - _MELTING_KG_PER_MINUTE)
            self.heat_w = -_DEFROST_HEAT_W
            self.compressor_w = _DEFROST_POWER_W
            self.evaporating = 2.0
        else:
            self.status = _DEFROST_ENDS
            self.frequency = 40.0
            self.heat_w = 0.0
            self.compressor_w = _REVERSING_POWER_W
            self.source_w = 110.0

    def _switch(self, mode: Mode) -> None:
        """Fan a minute before and after the compressor; a rest between runs."""
        status = self.status
        if mode:
            if status is _STARTING:
                self.status = _RUNNING
                self.running = True
                self.starts += 1
                self.minutes = 0
                self.frequency = 35.0
            elif self.minutes >= _REST:
                self.status = _STARTING
                self.source_w = 60.0
            else:
                self.status = _OFF
                self.source_w = 0.0
        elif status is _RUNNING:
            self.status = _STOPPING
            self.running = False
            self.heat_w = 0.0
            self.compressor_w = 0.0
            self.source_w = 60.0
            self.frequency = 0.0
            self.minutes = 0
        elif status is not _OFF:
            self.status = _OFF
            self.source_w = 0.0


def _saturation(temperature: float) -> float:
    """Water vapour that saturated air holds, kg per kg (Magnus formula, over ice below 0 °C)."""
    if temperature < 0.0:
        return 0.00380 * math.exp(22.46 * temperature / (272.62 + temperature))
    return 0.00380 * math.exp(17.62 * temperature / (243.12 + temperature))


_OFF = Compressor.OFF
_STARTING = Compressor.STARTING
_RUNNING = Compressor.RUNNING
_STOPPING = Compressor.STOPPING
_DEFROST_BEGINS = Compressor.DEFROST_BEGINS
_DEFROSTING = Compressor.DEFROSTING
_DEFROST_ENDS = Compressor.DEFROST_ENDS
_HEATING = Mode.HEATING
