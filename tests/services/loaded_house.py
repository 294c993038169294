"""A Pumphouse that polls a taped house many times a second: see `test_nothing_lost`.

It is what `pumphouse run` is, but for its sources, which play a tape, and for what it notes about
how long things take. It runs until it is killed.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from pumphouse.config.load import Settings, load
from pumphouse.config.settings import SourceSettings
from pumphouse.core.model import Batch, Point, PointKey, Reading
from pumphouse.core.ports import Clock, Host, News, Rejection, Sink
from pumphouse.runtime import daemon
from pumphouse.runtime.installation import Installation, build_host, open_store
from pumphouse.runtime.plugins import sink_types
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt

#: how often each source is polled, in seconds
POLL_SECS = 0.1
#: as soon as a file of this name is there, the house has nothing to tell any more
ENOUGH = "enough"
#: where it is noted how long things take, one JSON per line
NOTES = "notes.jsonl"


class Notes:
    """What was done, when (on the machine's steady clock) and how long it took, in seconds."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / NOTES).open("a", encoding="utf-8", buffering=1)
        self.stored: dict[datetime, float] = {}

    def write(self, what: str, secs: float) -> None:
        """Note something that has just ended."""
        row = {"what": what, "at": time.monotonic(), "secs": secs}
        self._file.write(json.dumps(row) + "\n")

    def told(self, sink: str, newest: datetime) -> None:
        """Note that a sink has taken what was stored by this process, and how long after."""
        if newest in self.stored:
            self.write(sink, time.monotonic() - self.stored[newest])


class TapeSettings(SourceSettings):
    """A source that tells what is on a tape."""

    type: Literal["tape"] = "tape"
    interval_secs: float = Field(default=POLL_SECS)


class Tape:
    """Plays a day over and over, a line at every poll; the readings are from now."""

    def __init__(self, name: str, folder: Path, clock: Clock) -> None:
        self.name = name
        self._lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        self._enough = folder / ENOUGH
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> Batch:
        """The device's values at this moment, none when it is enough."""
        if self._enough.exists():
            return Batch(self.name)
        now = self._clock.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as stores keep it
        line = int(now.timestamp() / POLL_SECS) % len(self._lines)
        device, values = json.loads(self._lines[line])
        keys = {point: PointKey(self.name, device, point) for point in values}
        return Batch(
            self.name,
            readings=tuple(Reading(keys[point], now, value) for point, value in values.items()),
        )


class NoArithmetic:
    """In the stead of what computes each day's efficiency, which would keep the machine busy."""

    def __init__(self, *_: object) -> None:
        pass

    async def days(self, periods: Sequence[object]) -> Sequence[Mapping[str, float]]:
        """Nothing about any of them."""
        return [{} for _ in periods]


class TimedInfluxDb(InfluxDb):
    """Notes how old the newest reading is when it has been confirmed."""

    notes: Notes

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """See `CursorSink.deliver`."""
        rejections = await super().deliver(readings, points)
        self.notes.told(self.name, max(reading.time for reading in readings))
        return rejections


class TimedMqtt(Mqtt):
    """Notes how old the newest reading is when it has been published."""

    notes: Notes

    async def publish(self, news: News) -> None:
        """See `LiveSink.publish`."""
        await super().publish(news)
        self.notes.told(self.name, max(reading.time for reading in news.latest.values()))


def timed_sinks(settings: Settings, host: Host, notes: Notes) -> dict[str, Sink]:
    """The configured sinks, which tell when they have taken something."""
    TimedInfluxDb.notes = TimedMqtt.notes = notes
    sinks: dict[str, Sink] = {}
    for name, section in settings.sinks.items():
        if isinstance(section, InfluxDbSettings):
            sinks[name] = TimedInfluxDb(name, section, host)
        else:
            assert isinstance(section, MqttSettings)
            sinks[name] = TimedMqtt(name, section, host)
    return sinks


async def main(folder: Path) -> None:
    """Poll and deliver, and note when everything has been started."""
    vars(daemon)["Analyst"] = NoArithmetic
    settings = load(folder / "pumphouse.toml", {"tape": TapeSettings}, sink_types())
    host, notes = build_host(settings), Notes(folder)
    async with open_store(settings, host.clock) as store:
        append = store.append

        async def timed_append(batch: Batch) -> int:
            started = time.monotonic()
            stored = await append(batch)
            if batch.readings:
                notes.write("append", time.monotonic() - started)
                notes.stored[max(r.time for r in batch.readings)] = time.monotonic()
            return stored

        store.append = timed_append  # type: ignore[method-assign]  # only to measure
        tapes = {name: Tape(name, folder, host.clock) for name in settings.sources}
        sinks = timed_sinks(settings, host, notes)
        installation = Installation(settings, store, host, tapes, sinks)
        await daemon.run(installation, asyncio.Event(), ready=lambda: notes.write("ready", 0.0))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
