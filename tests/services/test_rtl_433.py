"""Debian's rtl_433 decodes what known sensors send, and we hear it on all three ways."""

import asyncio
import itertools
import os
import random
import socket
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.ports import free_port

from pumphouse.core.errors import Unreachable
from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.rtl433 import PLUGIN, Rtl433Settings

from . import oregon
from .mosquitto import Mosquitto
from .rtl_433 import Radio, Rtl433Program, rtl_433_program

PATIENCE_SECS = 120


@pytest.fixture
def opened(tmp_path):
    host = Host(FileGrantStore(tmp_path), SystemClock(), random.Random(7), "tests")
    return lambda **settings: PLUGIN.open("radio", Rtl433Settings(**settings), host)


async def heard(source, done):
    """What a source says, by device and point, until `done` says that it is enough."""
    said = {}
    async with asyncio.timeout(PATIENCE_SECS), source, aclosing(source.live()) as stream:
        async for batch in stream:
            for reading in batch.readings:
                said[reading.key.device, reading.key.point] = reading
            if done(said):
                break
    return said


def values_of(said, device):
    return {point: reading.value for (one, point), reading in said.items() if one == device}


@pytest.mark.parametrize(
    ("code", "device", "expected"),
    [
        (
            oregon.thgr122n(1, 0x5D, 21.4, 47),
            "Oregon-THGR122N/1/93",
            {"temperature_C": 21.4, "humidity": 47, "battery_ok": 1},
        ),
        (
            oregon.thgr122n(4, 0xA3, -12.6, 81, low=True),
            "Oregon-THGR122N/3/163",
            {"temperature_C": -12.6, "humidity": 81, "battery_ok": 0},
        ),
        (
            oregon.thn802(2, 0x31, -7.3),
            "Oregon-THN802/2/49",
            {"temperature_C": -7.3, "battery_ok": 1},
        ),
        (oregon.uv800(1, 0x77, 9), "Oregon-UV800/1/119", {"uv": 9, "battery_ok": 1}),
        (
            oregon.wgr800(1, 0x42, 12.3, 4.5, 4),
            "Oregon-WGR800/1/66",
            {"wind_max_m_s": 12.3, "wind_avg_m_s": 4.5, "wind_dir_deg": 90, "battery_ok": 1},
        ),
    ],
)
async def test_known_codes_of_oregon_scientific_come_out_of_our_child(
    opened, code, device, expected
):
    source = opened(command=(rtl_433_program(), "-F", "json", "-y", code))
    said = await heard(source, lambda found: len(devices_of(found)) == 1)
    assert values_of(said, device) == expected
    assert {one for one, _ in said} == {device}


async def test_a_receiver_that_is_not_plugged_in_is_told_in_rtl_433_s_words(opened):
    source = opened(command=(rtl_433_program(), "-F", "json", "-d", "rtl_tcp:127.0.0.1:1"))
    with pytest.raises(Unreachable, match=r"has ended \(code \d+\): .*refused"):
        await heard(source, lambda _: False)


async def test_a_transmission_is_received_by_our_child_and_the_child_ends_with_us(opened, tmp_path):
    others = set(children())
    with Radio() as radio:
        program = Rtl433Program(tmp_path, radio, ["json"])
        source = opened(command=program.command)
        radio.hears(oregon.thgr122n(1, 0x5D, 19.5, 40))
        said = await heard(source, lambda found: found)
    values = values_of(said, "Oregon-THGR122N/1/93")
    assert values["temperature_C"] == 19.5
    assert -10 < values["rssi"] < 0
    assert set(children()) <= others


async def test_transmissions_come_through_a_broker_and_through_rtl_433_s_server(opened, tmp_path):
    http_port = free_port()
    with Mosquitto(tmp_path) as broker, Radio() as radio:
        outputs = [
            f"mqtt://127.0.0.1:{broker.port},retain=0,events=rtl_433/test/events",
            f"http:127.0.0.1:{http_port}",
        ]
        with Rtl433Program(tmp_path, radio, outputs):
            await listens(http_port)
            by_broker = opened(url=f"mqtt://127.0.0.1:{broker.port}")
            by_server = opened(url=f"http://127.0.0.1:{http_port}")
            both = [
                asyncio.create_task(heard(source, lambda found: len(devices_of(found)) == 2))
                for source in (by_broker, by_server)
            ]
            while not all(task.done() for task in both):
                radio.hears(oregon.thgr122n(1, 0x5D, 19.5, 40), oregon.thn802(2, 0x31, -7.3))
                await asyncio.wait(both, timeout=1)
    for said in (task.result() for task in both):
        assert values_of(said, "Oregon-THGR122N/1/93")["temperature_C"] == 19.5
        assert values_of(said, "Oregon-THN802/2/49")["temperature_C"] == -7.3


def devices_of(said):
    return {device for device, _ in said}


def children():
    """The processes that are ours and still run."""
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text("ascii").split()


async def listens(port):
    """Wait until somebody listens."""
    async with asyncio.timeout(PATIENCE_SECS):
        for pause in itertools.repeat(0.02):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(pause)
