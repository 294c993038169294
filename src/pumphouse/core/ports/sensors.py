"""What a store keeps about the owner's own sensors: their names, and the hardware behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = ["Binding", "SensorBook", "SensorName"]


@dataclass(frozen=True, slots=True)
class Binding:
    """That one piece of hardware goes on where another has ended.

    A sensor is known for ever by the id of the first hardware that it was seen as.

    Attributes:
        hardware: the vendor's id of the new hardware.
        device: the id under which everything that it says is kept.
        since: the first instant of the new hardware that counts.

    Raises:
        ValueError: `since` has no zone, or hardware is bound to itself.
    """

    source: str
    hardware: str
    device: str
    since: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is None:
            raise ValueError(f"the time {self.since.isoformat()} has no time zone")
        if self.hardware == self.device:
            raise ValueError(f"{self.hardware} cannot be bound to itself")


@dataclass(frozen=True, slots=True)
class SensorName:
    """What the owner calls a device, and what its points mean to him.

    Attributes:
        name: None where the vendor's name is good enough.
        metrics: native id of a point -> the catalogue's name of its metric.
    """

    source: str
    device: str
    name: str | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)


class SensorBook(Protocol):
    """The part of a store that knows the owner's sensors; all methods may raise `StoreError`.

    `Store.devices` and `Store.points` show what is written here.
    """

    async def names(self) -> Sequence[SensorName]:
        """What the owner has named, by source and device."""
        ...

    async def save_name(self, name: SensorName) -> None:
        """Replace what the owner says about one device; what is empty is the vendor's again."""
        ...

    async def bindings(self) -> Sequence[Binding]:
        """Which hardware stands behind which device, oldest first."""
        ...

    async def bind(self, binding: Binding) -> int:
        """Let hardware go on where a device has ended; from now on it is no device of its own.

        What it has said since `binding.since` moves to the device, and is journaled once more.

        Returns:
            how many readings were moved.
        """
        ...

    async def unbind(self, source: str, hardware: str) -> int:
        """Undo a binding: what this hardware has said moves back to it.

        Returns:
            how many readings were moved; 0 where it is not bound.
        """
        ...
