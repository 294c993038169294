"""Commands that show what the store holds."""

import csv
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal, TextIO

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, InContext, one_point
from pumphouse.cli.output import natural, print_json, print_table, say, shown_value
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Point, Reading
from pumphouse.core.ports import Aggregate
from pumphouse.runtime.documents import (
    LATEST_FIELDS,
    age,
    bucket_documents,
    device_document,
    latest_document,
    point_document,
    reading_document,
)
from pumphouse.runtime.times import parse_interval, parse_length

__all__ = ["devices", "export", "latest", "points", "series"]

From = Annotated[str, Parameter(name="--from", help="Begin: a date, a time, or 7d (ago).")]
To = Annotated[str, Parameter(name="--to", help="End, as --from.")]
OfDevice = Annotated[str | None, Parameter(help="Only this device.")]


async def devices(*, as_json: AsJson = False, context: InContext) -> None:
    """List the devices that were ever seen."""
    async with context.store() as (_, store):
        found = await store.devices()
    if as_json:
        print_json([device_document(device) for device in found])
        return
    now = datetime.now(UTC)
    print_table(
        ("source", "device", "name", "model", "firmware", "connected", "last seen>"),
        (
            (
                device.source,
                device.id,
                device.name,
                " ".join(filter(None, (device.manufacturer, device.model))),
                device.firmware or "",
                {True: "yes", False: "no", None: "?"}[device.connected],
                age(device.last_seen, now),
            )
            for device in found
        ),
    )


async def points(
    *,
    device: OfDevice = None,
    everything: Annotated[
        bool, Parameter(name="--all", negative=(), help="Also points without any reading.")
    ] = False,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """List what the devices measure and let you set."""
    async with context.store() as (_, store):
        known = await store.points(device)
        if not (everything or as_json):
            read = {point.key for point, _ in await store.latest(device)}
            known = [point for point in known if point.key in read]
    if as_json:
        print_json([point_document(point) for point in known])
        return
    print_table(
        ("device", "point>", "metric", "name", "unit", "settable"),
        (
            (
                point.key.device,
                point.key.point,
                point.metric or "",
                point.name,
                point.unit.symbol,
                _limits(point),
            )
            for point in sorted(known, key=lambda one: (one.key[:2], natural(one.key.point)))
        ),
    )


def _limits(point: Point) -> str:
    if not point.writable:
        return ""
    if point.minimum is None or point.maximum is None:
        return "yes"
    return f"{point.minimum:g} … {point.maximum:g}"


async def latest(*, device: OfDevice = None, as_json: AsJson = False, context: InContext) -> None:
    """Show the newest reading of each point."""
    async with context.store() as (_, store):
        rows = await store.latest(device)
        known = {(one.source, one.id): one for one in await store.devices()}
    if as_json:
        print_json([latest_document(point, reading) for point, reading in rows])
        return
    now = datetime.now(UTC)
    for key, entries in groupby(rows, lambda row: row[0].key[:2]):
        print_table(
            ("point>", "metric", "name", "value>", "age>"),
            (
                (
                    point.key.point,
                    point.metric or "",
                    point.name,
                    shown_value(point, reading),
                    age(reading.time, now),
                )
                for point, reading in sorted(entries, key=lambda row: natural(row[0].key.point))
            ),
            title=_title(known[key]),
        )


def _title(device: Device) -> str:
    model = f", {device.model}" if device.model and device.model != device.name else ""
    return f"{device.name}{model}  (source {device.source}, device {device.id})"


async def series(
    point: Annotated[str, Parameter(help="A native id or a metric.")],
    *,
    device: OfDevice = None,
    start: From = "1d",
    end: To = "now",
    step: Annotated[
        str | None, Parameter(help="Sum up in stretches of 15min, 1h, 1d …; raw without it.")
    ] = None,
    aggregate: Annotated[Aggregate, Parameter(help="How a stretch becomes one value.")] = (
        Aggregate.MEAN
    ),
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Show the readings of one point over time."""
    async with context.store() as (settings, store):
        found = await one_point(store, point, device)
        interval = parse_interval(start, end, settings.site.timezone, datetime.now(UTC))
        if step is None:
            entries = [
                reading_document(found, r) for r in await store.readings(found.key, interval)
            ]
        else:
            buckets = await store.buckets(found.key, interval, parse_length(step))
            entries = bucket_documents(buckets, aggregate)
    if as_json:
        print_json({"point": point_document(found), "readings": entries})
        return
    print_table(
        ("time", f"{found.name} [{found.unit.symbol}]>"),
        ((str(entry["time"]), _cell(entry)) for entry in entries),
    )


def _cell(entry: dict[str, object]) -> str:
    if entry.get("text") is not None:
        return str(entry["text"])
    value = entry["value"]
    assert isinstance(value, float)
    return f"{round(value, 3):.10g}"


async def export(
    *,
    form: Annotated[
        Literal["csv", "jsonl", "parquet"], Parameter(name="--format", help="File format.")
    ],
    start: From = "1970-01-01",
    end: To = "now",
    out: Annotated[
        str | None,
        Parameter(help="File to write; stdout without it. For parquet a folder or s3://bucket/…"),
    ] = None,
    context: InContext,
) -> None:
    """Write readings as CSV or JSON lines, one a line, by point and then by time, or as Parquet."""
    if form == "parquet" and out is None:
        raise UsageError(
            "say where the Parquet files go: --out FOLDER, or --out s3://bucket/folder"
        )
    async with context.store() as (settings, store):
        interval = parse_interval(start, end, settings.site.timezone, datetime.now(UTC))
        if form == "parquet" and out is not None:
            from pumphouse.runtime.parquet_export import export_parquet  # noqa: PLC0415 (if asked)

            count, files = await export_parquet(store, interval, out)
            say(f"{count} readings written to {files} files in {out}")
            return
        with _opened(Path(out) if out else None) as file:
            rows = store.export(interval)
            count = await (_write_csv(rows, file) if form == "csv" else _write_lines(rows, file))
    if out is not None:
        say(f"{count} readings written to {out}")


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from None


async def _write_csv(rows: AsyncIterator[tuple[Point, Reading]], file: TextIO) -> int:
    writer, count = csv.DictWriter(file, LATEST_FIELDS), 0
    writer.writeheader()
    async for point, reading in rows:
        writer.writerow(latest_document(point, reading))
        count += 1
    return count


async def _write_lines(rows: AsyncIterator[tuple[Point, Reading]], file: TextIO) -> int:
    count = 0
    async for point, reading in rows:
        file.write(json.dumps(latest_document(point, reading), ensure_ascii=False) + "\n")
        count += 1
    return count
