"""Temperatures that a chip says but has not measured.

Facts: a DS18x20 that has lost its power since the last conversion answers with 85 °C, the content
of its memory at power-on, under a right checksum; but water can really have 85 °C. Drivers write
-127 °C where nobody answered. The chips measure from -55 to 125 °C; those of family 3B may be
thermocouples (MAX31850), of which the widest go from -270 to 1800 °C.
"""

from typing import Final

__all__ = ["doubt"]

POWER_ON: Final = 85.0
NOBODY: Final = -127.0
LOWEST: Final = -55.0
HIGHEST: Final = 125.0
_RANGES: Final = {"3B": (-270.0, 1800.0)}
#: how far from 85 °C the value before may have been for 85 °C to be a temperature, K
NEAR: Final = 10.0


def doubt(value: float, before: float | None, family: str = "28") -> str | None:
    """Why a temperature is not believed, a sentence; None where it is.

    Args:
        value: what the chip says, °C.
        before: what was believed last, None where nothing is known.
        family: of the chip.
    """
    if value == NOBODY:
        return "-127 °C stands for a sensor that did not answer"
    least, most = _RANGES.get(family, (LOWEST, HIGHEST))
    if not least <= value <= most:
        return f"{value:g} °C is outside {least:g} to {most:g} °C, which the sensor can measure"
    if value == POWER_ON and (before is None or abs(before - POWER_ON) > NEAR):
        return "85 °C is what a sensor says that was without power; look at its supply"
    return None
