"""Live events: the meter's measurements as server-sent events, one connection per home."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.faults import Fault, TibberFault
from pumphouse.simulator.tibber.account import TibberHome
from pumphouse.simulator.tibber.guard import struck_by
from pumphouse.simulator.tibber.meter import Meter
from pumphouse.simulator.tibber.wire import Problem

__all__ = ["LiveEvents"]

_MOST_DEVICES: Final = 5
#: a ping for every so many measurements: 20 s at one in 2.5 s
_PING_EVERY: Final = 8
_NOT_LIVE: Final = frozenset({"lastMeterConsumption", "lastMeterProduction", "signalStrength"})


class _Stream:
    """One open connection; `end` is the last thing it is told."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.last_words: Mapping[str, object] | None = None

    def end(self, words: Mapping[str, object] | None) -> None:
        if not self.ended.is_set():
            self.last_words = words
            self.ended.set()


class LiveEvents:
    """The streams of all homes.

    Args:
        clock: the house's time.
        every_secs: seconds between two measurements, on the wall clock.
        closing: set when the server stops, which ends every stream.
    """

    def __init__(self, clock: HouseClock, every_secs: float, closing: asyncio.Event) -> None:
        self._clock = clock
        self._every = every_secs
        self._closing = closing
        self._open: dict[str, _Stream] = {}

    def strike(self, fault: Fault) -> int:
        """Let a fault hit the streams that are open.

        Returns:
            How many it hit.
        """
        if fault.kind not in (TibberFault.EVICTED, TibberFault.STREAM_ERROR):
            return 0
        hit = list(self._open.values())[: fault.count]
        for stream in hit:
            stream.end(_words(fault))
        return len(hit)

    def open(self, home: TibberHome, request: Request) -> Response:
        """Stream a home's meters, and end the stream that had its place until now.

        Raises:
            Problem: there are no such meters, or not between 1 and 5 were asked for.
        """
        meters = _chosen(home, request.query_params.getlist("deviceId"))
        stream = _Stream()
        former = self._open.get(home.id)
        if former is not None:
            former.end({"code": "evicted", "transient": False})
        self._open[home.id] = stream
        fault = struck_by(request, TibberFault.EVICTED, TibberFault.STREAM_ERROR)
        if fault is not None:
            stream.end(_words(fault))
        headers = {"Cache-Control": "no-cache"}
        events = self._events(home.id, meters, stream)
        return StreamingResponse(events, 200, headers, "text/event-stream")

    async def _events(
        self, home: str, meters: Sequence[Meter], stream: _Stream
    ) -> AsyncIterator[str]:
        told = 0
        try:
            while not stream.ended.is_set():
                self._clock.catch_up()
                for meter in meters:
                    yield _event("measurement", self._measure(meter))
                if told % _PING_EVERY == 0:
                    yield _event("ping", {})
                told += 1
                await self._pause(stream)
            if stream.last_words is not None:
                yield _event("stream_error", stream.last_words)
        finally:
            if self._open.get(home) is stream:
                del self._open[home]

    def _measure(self, meter: Meter) -> Mapping[str, object]:
        values = meter.measure(self._clock.now())
        shown = {name: value for name, value in values.items() if name not in _NOT_LIVE}
        return {"deviceId": meter.id, **shown}

    async def _pause(self, stream: _Stream) -> None:
        waits = [
            asyncio.ensure_future(stream.ended.wait()),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=self._every, return_when="FIRST_COMPLETED")
        finally:
            for wait in waits:
                wait.cancel()
        if self._closing.is_set():
            stream.end(None)


def _chosen(home: TibberHome, wanted: Sequence[str]) -> list[Meter]:
    """The meters asked for."""
    if not 1 <= len(wanted) <= _MOST_DEVICES:
        raise Problem(400, f"Give deviceId 1 to {_MOST_DEVICES} times.")
    known = {meter.id: meter for meter in home.meters}
    missing = [one for one in wanted if one not in known]
    if missing:
        raise Problem(404, "There is no such meter.")
    return [known[one] for one in dict.fromkeys(wanted)]


def _words(fault: Fault) -> Mapping[str, object]:
    """What a stream is told before it ends: lost for good, or to be tried again."""
    if fault.kind is TibberFault.EVICTED:
        return {"code": "evicted", "transient": False}
    words: dict[str, object] = {"code": "upstream_unavailable", "transient": True}
    if fault.seconds is not None:
        words["retryAfter"] = fault.seconds
    return words


def _event(name: str, data: Mapping[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
