"""The bus as files and the receiver as a server, as the programs that read them find them."""

import asyncio
import json
import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house import House
from pumphouse.simulator.onewire import OneWireFolder, slave_file

from .conftest import START, Client


@pytest.fixture
def house(clock) -> House:
    return House(1, START)


class TestBus:
    def test_the_file_is_what_the_kernel_prints(self):
        assert slave_file(0x01A3) == (
            "a3 01 4b 46 7f ff 0d 10 ce : crc=ce YES\na3 01 4b 46 7f ff 0d 10 ce t=26187\n"
        )

    @given(st.integers(-55 * 16, 125 * 16))
    def test_every_temperature_can_be_read_back(self, raw):
        text = slave_file(raw)
        found = re.search(r"t=(-?\d+)$", text.strip())
        assert found is not None
        assert abs(int(found[1]) / 1000 - raw / 16) < 1e-3
        low, high = (int(byte, 16) for byte in text.split()[:2])
        assert int.from_bytes(bytes((low, high)), "little", signed=True) == raw

    async def test_the_folder_follows_the_house(self, simulator, clock, tmp_path):
        bus = OneWireFolder(tmp_path, simulator.sensors.probes, simulator.house_clock)
        bus.update()

        def outdoor():
            return (tmp_path / "28-0119a1c9b260" / "temperature").read_text()

        before = outdoor()
        clock.move(hours=9)
        bus.update()
        assert outdoor() != before
        assert len(list(tmp_path.glob("28-*/w1_slave"))) == 6
        assert (tmp_path / "w1_bus_master1" / "w1_master_slave_count").read_text() == "6\n"
        assert not list(tmp_path.rglob(".*")), "no draft is left"

    async def test_it_is_kept_up_to_date(self, simulator, clock, tmp_path):
        bus = OneWireFolder(tmp_path, simulator.sensors.probes, simulator.house_clock)
        file = tmp_path / "28-0119a1c9b260" / "w1_slave"
        async with bus.kept(every_secs=0.01):
            before = file.read_text()
            clock.move(hours=9)
            async with asyncio.timeout(60):
                while file.read_text() == before:  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.01)


class TestReceiver:
    @pytest.fixture
    def radio(self, simulator, session) -> Client:
        return Client(session, simulator.announcement.url + "/rtl_433", simulator)

    @pytest.mark.parametrize("path", ["/stream", "/events"])
    async def test_who_connects_hears_the_last_of_each_twice(self, simulator, session, clock, path):
        url = simulator.announcement.url + "/rtl_433" + path
        async with session.get(url) as response:
            lines = [await response.content.readline() for _ in range(6)]
        assert all(line.endswith(b"\r\n") for line in lines)
        events = [json.loads(line) for line in lines]
        assert events[::2] == events[1::2], "every frame comes twice"
        assert {one["channel"] for one in events} == {1, 2, 3}
        assert {one["model"] for one in events} == {"Oregon-THGR122N"}
        for one in events:
            age = clock.now() - datetime.fromisoformat(one["time"])
            assert timedelta(seconds=-1) <= age < timedelta(seconds=45)

    async def test_what_is_sent_later_follows(self, simulator, session, clock):
        url = simulator.announcement.url + "/rtl_433/stream"
        async with session.get(url) as response:
            first = [json.loads(await response.content.readline()) for _ in range(6)]
            clock.move(hours=1)
            second = [json.loads(await response.content.readline()) for _ in range(6)]
        assert {one["time"] for one in first}.isdisjoint(one["time"] for one in second)


class TestOtherHouses:
    async def test_recordings_have_no_sensors_and_no_home_at_tibber(self, session, clock):
        from pumphouse.simulator.server import Simulator, SimulatorOptions  # noqa: PLC0415

        from .conftest import RECORDINGS  # noqa: PLC0415

        options = SimulatorOptions(auto_consent=True, recordings=RECORDINGS)
        async with Simulator(options, clock=clock) as simulator:
            assert simulator.sensors is None
            client = Client(session, simulator.announcement.url, simulator)
            assert (await client.get("/rtl_433/stream")).status == 404
