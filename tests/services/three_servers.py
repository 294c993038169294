"""The three real servers that a house delivers to, and ways to wait for what it has delivered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pumphouse.core.ports import SinkStatus, Store

from .databases import InfluxDb1, VictoriaMetrics
from .mosquitto import Mosquitto

#: for machines that have much else to do
PATIENCE_SECS = 900.0


class Servers:
    """An InfluxDB, a VictoriaMetrics and a mosquitto, by the name of the sink that each is for."""

    names = ("history", "victoria", "broker")

    def __init__(self, history: InfluxDb1, victoria: VictoriaMetrics, broker: Mosquitto) -> None:
        self.history = history
        self.victoria = victoria
        self.broker = broker

    def kill(self, name: str) -> None:
        """SIGKILL."""
        match name:
            case "history":
                self.history.kill()
            case "victoria":
                self.victoria.kill()
            case "broker":
                self.broker.stop()

    def start(self, name: str) -> None:
        """Start it again with the data that it has."""
        match name:
            case "history":
                self.history.start()
            case "victoria":
                self.victoria.start()
            case "broker":
                self.broker.start()

    def sections(self) -> str:
        """Their part of a configuration."""
        return f"""
[sinks.history]
type = "influxdb"
url = "{self.history.url}"
backfill = true

[sinks.victoria]
type = "influxdb"
url = "{self.victoria.url}"
backfill = true

[sinks.broker]
type = "mqtt"
url = "mqtt://127.0.0.1:{self.broker.port}"
"""


@contextmanager
def three_servers(folder: Path) -> Iterator[Servers]:
    """All of them, empty; stopped at the end."""
    folders = [folder / name for name in ("influxdb", "victoria", "mosquitto")]
    for one in folders:
        one.mkdir()
    history, victoria = InfluxDb1(folders[0]), VictoriaMetrics(folders[1])
    with Mosquitto(folders[2]) as broker:
        try:
            history.start()
            victoria.start()
            history.query('CREATE DATABASE "pumphouse"')
            yield Servers(history, victoria, broker)
        finally:
            victoria.stop()
            history.stop()


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; fail if it never is."""
    async with asyncio.timeout(PATIENCE_SECS):
        while True:
            if await check():
                return
            await asyncio.sleep(0.05)


async def statuses(store: Store) -> Mapping[str, SinkStatus]:
    """The status of each of the three sinks that is known already, by its name."""
    found = {status.sink: status for status in await store.sink_statuses()}
    return {name: found[name] for name in Servers.names if name in found}
