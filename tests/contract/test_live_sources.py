"""Sources that only speak by themselves pass the suite that is offered to others."""

import random
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pumphouse.core.errors import BadResponse
from pumphouse.core.ports import Host, Source, SupportsLive
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.mqtt import PLUGIN as MQTT
from pumphouse.sources.mqtt import MqttSourceSettings
from pumphouse.sources.rtl433 import PLUGIN as RTL_433
from pumphouse.sources.rtl433 import Rtl433Settings
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sources import SourceConformance

LINES = (
    (
        '{"time": "1768478400", "model": "Oregon-THGR122N", "id": 93, "channel": 1,'
        ' "battery_ok": 1, "temperature_C": 21.4, "humidity": 47, "rssi": -3.1, "snr": 20.5}'
    ),
    (
        '{"time": "1768478401", "model": "Oregon-CM180", "id": 5124, "battery_ok": 0.6,'
        ' "power_W": 812, "energy_kWh": 1234.5}'
    ),
)
NOBODY = "http://127.0.0.1:9"


def host(folder: str) -> Host:
    clock = FakeClock(impatient=True)
    return Host(FileGrantStore(Path(folder)), clock, random.Random(7), "Pumphouse/1 (tests)")


def radio(folder: str, **settings: object) -> Source:
    given = Rtl433Settings.model_validate({"listen_secs": 60, **settings})
    return RTL_433.open("radio", given, host(folder))


class TestRtl433ByChild(SourceConformance):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Source]:
        program = f"for line in {LINES!r}: print(line)"
        with TemporaryDirectory() as folder:
            async with radio(folder, command=(sys.executable, "-c", program)) as source:
                assert isinstance(source, SupportsLive)
                assert not source.polled
                yield source

    def unreachable(self) -> Source:
        with TemporaryDirectory() as folder:
            return radio(folder, command=("/nowhere/rtl_433",))


class Events(BaseHTTPRequestHandler):
    """Answers as rtl_433's own server, and ends."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200 if self.path == "/events" else 404)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in (*LINES, ""):
            self.wfile.write(b"%x\r\n%s\r\n\r\n" % (len(line) + 2, line.encode()))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class TestRtl433ByItsServer(SourceConformance):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Source]:
        server = HTTPServer(("127.0.0.1", 0), Events)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with TemporaryDirectory() as folder:
                async with radio(folder, url=f"http://127.0.0.1:{server.server_port}") as source:
                    yield source
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def unreachable(self) -> Source:
        with TemporaryDirectory() as folder:
            return radio(folder, url=NOBODY)


async def test_a_server_that_is_not_rtl_433_s_is_told(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    async with radio(str(tmp_path), url=f"http://127.0.0.1:{server.server_port}") as source:
        with pytest.raises(BadResponse, match="rtl_433 answers GET /events with HTTP 501"):
            await source.read()
    thread.join()
    server.server_close()


def test_an_mqtt_source_that_cannot_be_reached_can_be_opened(tmp_path):
    settings = MqttSourceSettings.model_validate(
        {"url": "mqtt://127.0.0.1:9", "points": {"a": {"topic": "a"}}}
    )
    assert MQTT.open("bus", settings, host(str(tmp_path))).name == "bus"
