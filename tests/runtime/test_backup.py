"""What was backed up comes back bit by bit; what was damaged is named and never used."""

import asyncio
import json
import random
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreCorrupt, StoreError, UsageError
from pumphouse.core.model import Batch, Device, Interval, PointKey, Reading, Site
from pumphouse.runtime.backup import repository as repositories
from pumphouse.runtime.backup.backing_up import Subject, back_up
from pumphouse.runtime.backup.checking import check_backup
from pumphouse.runtime.backup.restoring import restore, snapshots
from pumphouse.runtime.backup.sealing import Encrypted
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.frozen import frozen
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 4, 1, 12, tzinfo=UTC)
WHOLE = Interval(START, NOW + timedelta(days=100))
CLOCK = FakeClock(NOW)
POINTS = 20


def _store(path):
    return open_store(path, site=Site(timezone="Europe/Stockholm"), clock=CLOCK)


def _poll(number):
    time = START + number * timedelta(minutes=30)
    keys = (PointKey("house", "pump", str(n)) for n in range(POINTS))
    chance = random.Random(number)
    return Batch(
        "house",
        (Device("house", "pump", "Pump"),),
        readings=tuple(Reading(key, time, round(chance.gauss(20, 3), 1)) for key in keys),
    )


def _fill(path, first, behind):
    async def fill():
        async with _store(path) as store:
            for number in range(first, behind, 48):
                polls = range(number, min(number + 48, behind))
                readings = tuple(r for one in polls for r in _poll(one).readings)
                await store.append(replace(_poll(first), readings=readings))

    asyncio.run(fill())


def _archive(path):
    async def archive():
        async with _store(path) as store:
            while await store.archive_next(NOW):
                pass

    asyncio.run(archive())


def _everything(path):
    async def read():
        async with _store(path) as store:
            assert await store.check() == []
            return [one async for one in store.export(WHOLE)]

    return asyncio.run(read())


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The folder of a store of some months, of which two are archived, and its configuration."""
    folder = tmp_path_factory.mktemp("filled")
    _fill(folder / "pump.db", 0, 48 * 70)
    _archive(folder / "pump.db")
    _fill(folder / "pump.db", 48 * 70, 48 * 80)
    (folder / "pumphouse.toml").write_text('[site]\nname = "Föhr"\n', encoding="utf-8")
    (folder / "grants").mkdir()
    (folder / "grants" / "house.json").write_text('{"secret": "token-7"}', encoding="utf-8")
    return folder


@pytest.fixture
def house(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "house")


def _subject(house, *, grants=False):
    return Subject(
        house / "pump.db", house / "pumphouse.toml", house / "grants" if grants else None
    )


@pytest.mark.parametrize("passphrase", [None, "dygn för dygn"])
def test_what_was_backed_up_comes_back(house, tmp_path, passphrase):
    before = _everything(house / "pump.db")
    done = back_up(
        _subject(house, grants=passphrase is not None),
        tmp_path / "kept",
        NOW,
        passphrase=passphrase,
    )
    assert done.damage == ()
    assert done.files == len(list(house.glob("archive/*/*"))) + 2 + (passphrase is not None)
    back = restore(tmp_path / "kept", tmp_path / "new", CLOCK, passphrase=passphrase)
    assert (back.store, back.problems) == (tmp_path / "new" / "pump.db", ())
    assert back.readings == len(before)
    assert _everything(back.store) == before
    assert (tmp_path / "new" / "pumphouse.toml").read_text("utf-8") == '[site]\nname = "Föhr"\n'
    if passphrase:
        assert "token-7" in (tmp_path / "new" / "grants" / "house.json").read_text("utf-8")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*.*"))
    assert (b"pump.db" in kept) == (passphrase is None)
    if passphrase:
        for wrong, why in ((None, "encrypted"), ("another", "does not fit")):
            with pytest.raises(UsageError, match=why):
                back_up(_subject(house), tmp_path / "kept", NOW, passphrase=wrong)
    else:
        assert check_backup(tmp_path / "kept", None) == []


def test_the_state_of_one_instant_is_backed_up_while_others_write(house, tmp_path):
    async def write_meanwhile():
        async with _store(house / "pump.db") as store:
            backing = asyncio.create_task(
                asyncio.to_thread(back_up, _subject(house), tmp_path / "kept", NOW)
            )
            written = 48 * 80
            while not backing.done():
                await store.append(_poll(written))
                written += 1
            assert (await backing).damage == ()
            assert await store.check() == []
        return written

    written = asyncio.run(write_meanwhile())
    back = restore(tmp_path / "kept", tmp_path / "new", CLOCK)
    polls, rest = divmod(back.readings, POINTS)
    assert rest == 0
    assert 48 * 80 <= polls <= written
    wanted = [r.value for n in range(polls) for r in _poll(n).readings if r.key.point == "7"]
    assert [r.value for p, r in _everything(back.store) if p.key.point == "7"] == wanted


def test_only_what_has_changed_is_written_again(house, tmp_path):
    whole = back_up(_subject(house), tmp_path / "kept", NOW)
    same = back_up(_subject(house), tmp_path / "kept", NOW + timedelta(hours=1))
    assert same.written < 5000
    _fill(house / "pump.db", 48 * 80, 48 * 80 + 4)
    more = back_up(_subject(house), tmp_path / "kept", NOW + timedelta(hours=2))
    assert 0 < more.written < whole.written / 3
    for name in (whole.snapshot, same.snapshot, more.snapshot):
        back = restore(tmp_path / "kept", tmp_path / name, CLOCK, name=name)
        assert back.readings == POINTS * (48 * 80 + (4 if name == more.snapshot else 0))


def test_old_snapshots_make_room_and_the_others_stay_whole(house, tmp_path):
    sizes = []
    for day in range(6):
        _fill(house / "pump.db", 48 * (80 + day), 48 * (81 + day))
        done = back_up(_subject(house), tmp_path / "kept", NOW + timedelta(days=day), keep=2)
        assert done.removed == (1 if day > 1 else 0)
        sizes.append(sum(path.stat().st_size for path in (tmp_path / "kept" / "packs").iterdir()))
    assert sizes[-1] < 2 * sizes[0]
    assert len(snapshots(tmp_path / "kept")) == 2
    assert check_backup(tmp_path / "kept", None) == []
    for number, name in enumerate(snapshots(tmp_path / "kept")):
        back = restore(tmp_path / "kept", tmp_path / name, CLOCK, name=name)
        assert back.readings == POINTS * 48 * (85 + number)


def test_a_flipped_bit_anywhere_in_a_backup_is_found_and_never_restored(house, tmp_path):
    before = _everything(house / "pump.db")
    kept = tmp_path / "kept"
    back_up(_subject(house), kept, NOW)
    files = sorted(path for path in kept.rglob("*") if path.is_file())
    chance = random.Random(4)
    for number in range(200):
        path = chance.choices(files, [one.stat().st_size for one in files])[0]
        if number < 4 * len(files):
            path = files[number % len(files)]  # small ones too
        whole = path.read_bytes()
        broken = bytearray(whole)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        try:
            found = check_backup(kept, None)
        except (StoreCorrupt, UsageError) as problem:
            found = [str(problem)]
        assert any(path.name in one for one in found), path
        if number % 20 == 0:
            with pytest.raises((StoreCorrupt, UsageError)):
                restore(kept, tmp_path / "new", CLOCK)
            assert not (tmp_path / "new").exists()
        path.write_bytes(whole)
    assert restore(kept, tmp_path / "new", CLOCK).readings == len(before)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["house", "kept", "new"]


def test_the_next_backup_stores_a_damaged_pack_anew(house, tmp_path):
    kept = tmp_path / "kept"
    first = back_up(_subject(house), kept, NOW)
    pack = max((kept / "packs").iterdir(), key=lambda one: one.stat().st_size)
    pack.write_bytes(pack.read_bytes()[:-7])
    second = back_up(_subject(house), kept, NOW + timedelta(days=1))
    assert [pack.name in one for one in second.damage] == [True]
    for name in (first.snapshot, second.snapshot):
        assert restore(kept, tmp_path / name, CLOCK, name=name).readings == POINTS * 48 * 80


def test_a_damaged_snapshot_is_named_and_does_not_hide_that_the_new_one_is_there(house, tmp_path):
    kept = tmp_path / "kept"
    first = back_up(_subject(house), kept, NOW)
    (damaged,) = kept.glob("snapshots/*")
    damaged.write_bytes(damaged.read_bytes() + b" ")
    second = back_up(_subject(house), kept, NOW + timedelta(days=1), keep=2)
    (sentence,) = second.damage
    assert sentence.startswith("the new snapshot is complete, but no older one was removed")
    assert first.snapshot in sentence
    assert restore(kept, tmp_path / "new", CLOCK, name=second.snapshot).problems == ()
    third = back_up(_subject(house), kept, NOW + timedelta(days=2), keep=2)
    assert (third.removed, third.damage) == (1, ())


def test_the_last_snapshot_is_the_newest_even_where_the_clock_was_put_back(house, tmp_path):
    kept = tmp_path / "kept"
    times = (NOW, NOW, NOW - timedelta(days=3), NOW + timedelta(seconds=1))
    names = [back_up(_subject(house), kept, now, keep=3).snapshot for now in times]
    assert list(snapshots(kept)) == names[1:]
    assert names == sorted(names)


@pytest.mark.parametrize("what", ["a page", "an archive file", "a missing archive file"])
def test_a_damaged_store_is_not_backed_up_without_a_word(house, tmp_path, what):
    kept = tmp_path / "kept"
    back_up(_subject(house), kept, NOW)
    archived = min(house.glob("archive/*/*.parquet"))
    path = house / "pump.db" if what == "a page" else archived
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    if what == "a missing archive file":
        path.unlink()
    with pytest.raises(StoreCorrupt, match=path.name):
        back_up(_subject(house), kept, NOW + timedelta(days=1))
    assert len(snapshots(kept)) == 1
    done = back_up(_subject(house), kept, NOW + timedelta(days=1), damaged=True)
    assert path.name in done.damage[0]
    if what != "a page":  # whose reading it may be that is wrong now
        back = restore(kept, tmp_path / "new", CLOCK)
        assert path.name in back.problems[0]


def test_a_full_disk_leaves_earlier_snapshots_whole(house, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    back_up(_subject(house), kept, NOW)
    _fill(house / "pump.db", 48 * 80, 48 * 83)

    def full(path, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pumphouse.runtime.backup.packs.write_whole", full)
        with pytest.raises(StoreError, match="no room is left"):
            back_up(_subject(house), kept, NOW + timedelta(days=1))
    assert check_backup(kept, None) == []
    assert len(snapshots(kept)) == 1
    back_up(_subject(house), kept, NOW + timedelta(days=1))
    assert restore(kept, tmp_path / "new", CLOCK).readings == POINTS * 48 * 83


def test_nothing_that_exists_is_touched(house, tmp_path):
    back_up(_subject(house), tmp_path / "kept", NOW)
    before = (house / "pump.db").read_bytes()
    with pytest.raises(UsageError, match="holds something already"):
        restore(tmp_path / "kept", house, CLOCK)
    assert (house / "pump.db").read_bytes() == before
    with pytest.raises(UsageError, match="holds other files"):
        back_up(_subject(house), house, NOW)
    with pytest.raises(UsageError, match="no backup"):
        restore(house, tmp_path / "new", CLOCK)
    with pytest.raises(UsageError, match="no snapshot"):
        restore(tmp_path / "kept", tmp_path / "new", CLOCK, name="1999")
    with pytest.raises(StoreError, match="no store"):
        back_up(Subject(tmp_path / "none.db", None), tmp_path / "kept", NOW)


@pytest.mark.parametrize("name", ["letter.draft", "identity-card.pdf", "identity-1.age"])
@pytest.mark.parametrize("passphrase", [None, "pw"])
def test_a_folder_of_somebody_elses_files_is_refused_and_left_as_it_is(
    house, tmp_path, name, passphrase
):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / name).write_text("dear", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other files"):
        back_up(_subject(house), tmp_path / "theirs", NOW, passphrase=passphrase)
    assert [one.name for one in (tmp_path / "theirs").iterdir()] == [name]


def test_what_a_killed_beginning_has_left_is_no_obstacle(house, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    identity = f"identity-{'0' * 16}.age"
    for name in (identity, f"{identity}.77.draft", "pumphouse-backup.json.77.draft"):
        (kept / name).write_bytes(b"half")
    back_up(_subject(house), kept, NOW, passphrase="pw")
    assert restore(kept, tmp_path / "new", CLOCK, passphrase="pw").problems == ()
    assert not list(kept.glob("*.draft"))


def test_a_key_that_takes_minutes_here_is_no_wrong_passphrase():
    _, wrapped = Encrypted.new("pw")
    wrapped = re.sub(rb"(-> scrypt \S+) \d+", rb"\1 30", wrapped)
    with pytest.raises(UsageError, match="faster"):
        Encrypted.opened(wrapped, "pw")


def test_a_backup_that_was_begun_without_a_passphrase_takes_none(house, tmp_path):
    back_up(_subject(house), tmp_path / "kept", NOW)
    with pytest.raises(UsageError, match="without a passphrase"):
        back_up(_subject(house), tmp_path / "kept", NOW, passphrase="one")


def test_two_backups_into_one_folder_do_not_meet(house, tmp_path):
    back_up(_subject(house), tmp_path / "kept", NOW)
    with (
        repositories.create(tmp_path / "kept", None),
        pytest.raises(StoreError, match="another backup"),
    ):
        back_up(_subject(house), tmp_path / "kept", NOW)


def test_a_snapshot_that_names_a_file_elsewhere_is_refused(house, tmp_path):
    kept = tmp_path / "kept"
    done = back_up(_subject(house), kept, NOW)
    with repositories.create(kept, None) as repository:
        told = json.loads(repository.load(done.snapshot).to_json())
    told["files"][0]["name"] = "../outside"
    with pytest.raises(StoreCorrupt, match="outside"):
        type(repository.load(done.snapshot)).from_json(json.dumps(told).encode())


def test_a_frozen_store_is_read_by_others_and_written_by_others(house):
    async def use():
        async with _store(house / "pump.db") as store:
            with frozen(house / "pump.db") as still:
                before = b"".join(still.content())
                assert await store.append(_poll(48 * 80)) == POINTS
                assert b"".join(still.content()) == before
            assert await store.append(_poll(48 * 80 + 1)) == POINTS

    asyncio.run(use())
    assert len(_everything(house / "pump.db")) == POINTS * (48 * 80 + 2)
