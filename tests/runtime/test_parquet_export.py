"""Exports as Parquet: in a folder, and at an S3 server that listens on this machine."""

import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import duckdb
import pandas as pd
import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading, Site
from pumphouse.core.ports import SystemClock
from pumphouse.core.units import parse_unit
from pumphouse.runtime.parquet_export import export_parquet
from pumphouse.stores.sqlite import open_store

START = datetime(2025, 1, 30, 23, 45, tzinfo=UTC)
WHOLE = Interval(datetime(1990, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
COUNT = 3000
DEVICE = Device("house", "80105", "Pump")
OUTDOOR = Point(PointKey("house", "80105", "40004"), "Outdoor", None, parse_unit("°C"))
VERSION = Point(PointKey("house", "80105", "version"), "Version")


@pytest.fixture
async def store(tmp_path):
    async with open_store(tmp_path / "p.db", site=Site(), clock=SystemClock()) as opened:
        readings = [
            Reading(OUTDOOR.key, START + timedelta(minutes=15 * n), n % 300 / 10)
            for n in range(COUNT)
        ]
        readings.append(Reading(VERSION.key, START - timedelta(days=40), None, "v1"))
        await opened.append(Batch("house", (DEVICE,), (OUTDOOR, VERSION), tuple(readings)))
        yield opened


async def test_a_folder_holds_a_file_for_each_month(store, tmp_path):
    assert await export_parquet(store, WHOLE, str(tmp_path / "out")) == (COUNT + 1, 4)
    months = sorted(path.parent.name for path in tmp_path.glob("out/*/*.parquet"))
    assert months == ["2024-12", "2025-01", "2025-02", "2025-03"]
    values = duckdb.execute(
        f"SELECT value FROM '{tmp_path}/out/*/*.parquet' WHERE point = '40004' ORDER BY time"
    ).fetchall()
    assert values == [(n % 300 / 10,) for n in range(COUNT)]
    (text,) = duckdb.execute(
        f"SELECT text FROM '{tmp_path}/out/*/*.parquet' WHERE point = 'version'"
    ).fetchall()
    assert text == ("v1",)


async def test_a_later_export_takes_the_place_of_an_earlier_one(store, tmp_path):
    out = str(tmp_path / "out")
    await export_parquet(store, WHOLE, out)
    late = Reading(OUTDOOR.key, START + timedelta(seconds=7), 5.5)
    await store.append(Batch("house", (DEVICE,), (OUTDOOR,), (late,)))
    readings, files = await export_parquet(store, WHOLE, out)
    assert readings == COUNT + 2
    assert len(list(tmp_path.glob("out/*/*"))) == files
    (found,) = duckdb.execute(f"SELECT count(*) FROM '{out}/*/*.parquet'").fetchall()
    assert found == (readings,)


async def test_only_what_was_asked_for_is_exported(store, tmp_path):
    span = Interval(START + timedelta(days=3), START + timedelta(days=4))
    assert await export_parquet(store, span, str(tmp_path / "out")) == (96, 1)


async def test_a_month_of_many_points_is_held_as_columns(tmp_path):
    points, count = 40, 1000
    async with open_store(tmp_path / "many.db", site=Site(), clock=SystemClock()) as store:
        for number in range(points):
            key = PointKey("house", "80105", str(number))
            readings = tuple(
                Reading(key, START + timedelta(minutes=n), n + number / 7) for n in range(count)
            )
            await store.append(Batch("house", (DEVICE,), readings=readings))
        tracemalloc.start()
        try:
            await export_parquet(store, WHOLE, str(tmp_path / "out"))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most / (points * count) < 100  # bytes; a reading as an object takes some 250


async def test_a_place_that_cannot_be_written_is_told(store, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        await export_parquet(store, WHOLE, str(tmp_path / "file" / "out"))


class S3(BaseHTTPRequestHandler):
    """As much of S3 as an upload needs, whole or in parts."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    parts: dict[str, dict[int, bytes]]

    def do_HEAD(self) -> None:
        found = self.objects.get(urlsplit(self.path).path)
        self._answer(200 if found is not None else 404)

    def do_GET(self) -> None:
        self._answer(200, b"<ListBucketResult></ListBucketResult>")

    def do_POST(self) -> None:
        place, query = self._place()
        body = self._body()
        if "uploads" in query:
            self.parts[place] = {}
            self._answer(
                200,
                b"<InitiateMultipartUploadResult><UploadId>1</UploadId>"
                b"</InitiateMultipartUploadResult>",
            )
            return
        assert body
        self.objects[place] = b"".join(data for _, data in sorted(self.parts.pop(place).items()))
        self._answer(
            200, b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
        )

    def do_PUT(self) -> None:
        place, query = self._place()
        body = self._body()
        if "partNumber" in query:
            self.parts[place][int(query["partNumber"][0])] = body
        else:
            self.objects[place] = body
        self._answer(200)

    def _place(self) -> tuple[str, dict[str, list[str]]]:
        address = urlsplit(self.path)
        return address.path, parse_qs(address.query, keep_blank_values=True)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self._chunked()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            return b"".join(_chunks(body))
        return body

    def _chunked(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        head, _, rest = body.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if not size:
            return
        yield rest[:size]
        body = rest[size + 2 :]


@pytest.fixture
def s3(monkeypatch):
    S3.objects, S3.parts = {}, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "invented")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "invented too")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield S3
    server.shutdown()
    server.server_close()
    serving.join()


async def test_s3_gets_the_same_files(store, s3):
    assert await export_parquet(store, WHOLE, "s3://heat/pump") == (COUNT + 1, 4)
    places = sorted(s3.objects)
    assert [place.rsplit("/", 1)[0] for place in places] == [
        f"/heat/pump/{month}" for month in ("2024-12", "2025-01", "2025-02", "2025-03")
    ]
    frames = [pd.read_parquet(BytesIO(s3.objects[place])) for place in places]
    assert sum(len(frame) for frame in frames) == COUNT + 1


@pytest.mark.parametrize("address", ["s3://", "s3:///heat-pump"])
@pytest.mark.usefixtures("s3")
async def test_an_address_without_a_bucket_is_a_mistake_of_the_user(store, address):
    with pytest.raises(UsageError, match="names no bucket"):
        await export_parquet(store, WHOLE, address)
