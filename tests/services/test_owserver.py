"""A 1-Wire bus by Debian's owserver."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pumphouse.core.errors import BadResponse, Unreachable
from pumphouse.core.ports import Host, Source
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.onewire import OneWireSettings
from pumphouse.sources.onewire.source import OneWire
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sources import SourceConformance

from .owserver import Owserver

NOBODY = "127.0.0.1:9"


def bus(address: str) -> OneWire:
    lent = Host(FileGrantStore(Path()), FakeClock(), random.Random(7), "Pumphouse/1 (tests)")
    return OneWire("bus", OneWireSettings(address=address), lent)


class TestOneWireByOwserver(SourceConformance):
    """Six chips with random values, as the suite for every source wants them."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Source]:
        with TemporaryDirectory() as folder, Owserver(Path(folder), "--tester=28,10,22,1D") as here:
            async with bus(here.address) as source:
                yield source

    def unreachable(self) -> Source:
        return bus(NOBODY)


async def test_the_tester_says_the_same_every_time(tmp_path):
    with Owserver(tmp_path, "--tester=28,10,22,3B,26,1D") as server:
        source = bus(server.address)
        first, again = await source.read(), await source.read()
    values = {(r.key.device, r.key.point): r.value for r in first.readings}
    assert values == {
        ("10.000010EF0100", "temperature"): 1.7,
        ("1D.00001DE20500", "counters.A"): 34,
        ("1D.00001DE20500", "counters.B"): 35,
        ("22.000022DD0200", "temperature"): 3.6,
        ("26.000026D90400", "humidity"): 4.2,
        ("26.000026D90400", "temperature"): 4.2,
        ("28.000028D70000", "temperature"): 4.0,
        ("3B.00003BC40300", "temperature"): 6.2,
    }
    assert values == {(r.key.device, r.key.point): r.value for r in again.readings}
    assert first.problems == ()
    assert {device.id[:2]: device.model for device in first.devices} == {
        "10": "DS18S20",
        "1D": "DS2423",
        "22": "DS1822",
        "26": "DS2438",
        "28": "DS18B20",
        "3B": "DS1825",
    }


async def test_what_has_nothing_to_measure_is_no_device(tmp_path):
    with Owserver(tmp_path, "--fake=25,28,01") as server:
        batch = await bus(server.address).read()
    assert [device.model for device in batch.devices] == ["DS18B20"]
    assert len(batch.readings) + len(batch.suspects) == 1


async def test_a_server_that_is_down_is_found_again(tmp_path):
    with Owserver(tmp_path, "--tester=28") as server:
        source = bus(server.address)
        await source.read()
        server.stop()
        with pytest.raises(Unreachable, match="No owserver answers"):
            await source.read()
        server.start()
        assert (await source.read()).readings


async def test_a_bus_that_was_pulled_out_is_named(tmp_path):
    with Owserver(tmp_path, "--tester=28,10") as server:
        source = bus(server.address)
        await source.read()
        server.stop()
        server._chips = ("--fake=",)
        server.start()
        with pytest.raises(Unreachable, match="none of the 2 sensor"):
            await source.read()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, b"\xff" * 24])
async def test_another_program_at_the_address_is_a_source_error(answer):
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(24)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((BadResponse, Unreachable), match="owserver"):
            await bus(f"127.0.0.1:{port}").read()
