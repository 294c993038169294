"""The readings of one point over time, written row by row: a year of one is a hundred thousand."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from heapq import heappop, heappush
from http import HTTPStatus
from itertools import count
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response, StreamingResponse

from pumphouse.core.model import Interval, Point, Reading
from pumphouse.core.ports import Aggregate, Bucket, Columns, Store
from pumphouse.runtime.documents import iso, point_document, reading_document
from pumphouse.runtime.times import parse_interval, parse_length
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.models import Series
from pumphouse.web.api.openapi import FromTime, How, OfDevice, OfPoint, Step, ToTime, refusals
from pumphouse.web.context import Context

__all__ = ["one_point", "router"]

router = APIRouter(prefix="/api")

#: how much of a raw series is read, written and sent at a time
_PIECE: Final = timedelta(days=7)
#: a piece behind one that was empty is twice as long, but no longer than this
_LONGEST_PIECE: Final = timedelta(days=365)
#: pieces of all clients that may be read and written at once
_PIECES_AT_ONCE: Final = 2
_DAY_MS: Final = 86_400_000


class _Turns:
    """A few at a time, and the oldest question first.

    Turn and turn about, a hundred clients would all be served at the end; so half of them are
    served in half of the time. A client that takes its piece slowly holds no turn meanwhile.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._questions = count()

    def question(self) -> int:
        """The age of a new question."""
        return next(self._questions)

    @asynccontextmanager
    async def turn(self, question: int) -> AsyncIterator[None]:
        """Wait until it is the turn of `question`."""
        if self._free:
            self._free -= 1
        else:
            called = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (question, called))
            try:
                await called
            except asyncio.CancelledError:
                if not called.cancelled():
                    self._call_next()
                raise
        try:
            yield
        finally:
            self._call_next()

    def _call_next(self) -> None:
        while self._waiting:
            _, called = heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1


_TURNS: Final = _Turns(_PIECES_AT_ONCE)


@router.get(
    "/series",
    tags=["past"],
    summary="The readings of one point over time",
    response_model=Series,
    responses=refusals(304, 404, 422),
)
async def series(
    request: Request,
    context: Context,
    *,
    point: OfPoint,
    device: OfDevice = None,
    from_: FromTime = "1d",
    to: ToTime = "now",
    step: Step = None,
    aggregate: How = Aggregate.MEAN,
) -> Response:
    """`pumphouse series POINT --json`."""
    house = context.installation
    found = await one_point(house.store, point, device)
    interval = parse_interval(from_, to, house.settings.site.timezone, house.host.clock.now())
    opening = b'{"point":%b,"readings":[' % encoded(point_document(found))
    if step is None:
        pieces = _pieces(house.store, found, interval)
        first = opening + await anext(pieces, b"")  # while the answer can still be a refusal
        if interval.end - interval.start <= _PIECE:
            return answer(request, first + b"]}")
        return StreamingResponse(_joined(first, pieces), media_type="application/json")
    buckets = await house.store.buckets(found.key, interval, parse_length(step))
    return answer(request, b"%b%b]}" % (opening, _rows(buckets, aggregate)))


def _rows(buckets: Iterable[Bucket], aggregate: Aggregate) -> bytes:
    """What `encoded` makes of `bucket_documents`, but quicker: it is what charts are made of."""
    return ",".join(
        [
            f'{{"time":"{iso(bucket.start)}","value":{bucket.value(aggregate)!r},'
            f'"min":{bucket.minimum!r},"max":{bucket.maximum!r},"count":{bucket.count}}}'
            for bucket in buckets
        ]
    ).encode()


async def _joined(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The whole document; it has no `ETag`, for that would be known only at its end."""
    yield first
    filled = not first.endswith(b"[")
    async for piece in pieces:
        yield b"," + piece if filled and piece else piece
        filled = filled or bool(piece)
    yield b"]}"


async def _pieces(store: Store, point: Point, interval: Interval) -> AsyncIterator[bytes]:
    """Single readings, a piece of time at a time, written beside the event loop."""
    question, start, length = _TURNS.question(), interval.start, _PIECE
    while start < interval.end:
        end = start + min(length, interval.end - start)
        async with _TURNS.turn(question):
            written = await _written(store, point, Interval(start, end))
        length = _PIECE if written else min(2 * length, _LONGEST_PIECE)
        start = end
        yield written


async def _written(store: Store, point: Point, interval: Interval) -> bytes:
    if await store.has_texts(point.key, interval):
        row = partial(_labelled, point) if point.options else _bare
        readings = await store.readings(point.key, interval)
        return await asyncio.to_thread(b",".join, map(row, readings))
    columns = await store.columns(point.key, interval)
    return await asyncio.to_thread(_numbers, point, columns)


def _numbers(point: Point, columns: Columns) -> bytes:
    """What `encoded` makes of each `reading_document`, without a `Reading` for each."""
    values = set(columns.values) if point.options else set()
    labels = {value: json.dumps(point.label(value), ensure_ascii=False) for value in values}
    return ",".join(
        [
            f'{{"time":"{_moment(time)}","value":{value!r},"text":{labels.get(value, "null")}}}'
            for time, value in zip(columns.times, columns.values, strict=True)
        ]
    ).encode()


def _moment(seconds: float) -> str:
    """What `iso` makes of the same instant."""
    day, rest = divmod(round(seconds * 1000), _DAY_MS)
    return f"{_date(day)}T{_clock(rest)}Z"


@lru_cache(1024)
def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(day)).isoformat()


@lru_cache(8192)
def _clock(rest: int) -> str:
    time = (datetime.min + timedelta(milliseconds=rest)).time()  # noqa: DTZ901  (a clock alone)
    return time.isoformat("milliseconds" if rest % 1000 else "seconds")


def _bare(reading: Reading) -> bytes:
    """What `encoded` makes of `reading_document` where there is no label, but quicker."""
    text = "null" if reading.text is None else json.dumps(reading.text, ensure_ascii=False)
    value = "null" if reading.value is None else repr(reading.value)
    return f'{{"time":"{iso(reading.time)}","value":{value},"text":{text}}}'.encode()


def _labelled(point: Point, reading: Reading) -> bytes:
    return encoded(reading_document(point, reading))


async def one_point(store: Store, name: str, device: str | None) -> Point:
    """The one point called `name`, by native id or metric.

    Raises:
        HTTPException: 404, because there is none, or because several devices have one.
    """
    found = await store.find_points(name, device)
    if len(found) == 1:
        return found[0]
    if not found:
        where = f" on device {device}" if device else ""
        detail = f'There is no point "{name}"{where}; /api/points lists all.'
    else:
        devices = ", ".join(sorted({point.key.device for point in found}))
        detail = f'"{name}" exists more than once; say which `device`, one of: {devices}.'
    raise HTTPException(HTTPStatus.NOT_FOUND, detail)
