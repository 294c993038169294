"""A bus by the kernel's driver: one folder per chip, measured when its file is read.

Facts from the kernel's description of `w1_therm` and `w1_ds2423`: `w1_slave` of a thermometer ends
its first line with YES or NO, whether the checksum was right, and its second with the thousandths
of a degree; of a counter it has one line per page, each with its own checksum and `c=` the count.
Who writes `trigger` to `therm_bulk_read` of the bus master lets all thermometers convert at once,
and is answered when they have; without that file each converts by itself, for up to 0.75 s.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from pumphouse.core.errors import Unreachable
from pumphouse.sources.onewire.bus import Chip, Raw, chip_id, model_of

__all__ = ["SysfsBus"]

_THERMOMETERS: Final = frozenset({"10", "22", "28", "3B", "42"})
_COUNTER: Final = "1D"
#: the pages of a DS2423 in the order of its file, of which the last two have outside inputs
_INPUTS: Final = {2: "counters.A", 3: "counters.B"}

_TEMPERATURE: Final = re.compile(r"crc=[0-9a-f]{2} (YES|NO)\n.*\bt=(-?\d+)\s*$", re.DOTALL)
_COUNT: Final = re.compile(r"crc=(YES|NO)(?: c=(\d+))?")

_CHECKSUM: Final = "the checksum of the answer is wrong; look at the cable and its length"
_NO_ANSWER: Final = "it did not answer"
#: no chip's memory is that, but its checksum is right; a bus held down to ground reads so
_SILENCE: Final = "00 00 00 00 00 00 00 00 00"
_NOUGHTS: Final = (
    "the answer is nothing but noughts; look for a short circuit between data and ground"
)


class SysfsBus:
    """The chips below a folder such as `/sys/bus/w1/devices`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Sequence[Chip]:
        """Every thermometer and counter; see `Bus.read`."""
        try:
            names = sorted(path.name for path in self._folder.iterdir())
        except OSError:
            raise Unreachable(
                f"There is no folder {self._folder}; switch on 1-Wire"
                " (dtoverlay=w1-gpio in the Raspberry Pi's config.txt) and restart, or set path"
            ) from None
        self._convert()
        found = ((name, chip_id(name)) for name in names)
        return [
            Chip(chip, model_of(chip), raws)
            for name, chip in found
            if chip is not None and (raws := self._raws(chip, self._folder / name / "w1_slave"))
        ]

    def _convert(self) -> None:
        """Let all thermometers convert at once; older kernels cannot."""
        for trigger in self._folder.glob("w1_bus_master*/therm_bulk_read"):
            with suppress(OSError):
                trigger.write_text("trigger\n", encoding="ascii")

    def _raws(self, chip: str, path: Path) -> Sequence[Raw]:
        family = chip[:2]
        if family in _THERMOMETERS:
            return [_temperature(_text(path))]
        return _counts(_text(path)) if family == _COUNTER else ()


def _text(path: Path) -> str:
    """What a chip's file says; nothing where the chip does not answer."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _temperature(text: str) -> Raw:
    found = _TEMPERATURE.search(text)
    if found is None:
        return Raw("temperature", None, _NO_ANSWER)
    fault = _NOUGHTS if text.startswith(_SILENCE) else None
    if found[1] == "NO":
        fault = _CHECKSUM
    return Raw("temperature", int(found[2]) / 1000, fault)


def _counts(text: str) -> Sequence[Raw]:
    pages = dict(enumerate(_COUNT.findall(text)))
    return [_count(name, *pages.get(page, ("", ""))) for page, name in _INPUTS.items()]


def _count(name: str, checksum: str, count: str) -> Raw:
    if not checksum:
        return Raw(name, None, _NO_ANSWER)
    if checksum == "NO" or not count:
        return Raw(name, float(count) if count else None, _CHECKSUM)
    return Raw(name, float(count))
