"""InfluxDB as a sink: readings in, confirmations and refusals out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from pumphouse.core.errors import SourceError
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host, Rejection, Settling
from pumphouse.http.push import Push
from pumphouse.http.rate_headers import read_rate_headers
from pumphouse.http.wire import Reply
from pumphouse.sinks.influxdb.answers import Refusal, read_refusal, taken
from pumphouse.sinks.influxdb.dialect import dialect
from pumphouse.sinks.influxdb.line_protocol import Payload, Place, encode, escape, series
from pumphouse.sinks.influxdb.problems import problem
from pumphouse.sinks.influxdb.settings import InfluxDbSettings
from pumphouse.sinks.influxdb.settling import STATUS_PAGE, settling_of

__all__ = ["InfluxDb"]

_VALUE: Final = "value"


class InfluxDb:
    """Writes numbers to a database; texts have no place there and count as delivered.

    Time stamps are the readings' own, so that a second delivery overwrites the first with the same.
    """

    def __init__(self, name: str, settings: InfluxDbSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._dialect = dialect(settings)
        self._push = Push(
            settings.url + self._dialect.path,
            host=host,
            receiver=f"The server of '{name}'",
            headers=self._dialect.headers,
            compress=settings.gzip,
            timeout_secs=settings.timeout_secs,
        )

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    @property
    def batch_size(self) -> int:
        """How many readings one request holds at most."""
        return self._settings.batch_size

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._push.__aexit__(kind, error, traceback)

    async def settling(self) -> Settling:
        """See `SettlingSink.settling`."""
        if self._settings.settling_secs == 0:
            return Settling()
        page = await self._push.look(self._settings.url + STATUS_PAGE)
        return settling_of(page, self._settings.settling_secs)

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """See `CursorSink.deliver`."""
        places: dict[PointKey, Place] = {}
        unwritable: dict[PointKey, str] = {}
        for key in {reading.key for reading in readings}:
            try:
                places[key] = self._place(key, points.get(key))
            except ValueError as problem:
                unwritable[key] = str(problem)
        numbers = [r for r in readings if r.value is not None and r.key in places]
        rejections = [
            Rejection(r.key, r.time, unwritable[r.key])
            for r in readings
            if r.value is not None and r.key in unwritable
        ]
        for start in range(0, len(numbers), self.batch_size):
            rejections += await self._write(numbers[start : start + self.batch_size], places)
        return rejections

    def _place(self, key: PointKey, point: Point | None) -> Place:
        """A field of its own in the wide measurement, or a series of its own in the long one."""
        tags = {"device": key.device, "source": key.source}
        if point is not None and point.metric is not None:
            return Place(series(self._settings.measurement, tags), escape(point.metric))
        tags["point"] = key.point
        return Place(series(self._settings.point_measurement, tags), _VALUE)

    async def _write(
        self, readings: Sequence[Reading], places: Mapping[PointKey, Place]
    ) -> list[Rejection]:
        """Write, in ever smaller parts where the server does not take them all.

        When this returns, each reading was in a request that was taken as a whole, or is rejected.
        """
        payload = encode(readings, places)
        reply = await self._push.post(payload.body, self._dialect.query(payload.precision))
        if taken(reply):
            return []
        refused = read_refusal(reply, payload)
        if refused is not None:
            if refused.covers(payload):
                return list(_rejections(readings, places, payload, refused))
            parts = _suspects_apart(readings, places, payload, refused)
        elif reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(readings) > 1:
            parts = _halves(readings)
        else:
            raise self._problem(reply)
        return [rejection for part in parts for rejection in await self._write(part, places)]

    def _problem(self, reply: Reply) -> SourceError:
        return problem(
            reply,
            sink=self._name,
            database=self._settings.database,
            creation=self._dialect.creation,
            wait=read_rate_headers(reply.headers, self._clock.now()).wait_secs,
        )


_Parts = tuple[Sequence[Reading], Sequence[Reading]]


def _halves(readings: Sequence[Reading]) -> _Parts:
    middle = len(readings) // 2
    return readings[:middle], readings[middle:]


def _named(payload: Payload, refused: Refusal) -> Mapping[tuple[str, datetime], str]:
    """The lines that the server names, and its words about them."""
    return {line: refused.lines[n] for n, line in enumerate(payload.lines, 1) if n in refused.lines}


def _suspects_apart(
    readings: Sequence[Reading],
    places: Mapping[PointKey, Place],
    payload: Payload,
    refused: Refusal,
) -> _Parts:
    """The readings that the server's words point at, and the others; halves where at none or all.

    The others are written again too: a server that reports one reason may have dropped lines for
    another one as well.
    """
    lines = _named(payload, refused)
    suspects: list[Reading] = []
    others: list[Reading] = []
    for reading in readings:
        series_of, field = places[reading.key]
        meant = (not lines or (series_of, reading.time) in lines) and (
            not refused.fields or field in refused.fields
        )
        (suspects if meant else others).append(reading)
    return (suspects, others) if suspects and others else _halves(readings)


def _rejections(
    readings: Sequence[Reading],
    places: Mapping[PointKey, Place],
    payload: Payload,
    refused: Refusal,
) -> Iterator[Rejection]:
    """All of the readings, each with the words about its line where there are some."""
    words = _named(payload, refused)
    for reading in readings:
        line = (places[reading.key].series, reading.time)
        yield Rejection(reading.key, reading.time, words.get(line) or refused.words)
