"""How many events a second of rtl_433 are taken, on each of the three ways, with none lost?

A second process makes them up: 200 transmitters whose values change with every event. What is
measured is ours: from the bytes of the wire to the commit. Debian's mosquitto carries the second
way; it is told to keep what a busy machine cannot take at once, where it would throw away all but a
thousand messages.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pumphouse.core.model import Site
from pumphouse.core.ports import Host, Store, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.listener import Listener
from pumphouse.runtime.sensors.intake import Intake
from pumphouse.sources.rtl433 import Rtl433Settings
from pumphouse.sources.rtl433.source import Rtl433
from pumphouse.stores.sqlite import open_store

TRANSMITTERS = 200
RATE = 10_000
SECONDS = 10
#: temperature, humidity and battery of each event
READINGS_PER_EVENT = 3
TOPIC = "rtl_433/bench/events"
#: how long the last events may take, in seconds
PATIENCE = 60.0
#: what the broker notes of subscriptions: what is published before the first is nobody's
BROKER_LOG = "mosquitto.log"
_MADE_AT_ONCE = 100


@dataclass(frozen=True)
class Use:
    """What one way took.

    Attributes:
        events: that were made.
        stored: events that are in the store.
        seconds: from the first to the last commit.
        cpu: seconds of one core that our process needed.
        peak_mb: its largest resident size.
    """

    events: int
    stored: int
    seconds: float
    cpu: float
    peak_mb: float


def events(count: int, rate: int) -> Iterator[bytes]:
    """So many lines as rtl_433 prints them, a hundred at once, in time with the clock."""
    began = time.time()
    for first in range(0, count, _MADE_AT_ONCE):
        time.sleep(max(0.0, began + first / rate - time.time()))
        lines = (
            _line(number, began + number / rate) for number in range(first, first + _MADE_AT_ONCE)
        )
        yield b"".join(lines)


def _line(number: int, at: float) -> bytes:
    turn, transmitter = divmod(number, TRANSMITTERS)
    event = {
        "time": f"{at:.6f}",
        "model": "Oregon-THGR122N",
        "id": transmitter,
        "channel": 1,
        "battery_ok": 1,
        "temperature_C": round(15 + turn % 100 / 10, 1),
        "humidity": 40 + turn % 20,
    }
    return json.dumps(event).encode() + b"\n"


def print_events(count: int, rate: int, _port: int) -> None:
    """As rtl_433 -F json."""
    for lines in events(count, rate):
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()


def publish_events(count: int, rate: int, port: int) -> None:
    """As rtl_433 -F mqtt, without waiting for anybody's word."""
    with closing(socket.create_connection(("127.0.0.1", port))) as broker:
        broker.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03gen")
        broker.recv(4)
        topic = len(TOPIC).to_bytes(2, "big") + TOPIC.encode()
        for lines in events(count, rate):
            bodies = (topic + line for line in lines.splitlines())
            broker.sendall(b"".join(b"\x30" + _length(len(body)) + body for body in bodies))
        broker.sendall(b"\xe0\x00")


def _length(number: int) -> bytes:
    return bytes((number,)) if number < 128 else bytes((number % 128 | 128, number // 128))


def serve_events(count: int, rate: int, port: int) -> None:
    """As rtl_433 -F http."""
    with socket.create_server(("127.0.0.1", port)) as server:
        listener, _ = server.accept()
        with listener:
            listener.recv(65536)
            listener.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for lines in events(count, rate):
                listener.sendall(b"%x\r\n%s\r\n" % (len(lines), lines))
            listener.sendall(b"0\r\n\r\n")


def _maker(way: str, count: int, rate: int, port: int = 0) -> tuple[str, ...]:
    return (sys.executable, __file__, "--make", way, str(count), str(rate), str(port))


async def by_child(folder: Path, count: int, rate: int) -> Use:
    """The events of a program that we run."""
    settings = Rtl433Settings(command=_maker("child", count, rate))
    return await _listened(folder, settings, count)


async def by_broker(folder: Path, count: int, rate: int) -> Use:
    """The events that a broker passes on."""
    port = _free_port()
    settings = Rtl433Settings(url=f"mqtt://127.0.0.1:{port}")
    with _mosquitto(folder, port):
        return await _listened(folder, settings, count, _maker("broker", count, rate, port))


async def by_server(folder: Path, count: int, rate: int) -> Use:
    """The events of rtl_433's own server."""
    port = _free_port()
    settings = Rtl433Settings(url=f"http://127.0.0.1:{port}")
    maker = await asyncio.create_subprocess_exec(*_maker("server", count, rate, port))
    try:
        return await _listened(folder, settings, count)
    finally:
        if maker.returncode is None:
            maker.kill()
        await maker.wait()


WAYS: Mapping[str, Callable[[Path, int, int], Coroutine[object, object, Use]]] = {
    "child": by_child,
    "broker": by_broker,
    "server": by_server,
}
_MAKERS: Mapping[str, Callable[[int, int, int], None]] = {
    "child": print_events,
    "broker": publish_events,
    "server": serve_events,
}


async def _listened(
    folder: Path, settings: Rtl433Settings, count: int, maker: tuple[str, ...] = ()
) -> Use:
    """Listen until everything is stored, or too long."""
    clock = SystemClock()
    rng = random.Random(7)
    host = Host(FileGrantStore(folder), clock, rng, "Pumphouse bench")
    async with open_store(folder / "bench.db", site=Site(), clock=clock) as store:
        source = Rtl433("radio", settings, host)
        checked = Intake(store, {})
        listener = Listener(source, store, interval=300, clock=clock, rng=rng, checked=checked)
        listening = asyncio.create_task(listener.run())
        if maker:
            await asyncio.to_thread(_until_subscribed, folder / BROKER_LOG)
        making = await asyncio.create_subprocess_exec(*maker) if maker else None
        used = time.process_time()
        began = time.perf_counter()
        stored = await _until_stored(store, count * READINGS_PER_EVENT)
        took, used = time.perf_counter() - began, time.process_time() - used
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        if making is not None:
            await making.wait()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Use(count, stored // READINGS_PER_EVENT, took, used, peak)


def _until_subscribed(log: Path) -> None:
    """Wait until the broker has noted a subscription, or too long."""
    deadline = time.perf_counter() + PATIENCE
    while TOPIC.partition("/")[0] not in log.read_text("utf-8") and time.perf_counter() < deadline:
        time.sleep(0.02)


async def _until_stored(store: Store, readings: int) -> int:
    """How many readings are stored when all are, or when it has taken too long."""
    deadline = time.perf_counter() + SECONDS + PATIENCE
    while (found := (await store.figures()).readings) < readings:
        if time.perf_counter() > deadline:
            break
        await asyncio.sleep(0.1)
    return found


@contextmanager
def _mosquitto(folder: Path, port: int) -> Iterator[None]:
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0"]
    log = folder / BROKER_LOG
    log.touch(mode=0o666)
    lines += [f"log_dest file {log}", "log_type subscribe"]
    lines += ["user root"] if os.geteuid() == 0 else []
    file = folder / "mosquitto.conf"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    broker = subprocess.Popen([program, "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        broker.terminate()
        broker.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def measure(way: str, count: int = RATE * SECONDS, rate: int = RATE) -> Use:
    """Measure one way in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--measure", way, str(count), str(rate)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Use(**json.loads(answer.stdout.splitlines()[-1]))  # the log stands before it


def main() -> None:
    """Print the table, or be one of the processes behind it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", nargs=3)
    parser.add_argument("--make", nargs=4)
    chosen = parser.parse_args()
    if chosen.make:
        way, *numbers = chosen.make
        _MAKERS[way](*map(int, numbers))
    elif chosen.measure:
        way, count, rate = chosen.measure
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asdict(asyncio.run(WAYS[way](Path(folder), int(count), int(rate))))))
    else:
        _print_table()


def _print_table() -> None:
    print(f"{RATE} events a second for {SECONDS} s, {TRANSMITTERS} transmitters")
    print(
        f"{'way':<8}{'events':>9}{'stored':>9}{'seconds':>9}{'CPU s':>8}{'a core':>8}{'peak MB':>9}"
    )
    for way in WAYS:
        use = measure(way)
        share = use.cpu / use.seconds
        print(
            f"{way:<8}{use.events:>9}{use.stored:>9}{use.seconds:>9.1f}{use.cpu:>8.1f}"
            f"{share:>8.0%}{use.peak_mb:>9.0f}"
        )


if __name__ == "__main__":
    main()
