"""A folder as the kernel shows a bus, and a source that reads it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.onewire import OneWireSettings
from pumphouse.sources.onewire.source import OneWire
from pumphouse.testing.clock import FakeClock


@dataclass
class Folder:
    """What `/sys/bus/w1/devices` looks like."""

    path: Path

    def says(self, chip: str, text: str) -> None:
        (self.path / chip).mkdir(exist_ok=True)
        (self.path / chip / "w1_slave").write_text(text, encoding="ascii")

    def measures(self, chip: str, thousandths: int, verdict: str = "YES") -> None:
        octets = "50 05 4b 46 7f ff 0c 10 1c"
        self.says(chip, f"{octets} : crc=1c {verdict}\n{octets} t={thousandths}\n")

    def loses(self, chip: str) -> None:
        (self.path / chip / "w1_slave").unlink()
        (self.path / chip).rmdir()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Host:
    return Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "Pumphouse/1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "devices" / "w1_bus_master1").mkdir(parents=True)
    return Folder(tmp_path / "devices")


@pytest.fixture
def bus(folder: Folder, host: Host) -> Callable[..., OneWire]:
    def open_bus(**settings: object) -> OneWire:
        section = OneWireSettings.model_validate({"path": folder.path, **settings})
        return OneWire("bus", section, host)

    return open_bus
