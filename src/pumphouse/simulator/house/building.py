"""A building with its heating system: two thermal masses, one water loop, emitters."""

__all__ = ["Building"]

_STEP = 60.0  # seconds
_WINDOW_OPENS = 23.2  # °C in the room
_WINDOW_W_PER_K2 = 160.0  # how much more air for each kelvin above that


class Building:
    """Room air, heavy structure and heating water, stepped by one minute.

    The room loses `loss_w_per_k` for each kelvin above the outdoor air; `ventilation_w_per_k` of
    it is due to ventilation and scales with the fan. People open windows when it gets too warm.
    Emitters follow Q = K·ΔT^1.2, between a radiator's exponent 1.3 and a heated floor's 1.1.

    Attributes:
        air: room temperature, °C.
        mass: temperature of the structure, °C.
        loop: mean temperature of the heating water, °C.
        ventilation: fan speed relative to normal.
        lost_wh: heat lost to the outdoors since the beginning.
        gained_wh: heat from sun, people and the hot-water tank since the beginning.
        heated_wh: heat put into the heating water since the beginning.
    """

    __slots__ = (
        "_air_capacity",
        "_coupling",
        "_emitter",
        "_loop_capacity",
        "_mass_capacity",
        "air",
        "gained_wh",
        "heated_wh",
        "loop",
        "loss_w_per_k",
        "lost_wh",
        "mass",
        "ventilation",
        "ventilation_w_per_k",
        "window_m2",
    )

    def __init__(
        self, *, loss_w_per_k: float, emitter: float, loop_kwh_per_k: float, window_m2: float
    ) -> None:
        self.loss_w_per_k = loss_w_per_k
        self.ventilation_w_per_k = 0.3 * loss_w_per_k
        self.window_m2 = window_m2
        self._emitter = emitter
        self._loop_capacity = loop_kwh_per_k * 3.6e6
        self._air_capacity = 2.5 * 3.6e6
        self._mass_capacity = 16.0 * 3.6e6
        self._coupling = 900.0
        self.air = 21.0
        self.mass = 21.0
        self.loop = 28.0
        self.ventilation = 1.0
        self.lost_wh = 0.0
        self.gained_wh = 0.0
        self.heated_wh = 0.0

    def step(self, outdoor: float, gains_w: float, heat_w: float) -> None:
        """Let a minute pass.

        Args:
            outdoor: outdoor temperature, °C.
            gains_w: heat from sun, people, appliances and the tank into the room.
            heat_w: heat put into the heating water; negative while a defrost takes from it.
        """
        air = self.air
        lift = self.loop - air
        emitted = self._emitter * lift**1.2 if lift > 0.0 else 40.0 * lift
        exchange = self._coupling * (air - self.mass)
        loss = self.loss_w_per_k + self.ventilation_w_per_k * (self.ventilation - 1.0)
        if air > _WINDOW_OPENS and outdoor < air:
            loss += _WINDOW_W_PER_K2 * (air - _WINDOW_OPENS)
        lost = loss * (air - outdoor)
        self.loop += (heat_w - emitted) * _STEP / self._loop_capacity
        self.air = air + (emitted + gains_w - lost - exchange) * _STEP / self._air_capacity
        self.mass += exchange * _STEP / self._mass_capacity
        self.lost_wh += lost / 60.0
        self.gained_wh += gains_w / 60.0
        self.heated_wh += heat_w / 60.0

    def stored_wh(self) -> float:
        """Heat held above 0 °C by room, structure and heating water, Wh."""
        return (
            self._air_capacity * self.air
            + self._mass_capacity * self.mass
            + self._loop_capacity * self.loop
        ) / 3600.0
