"""What a bus says, whoever speaks for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

__all__ = ["FAMILIES", "Bus", "Chip", "Raw", "chip_id", "model_of"]

#: family code -> the part that has it. A thermocouple (3B) and a DS1825 cannot be told apart.
FAMILIES: Final = {
    "10": "DS18S20",
    "1D": "DS2423",
    "22": "DS1822",
    "26": "DS2438",
    "28": "DS18B20",
    "3B": "DS1825",
    "42": "DS28EA00",
}

_KERNEL_ID: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Raw:
    """One property of a chip as the bus gives it.

    Attributes:
        name: `temperature`, `humidity`, `counters.A` …
        value: in °C, % or as a count; None where it could not be read.
        fault: why it cannot be believed or could not be read, a sentence; None where all is well.
    """

    name: str
    value: float | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip on the bus.

    Attributes:
        id: family and serial number as owserver writes them, `28.67C6697351FF`.
    """

    id: str
    model: str
    raws: Sequence[Raw] = field(default=())


class Bus(Protocol):
    """Something that can read a whole bus; its methods wait, and are called in a thread."""

    def read(self) -> Sequence[Chip]:
        """Every chip that can be measured, read after one conversion for all of them.

        Raises:
            SourceError: the bus itself cannot be read.
        """
        ...


def chip_id(folder: str) -> str | None:
    """The id of the chip that the kernel calls `28-ff517369c667`; None where it is no chip.

    The kernel writes the serial number as one number, owserver writes its bytes in the order in
    which they come over the wire. One form for both lets a sensor keep its line when the way to the
    bus is changed.
    """
    found = _KERNEL_ID.fullmatch(folder)
    if found is None:
        return None
    serial = bytes.fromhex(found[2])[::-1].hex()
    return f"{found[1]}.{serial}".upper()


def model_of(chip: str) -> str:
    """What the chip with this id is called."""
    family = chip.split(".", 1)[0]
    return FAMILIES.get(family, f"1-Wire {family}")
