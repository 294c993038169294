"""A folder that looks like the kernel's `/sys/bus/w1/devices`, kept up with the house."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.house.sensors import Probe

__all__ = ["OneWireFolder", "slave_file"]

_MASTER: Final = "w1_bus_master1"
_ALARMS_AND_MODE: Final = bytes((0x4B, 0x46, 0x7F, 0xFF))  # factory alarms, twelve bits
_COUNT_PER_DEGREE: Final = 0x10


class OneWireFolder:
    """The bus of the house as files.

    Args:
        folder: where the files are made; nothing else may be in it.
        probes: what is on the bus.
        clock: the house's time.
    """

    def __init__(self, folder: Path, probes: Sequence[Probe], clock: HouseClock) -> None:
        self._folder = folder
        self._probes = probes
        self._clock = clock

    def update(self) -> None:
        """Measure every probe."""
        self._clock.catch_up()
        for probe in self._probes:
            raw = round(probe.read() * 16)
            place = self._folder / probe.id
            place.mkdir(parents=True, exist_ok=True)
            _replace(place / "name", f"{probe.id}\n")
            _replace(place / "w1_slave", slave_file(raw))
            _replace(place / "temperature", f"{_thousandths(raw)}\n")
        master = self._folder / _MASTER
        master.mkdir(parents=True, exist_ok=True)
        ids = "".join(f"{probe.id}\n" for probe in self._probes)
        _replace(master / "w1_master_slaves", ids)
        _replace(master / "w1_master_slave_count", f"{len(self._probes)}\n")
        _replace(master / "therm_bulk_read", "0\n")

    @asynccontextmanager
    async def kept(self, every_secs: float = 10.0) -> AsyncIterator[None]:
        """Keep the files up to date while inside."""
        self.update()
        task = asyncio.create_task(self._keep(every_secs))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, every_secs: float) -> None:
        while True:
            await asyncio.sleep(every_secs)
            self.update()


def slave_file(raw: int) -> str:
    """What the kernel prints for a DS18B20, whose register holds sixteenths of a degree."""
    low, high = raw.to_bytes(2, "little", signed=True)
    left = _COUNT_PER_DEGREE - (low & 0x0F)
    scratchpad = bytes((low, high)) + _ALARMS_AND_MODE + bytes((left, _COUNT_PER_DEGREE))
    checksum = _crc8(scratchpad)
    shown = " ".join(f"{byte:02x}" for byte in (*scratchpad, checksum))
    return f"{shown} : crc={checksum:02x} YES\n{shown} t={_thousandths(raw)}\n"


def _thousandths(raw: int) -> int:
    """Thousandths of a degree, cut as the kernel's integers are."""
    return int(raw * 1000 / 16)


def _crc8(data: bytes) -> int:
    """Dallas' checksum: x^8 + x^5 + x^4 + 1, the lowest bit first."""
    crc = 0
    for byte in data:
        for bit in range(8):
            mix = (crc ^ byte >> bit) & 1
            crc >>= 1
            if mix:
                crc ^= 0x8C
    return crc


def _replace(path: Path, text: str) -> None:
    """Write a whole file at once: a reader of the kernel's files never sees half a one."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="ascii")
    os.replace(draft, path)  # noqa: PTH105 - the same call, and atomic by its documentation
