"""What the clouds expect of the house behind them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

__all__ = ["Alarm", "House", "Pump"]


class Alarm(NamedTuple):
    """One alarm of a pump; `ended` is None while it lasts."""

    number: int
    title: str
    description: str
    started: datetime
    ended: datetime | None


class Pump(Protocol):
    """One heat pump of the house, by the vendor's native ids and in human units."""

    @property
    def device_id(self) -> str:
        """The id the cloud shows."""
        ...

    @property
    def vendor(self) -> str:
        """`nibe_uplink` or `myuplink`."""
        ...

    @property
    def name(self) -> str:
        """What the owner calls it."""
        ...

    @property
    def product(self) -> str:
        """The type on its plate."""
        ...

    @property
    def serial(self) -> str:
        """Serial number, a text: it may begin with a zero."""
        ...

    @property
    def firmware(self) -> str:
        """Version of its software."""
        ...

    def values(self) -> Mapping[str, float | None]:
        """Every value now; None where there is no sensor."""
        ...

    def changed_at(self, native_id: str) -> datetime | None:
        """When the value changed last."""
        ...

    def set(self, native_id: str, value: float) -> None:
        """Change a setting."""
        ...

    def alarms(self) -> Sequence[tuple[int, str, str, datetime, datetime | None]]:
        """Every alarm since the start: number, title, description, started, ended."""
        ...


class House(Protocol):
    """A building with heat pumps that lives as its time is moved on."""

    @property
    def now(self) -> datetime:
        """How far it has been simulated."""
        ...

    @property
    def pumps(self) -> Mapping[str, Pump]:
        """Its pumps by device id."""
        ...

    def advance_to(self, instant: datetime) -> None:
        """Simulate up to `instant`."""
        ...

    def truth(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, float]:
        """What really happened to one pump between two instants."""
        ...

    def room_temperature(self, device_id: str, start: datetime, end: datetime) -> float | None:
        """Mean room temperature of one pump's household, °C; None: unknown."""
        ...
