"""A hot-water tank in two layers: what the taps get, and what the charging sensor sees."""

__all__ = ["LITRE_J_PER_K", "Tank"]

LITRE_J_PER_K = 4186.0  # one litre of water
_TAP = 40.0  # °C the tapped litres are counted at


class Tank:
    """Two stirred layers; warm water rises, so the lower one is never the warmer.

    Attributes:
        top: upper layer, where hot water leaves (sensor BT7), °C.
        bottom: lower layer, where cold water enters and heat is put in (sensor BT6), °C.
        loss_w: heat it gives off to the room now, W.
        charged_wh: heat put in since the beginning.
        tapped_wh: heat taken out by taps since the beginning.
        lost_wh: heat given off since the beginning.
    """

    __slots__ = (
        "_lower_l",
        "_upper_l",
        "bottom",
        "charged_wh",
        "loss_w",
        "lost_wh",
        "tapped_wh",
        "top",
    )

    def __init__(self, *, litres: float = 180.0) -> None:
        self._upper_l = 0.45 * litres
        self._lower_l = 0.55 * litres
        self.top = 52.0
        self.bottom = 49.0
        self.loss_w = 55.0
        self.charged_wh = 0.0
        self.tapped_wh = 0.0
        self.lost_wh = 0.0

    def step(self, charge_w: float, litres: float, cold: float, room: float) -> None:
        """Let a minute pass.

        Args:
            charge_w: heat put into the lower layer.
            litres: litres at 40 °C drawn in this minute.
            cold: temperature of the mains water, °C.
            room: temperature around the tank, °C.
        """
        top, bottom = self.top, self.bottom
        if litres > 0.0:
            share = (_TAP - cold) / (top - cold) if top > _TAP else 1.0
            drawn = litres * share
            self.tapped_wh += drawn * (top - cold) * LITRE_J_PER_K / 3600.0
            top += drawn / self._upper_l * (bottom - top)
            bottom += drawn / self._lower_l * (cold - bottom)
        upper_w = 0.8 * (top - room)
        lower_w = 0.9 * (bottom - room)
        top -= upper_w * 60.0 / (self._upper_l * LITRE_J_PER_K)
        bottom += (charge_w - lower_w) * 60.0 / (self._lower_l * LITRE_J_PER_K)
        if bottom > top:
            top = bottom = 0.45 * top + 0.55 * bottom
        self.top = top
        self.bottom = bottom
        self.loss_w = upper_w + lower_w
        self.charged_wh += charge_w / 60.0
        self.lost_wh += self.loss_w / 60.0

    def stored_above(self, temperature: float, cold: float = 10.0) -> float:
        """Litres at a temperature that could be drawn before the top falls below it."""
        litres = 0.0
        for layer, volume in ((self.top, self._upper_l), (self.bottom, self._lower_l)):
            if layer > temperature:
                litres += volume * (layer - cold) / (temperature - cold)
        return litres

    def stored_wh(self) -> float:
        """Heat held above 0 °C, Wh."""
        return (self._upper_l * self.top + self._lower_l * self.bottom) * LITRE_J_PER_K / 3600.0
