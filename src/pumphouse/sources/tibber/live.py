"""The live events of Tibber's Data API: what a Pulse or Watty measures, every few seconds.

Tibber gives each home one connection. Who opens a second one takes the slot of the first, which
is told that it was `evicted`: then two programs would throw each other out for ever, so the one
that was evicted stays away for long, and longer each time.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from pumphouse.core.errors import (
    AccessDenied,
    RequestRefused,
    SourceError,
    TransientError,
)
from pumphouse.core.model import Batch, Device
from pumphouse.core.ports import Clock
from pumphouse.http.problems import printable
from pumphouse.http.server_sent_events import ServerSentEvent, read_events
from pumphouse.http.session import ApiClient
from pumphouse.sources.tibber.api import DataApi, events_path
from pumphouse.sources.tibber.mapping import device_of
from pumphouse.sources.tibber.measurement import MeasurementMapper
from pumphouse.sources.tibber.values import number

__all__ = ["LiveEvents"]

EVICTED: Final = "evicted"
#: Tibber sends a `ping` about every 20 s
SILENCE_SECS: Final = 90.0
#: more devices than this do not fit into one connection
MOST_DEVICES: Final = 5
#: how long to stay away after the first eviction, and at most, in seconds
FIRST_AWAY_SECS: Final = 900.0
LONGEST_AWAY_SECS: Final = 6 * 3600.0
#: a connection that lasted so long was ours: evictions are counted anew, in seconds
OURS_AFTER_SECS: Final = 3600.0


@dataclass(slots=True)
class _Slot:
    """The one connection of a home, and what is remembered of it from one to the next."""

    evictions: int = 0
    away_until: float = 0.0
    refused: set[str] = field(default_factory=set)


class LiveEvents:
    """Listens to the meters of all homes of an account.

    Args:
        source: the configured name.
        client: asks the Data API.
        mapper: makes readings of measurements.
        silence_secs: after how long without an event a connection counts as dead.
    """

    def __init__(
        self,
        source: str,
        client: ApiClient,
        mapper: MeasurementMapper,
        *,
        clock: Clock,
        rng: random.Random,
        silence_secs: float = SILENCE_SECS,
    ) -> None:
        self._source = source
        self._client = client
        self._mapper = mapper
        self._clock = clock
        self._rng = rng
        self._silence_secs = silence_secs
        self._slots: dict[str, _Slot] = {}

    async def stream(self) -> AsyncGenerator[Batch, None]:
        """What the meters measure, as it comes, until a connection ends; a ping is an empty batch.

        Homes whose slot belongs to somebody else for now are left alone. When the time of one has
        come, the stream ends, so that it is opened again with that home.

        Raises:
            TransientError: a connection failed, or another program has taken its slot.
            PermanentError: no meter can be listened to.
        """
        meters = await self._meters()
        now = self._clock.monotonic()
        waits = {home: self._slot(home).away_until - now for home in meters}
        away = [wait for wait in waits.values() if wait > 0]
        if len(away) == len(meters):
            raise TransientError(
                "Another program listens to this Tibber home; its place is left to it for now.",
                retry_after=min(away),
            )
        streams = [self._home(home, meters) for home in meters if waits[home] <= 0]
        async with aclosing(_joined(streams, self._clock, min(away, default=None))) as batches:
            async for batch in batches:
                yield batch

    async def _meters(self) -> Mapping[str, Sequence[Device]]:
        """The meters of each home that has any."""
        api = DataApi(self._client)
        meters: dict[str, list[Device]] = {}
        known: set[str] = set()
        for home in await api.homes():
            refused = self._slot(home.id).refused
            for listed in await api.meters(home.id):
                if listed.id not in known | refused:
                    known.add(listed.id)
                    found = device_of(self._source, listed, home.id)
                    meters.setdefault(home.id, []).append(found)
        if not meters:
            raise AccessDenied(
                "Tibber names no meter that can be listened to: a Pulse or Watty has to be paired"
                " in the Tibber app, and the consent has to cover data-api-meters-read. With"
                ' live_service = "graphql" the older way is taken.'
            )
        return meters

    async def _home(
        self, home: str, meters: Mapping[str, Sequence[Device]]
    ) -> AsyncGenerator[Batch, None]:
        """The events of one of the homes."""
        devices = {device.id: device for device in meters[home][:MOST_DEVICES]}
        opened_at = self._clock.monotonic()
        if len(meters[home]) > MOST_DEVICES:
            yield self._complaint(f"Tibber tells of {MOST_DEVICES} meters of a home at once")
        events = read_events(
            self._client,
            events_path(home),
            [("deviceId", one) for one in devices],
            silence_secs=self._silence_secs,
        )
        async with aclosing(events):
            async for event in events:
                match event.event:
                    case "measurement":
                        yield self._measured(event, devices)
                    case "stream_error":
                        said = _fields(event.data) or {}
                        if said.get("code") != EVICTED:
                            raise self._failure(home, said, devices)
                        raise self._evicted(home, said, opened_at, alone=len(meters) == 1)
                    case _:
                        yield Batch(self._source)

    def _measured(self, event: ServerSentEvent, devices: Mapping[str, Device]) -> Batch:
        frame = _fields(event.data)
        if frame is None:
            return self._complaint("a live measurement of Tibber is no JSON object")
        whose = frame.get("deviceId")
        if whose is None and len(devices) == 1:
            (device,) = devices.values()
        elif isinstance(whose, str) and whose in devices:
            device = devices[whose]
        else:
            return self._complaint("a live measurement of Tibber does not say whose it is")
        return self._mapper.batch(device, frame)

    def _complaint(self, sentence: str) -> Batch:
        return Batch(self._source, problems=(sentence,))

    def _failure(
        self, home: str, said: Mapping[str, object], devices: Mapping[str, Device]
    ) -> SourceError:
        """What a `stream_error` means."""
        code = printable(str(said.get("code") or "unknown"))
        if said.get("transient") is not False:
            return TransientError(
                f"Tibber ended the live events ({code}).", retry_after=_retry_after(said)
            )
        whose = said.get("deviceId")
        if isinstance(whose, str) and whose in devices and len(devices) > 1:
            self._slot(home).refused.add(whose)
            return TransientError(
                f"Tibber tells no live events of {devices[whose].name} ({code}); the other meters"
                " go on."
            )
        return RequestRefused(f"Tibber refuses the live events of this home ({code}).")

    def _evicted(
        self, home: str, said: Mapping[str, object], opened_at: float, *, alone: bool
    ) -> TransientError:
        """Leave the slot to who has taken it; with other homes there is no need to wait."""
        slot, now = self._slot(home), self._clock.monotonic()
        slot.evictions = 1 if now - opened_at >= OURS_AFTER_SECS else slot.evictions + 1
        doubled = FIRST_AWAY_SECS * 2.0 ** min(slot.evictions - 1, 16)
        away = min(doubled, LONGEST_AWAY_SECS) * self._rng.uniform(1.0, 1.25)
        away = max(away, _retry_after(said) or 0.0)
        slot.away_until = now + away
        return TransientError(
            "Another program has taken over the live events of this Tibber home: it allows one"
            f" connection. Pumphouse looks again in {away / 60:.0f} minutes.",
            retry_after=away if alone else None,
        )

    def _slot(self, home: str) -> _Slot:
        return self._slots.setdefault(home, _Slot())


async def _joined(
    streams: Sequence[AsyncGenerator[Batch, None]], clock: Clock, lasting: float | None
) -> AsyncGenerator[Batch, None]:
    """What comes from any of `streams`, until one of them ends or `lasting` seconds have passed."""
    queue: asyncio.Queue[Batch | Exception | None] = asyncio.Queue(maxsize=1)

    async def pump(stream: AsyncGenerator[Batch, None]) -> None:
        end: Exception | None = None
        try:
            async with aclosing(stream):
                async for batch in stream:
                    await queue.put(batch)
        except Exception as error:  # noqa: BLE001  (it is raised below, to who waits)
            end = error
        await queue.put(end)

    async def bell(seconds: float) -> None:
        await clock.sleep(seconds)
        await queue.put(None)

    tasks = [asyncio.create_task(pump(stream)) for stream in streams]
    if lasting is not None:
        tasks.append(asyncio.create_task(bell(lasting)))
    try:
        while isinstance(item := await queue.get(), Batch):
            yield item
        if item is not None:
            raise item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _retry_after(said: Mapping[str, object]) -> float | None:
    given = said.get("retryAfter")
    seconds = number(given) if isinstance(given, int | float) else None
    return seconds if seconds is not None and seconds >= 0 else None


def _fields(data: str) -> dict[str, object] | None:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
