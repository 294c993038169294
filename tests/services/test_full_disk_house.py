"""`pumphouse run` on a disk that fills up, and commands beside it: all go on when there is room.

Once on a real disk of 32 MB, and once with files that may not grow, which is what is left where
nobody may mount a disk.
"""

import asyncio
import json
import random
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pumphouse.core.ports import SystemClock
from pumphouse.runtime.backup.checking import check_backup
from pumphouse.runtime.backup.restoring import restore
from pumphouse.stores.sqlite.deep_check import deep_check

from .polled_house import TOO_LITTLE, Row, house_on
from .small_disks import SmallDisk, limited_files, small_disk

MEGABYTE = 1_000_000
FULL = "no room is left for"
NEARLY_FULL = "without room nothing is kept"
#: what is imported of a device: its points, and how many readings of each
POINTS, COUNT = ("a", "b", "c"), 9000


@pytest.fixture(params=[small_disk, limited_files], ids=["small_disk", "limited_files"])
def disk(request, tmp_path):
    try:
        with request.param(tmp_path / "disk") as made:
            yield made
    except PermissionError as problem:
        pytest.skip(f"nobody may mount a disk here ({problem}); limited files stand in for it")


@pytest.fixture
def any_disk(tmp_path):
    with ExitStack() as stack:
        try:
            yield stack.enter_context(small_disk(tmp_path / "disk"))
        except PermissionError:
            yield stack.enter_context(limited_files(tmp_path / "files"))


async def test_polling_goes_on_when_there_is_room_again(disk, tmp_path):
    is_real = isinstance(disk, SmallDisk)
    async with house_on(disk, tmp_path) as house:
        if is_real:
            house.fill(left=(TOO_LITTLE - 2) * MEGABYTE)
        await house.start()
        await house.until_polled("wires", 2)
        await house.until_polled("pump", 1)
        assert (NEARLY_FULL in (await house.asked("/api/alarms"))[1]) is is_real
        before = await house.rows()

        house.fill()
        began = datetime.now(UTC)
        await house.until(lambda: len(house.logged("store fails", source="wires")) > 2)
        assert FULL in str(house.logged("store fails", source="wires")[-1]["error"])
        assert (await house.asked("/healthz"))[0] == 200
        assert await house.asked("/readyz") == (503, "the store cannot be written\n")
        assert (await house.asked("/api/latest"))[0] == 200
        assert await house.figure("store_writable") == 0
        assert (await house.figure("store_free_bytes") < MEGABYTE) is is_real
        refused = await house("poll", "wires")
        assert (refused.code, FULL in refused.err) == (5, True), refused
        told, lasted = set(house.told), datetime.now(UTC) - began

        house.free()
        await house.until_polled("wires", 1)
        await house.until_polled("pump", 1)
        assert await house.asked("/readyz") == (200, "ready\n")
        polls = await house.polls("wires")
        await house.until(lambda: len(times_of(house.kept())) >= polls)
        assert all(gap < lasted for gap in await gaps(house))
        if is_real:
            await house.until(lambda: bool(house.logged("alarm over")))
        assert await house.stop() == 0
        after = await house.rows()
        assert before <= house.kept() <= after
        assert max(after.values()) == 1
        assert len(times_of(after)) >= polls
        stored = {(row.point, row.time) for row in after if row.source == "pump"}
        points = {point for point, _ in stored}
        assert {one for one in told if one[0] in points} <= stored
        whole = await house("check", "--deep")
        assert (whole.code, "is whole" in whole.err) == (0, True), whole


def times_of(rows: Counter[Row]) -> set[str]:
    """When the wires were read."""
    return {row.time for row in rows if row.source == "wires"}


async def gaps(house) -> list[timedelta]:
    """How long each gap of the ledger is."""
    found = json.loads((await house.asked("/api/status"))[1])["gaps"]
    return [
        datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"]) for one in found
    ]


async def test_archive_import_and_backup_are_whole_when_they_are_run_again(any_disk, tmp_path):
    old, more = tmp_path / "old.jsonl", tmp_path / "more.jsonl"
    wanted = write(old, "old") + write(more, "more")
    safe, seen = str(any_disk.folder / "safe"), any_disk.seen / "safe"
    async with house_on(any_disk, tmp_path) as house:
        assert (await house("import", str(old))).code == 0
        assert (await house("poll", "wires")).code == 0  # and what the import has left is tidied
        house.fill(left=150_000)
        await house.start()
        await house.until(lambda: bool(house.logged("housekeeping fails")))
        said = str(house.logged("housekeeping fails")[0]["error"])
        assert (FULL in said, "/archive" in said) == (True, True), said

        house.fill(left=MEGABYTE // 2)
        failed = [await house("import", str(more))]
        house.fill()
        failed += await asyncio.gather(house("archive"), house("backup", safe))
        for one in failed:
            assert (one.code, FULL in one.err) == (5, True), one

        house.free()
        await house.until_polled("wires", 2)
        assert drafts(any_disk.seen) == []
        assert not (seen / "snapshots").exists()
        again = [await house("import", str(more), "--json")]
        again += await asyncio.gather(house("archive", "--json"), house("backup", safe, "--json"))
        imported, archived, backed = (json.loads(one.out) for one in again)
        assert [one.code for one in again] == [0, 0, 0]
        assert (imported["read"], imported["rejected"]) == (COUNT * len(POINTS), 0)
        assert backed["damage"] == []
        await house.until_polled("wires", 1)
        assert await house.stop() == 0
        rows = await house.rows()
        assert Counter({row: rows[row] for row in rows if row.source == "past"}) == wanted
        assert len(times_of(rows)) > 3
        whole = await house("check", "--deep")
        assert (whole.code, "is whole" in whole.err) == (0, True), whole
    files = {path.name for path in any_disk.seen.glob("house/archive/*/*")}
    assert {Path(one["file"]).name for one in archived} == files
    assert drafts(any_disk.seen) == []
    assert check_backup(seen, None) == []
    back = await asyncio.to_thread(restore, seen, tmp_path / "back", SystemClock())
    assert back.readings >= sum(wanted.values())
    assert deep_check(back.store).problems == ()


def write(file: Path, device: str) -> Counter[Row]:
    """Readings of months ago in a file of our own, which compress badly; what they are."""
    chance = random.Random(device)
    begin = (datetime.now(UTC) - timedelta(days=120)).replace(day=1, microsecond=0)
    times = [f"{begin + n * timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}" for n in range(COUNT)]
    rows = [
        Row("past", device, point, time, chance.random(), None)
        for point in POINTS
        for time in times
    ]
    file.write_text("\n".join(json.dumps(row._asdict()) for row in rows), encoding="utf-8")
    return Counter(rows)


def drafts(folder: Path) -> list[str]:
    """What somebody has begun to write and left."""
    names = (str(path.relative_to(folder)) for path in folder.rglob("*"))
    return [name for name in names if "/." in name or ".draft" in name]
