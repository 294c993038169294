"""rtl_433's own HTTP server, as far as clients listen to it: `/stream` and `/events`.

Facts from rtl_433's documentation: one JSON object per line, ended by CR and LF; an empty line
every minute keeps the connection alive; who connects is told the last events first.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.house.sensors import RadioSensor

__all__ = ["RadioServer", "event"]

_MODEL: Final = "Oregon-THGR122N"
_ZONE: Final = ZoneInfo("Europe/Stockholm")
_LOOK_SECS: Final = 0.5
_ALIVE_EVERY: Final = 120  # looks
_NOISE_DB: Final = -31.5
_REPEATS: Final = 2  # a sensor sends everything twice


class RadioServer:
    """What the receiver hears of the house's radio sensors.

    Args:
        sensors: within reach.
        clock: the house's time.
        closing: set when the server stops, which ends every stream.
    """

    def __init__(
        self, sensors: Sequence[RadioSensor], clock: HouseClock, closing: asyncio.Event
    ) -> None:
        self._sensors = sensors
        self._clock = clock
        self._closing = closing

    def routes(self) -> list[Route]:
        """The addresses below the server's base."""
        return [
            Route("/stream", self._stream, methods=["GET"]),
            Route("/events", self._stream, methods=["GET"]),
        ]

    async def _stream(self, _request: Request) -> Response:
        return StreamingResponse(self._lines(), media_type="application/json")

    async def _lines(self) -> AsyncIterator[str]:
        heard: dict[int, datetime] = {}
        looks = 0
        while not self._closing.is_set():
            for line in self._new(heard):
                yield line
            looks += 1
            if looks % _ALIVE_EVERY == 0:
                yield "\r\n"
            try:
                await asyncio.wait_for(self._closing.wait(), _LOOK_SECS)
            except TimeoutError:
                continue

    def _new(self, heard: dict[int, datetime]) -> Iterator[str]:
        """What was sent since it was looked last; of a long time only the last transmission."""
        self._clock.catch_up()
        now = self._clock.now()
        for sensor in self._sensors:
            sent = sensor.sent_at(now)
            known = heard.get(sensor.id)
            if known is None or (sent - known).total_seconds() > sensor.every_secs / 2:
                heard[sensor.id] = sent
                line = json.dumps(event(sensor, sent), separators=(", ", ": ")) + "\r\n"
                yield from (line for _ in range(_REPEATS))


def event(sensor: RadioSensor, at: datetime) -> Mapping[str, object]:
    """One transmission as rtl_433 prints it with `-M level -M time:iso:tz`."""
    sent = sensor.send()
    return {
        "time": f"{at.astimezone(_ZONE):%Y-%m-%dT%H:%M:%S%z}",
        "brand": "OS",
        "model": _MODEL,
        "id": sensor.id,
        "channel": sensor.channel,
        "battery_ok": int(sent.battery_ok),
        "temperature_C": sent.temperature,
        "humidity": sent.humidity,
        "mod": "ASK",
        "freq": 433.921,
        "rssi": sent.rssi_db,
        "snr": round(sent.rssi_db - _NOISE_DB, 1),
        "noise": _NOISE_DB,
    }
