import asyncio
import fcntl
import json
import os
import stat
import threading
import traceback
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import LoginRequired, PermanentError, TransientError
from pumphouse.core.grant import Grant
from pumphouse.http.grants import FileGrantStore, _decode, _encode

GRANT = Grant(
    access_token="access-secret",
    kind="authorization_code",
    scope=frozenset({"READSYSTEM", "WRITESYSTEM"}),
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    refresh_token="refresh-secret",
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "grants"


@pytest.fixture
def store(folder):
    return FileGrantStore(folder)


async def never(_saved):
    pytest.fail("the vendor was asked without need")


async def test_what_is_saved_is_loaded_by_another_process(store, folder):
    saved = await store.save("house", GRANT)
    assert saved == replace(GRANT, generation=1)
    assert await FileGrantStore(folder).load("house") == saved


async def test_nothing_is_loaded_where_nothing_was_saved(store):
    assert await store.load("house") is None
    assert await store.forget("house") is False


async def test_only_the_owner_may_read_the_file_and_its_folder(store, folder):
    await store.save("house", GRANT)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


async def test_a_login_of_another_process_is_seen(store, folder):
    await store.save("house", GRANT)
    await store.load("house")
    other = await FileGrantStore(folder).save("house", replace(GRANT, access_token="new"))
    assert await store.load("house") == other
    assert other.generation == 2


async def test_a_forgotten_grant_is_gone_for_everybody(store, folder):
    await store.save("house", GRANT)
    assert await FileGrantStore(folder).forget("house") is True
    assert await store.load("house") is None
    assert [file.suffix for file in folder.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".", "..", "Haus Süd", "a\0b", "-"])
async def test_no_name_leads_out_of_the_folder(store, folder, name):
    await store.save(name, GRANT)
    assert (await store.load(name)).access_token == GRANT.access_token
    assert all(file.parent == folder for file in folder.rglob("*"))
    assert len(list(folder.glob("*.json"))) + len(list(folder.glob(".*.json"))) >= 1


async def test_sources_do_not_share_a_grant(store):
    await store.save("a", GRANT)
    assert await store.load("b") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\0" * 100,
        b"\xff\xfe",
        b'{"access_token": 1}',
        b"[" * 100_000,
        json.dumps({**json.loads(_encode(GRANT)), "expires_at": "2026-01-01T00:00:00"}).encode(),
        json.dumps({**json.loads(_encode(GRANT)), "scope": [1]}).encode(),
    ],
)
async def test_a_damaged_file_asks_for_a_login_and_a_login_mends_it(store, folder, text):
    await store.save("house", GRANT)
    (folder / "house.json").write_bytes(text)
    for ask in (store.load("house"), store.replace("house", 1, never)):
        with pytest.raises(LoginRequired, match=r"damaged.*pumphouse login house") as caught:
            await ask
        shown = "".join(traceback.format_exception(caught.value))
        assert "-secret" not in shown
    assert (await store.save("house", GRANT)).access_token == GRANT.access_token
    assert await store.load("house") is not None


@given(
    st.builds(
        Grant,
        access_token=st.text(),
        kind=st.sampled_from(["authorization_code", "implicit"]),
        scope=st.frozensets(st.text()),
        expires_at=st.datetimes(timezones=st.just(UTC)),
        refresh_token=st.none() | st.text(min_size=1),
        generation=st.integers(0, 2**60),
    )
)
def test_every_grant_survives_the_file(grant):
    assert _decode(_encode(grant)) == grant


@given(st.data())
def test_no_torn_file_is_taken_for_a_grant(data):
    text = _encode(GRANT)
    torn = text[: data.draw(st.integers(0, len(text) - 1))]
    assert _decode(torn) is None
    assert _decode(torn + b"\0" * (len(text) - len(torn))) is None


async def test_replace_renews_only_the_generation_that_was_seen(store):
    await store.save("house", GRANT)

    async def renew(saved):
        return replace(saved, access_token="renewed")

    second = await store.replace("house", 1, renew)
    assert (second.access_token, second.generation) == ("renewed", 2)
    assert await store.replace("house", 1, never) == second


async def test_many_tasks_and_stores_renew_once(folder):
    asked = 0

    async def renew(_saved):
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.02)
        return GRANT

    stores = [FileGrantStore(folder) for _ in range(4)]
    found = await asyncio.gather(*(s.replace("house", 0, renew) for s in stores for _ in range(5)))
    assert asked == 1
    assert len(set(found)) == 1


async def test_a_failed_renewal_leaves_the_old_grant_and_nothing_else(store, folder):
    saved = await store.save("house", GRANT)

    async def renew(_saved):
        raise TransientError("no answer")

    with pytest.raises(TransientError):
        await store.replace("house", 1, renew)
    assert await store.load("house") == saved
    assert sorted(file.name for file in folder.iterdir()) == ["house.json", "house.lock"]


async def test_a_lock_that_is_never_given_back_ends_in_a_sentence(folder, clock):
    store = FileGrantStore(folder, clock=clock)
    await store.save("house", GRANT)
    other = os.open(folder / "house.lock", os.O_RDWR)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TransientError, match="Another Pumphouse process"):
            await store.replace("house", 1, never)
        assert clock.seconds > 100
    finally:
        os.close(other)
    assert await store.forget("house")


async def test_waiting_for_the_lock_can_be_cancelled(folder):
    store, other = FileGrantStore(folder), FileGrantStore(folder)
    inside, leave = asyncio.Event(), asyncio.Event()

    async def slow(_saved):
        inside.set()
        await leave.wait()
        return GRANT

    holder = asyncio.create_task(store.replace("house", 0, slow))
    await inside.wait()
    waiting = asyncio.create_task(other.save("house", GRANT))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    leave.set()
    assert (await holder).generation == 1


async def test_a_write_once_begun_is_finished_although_cancelled(folder):
    begun, cancelled = threading.Event(), threading.Event()

    class Slow(FileGrantStore):
        def _publish(self, source):
            begun.set()
            cancelled.wait()
            super()._publish(source)

    store = Slow(folder)
    task = asyncio.create_task(store.save("house", GRANT))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await FileGrantStore(folder).load("house") == replace(GRANT, generation=1)


async def test_a_successor_left_by_a_crash_is_put_in_place(store, folder):
    await store.save("house", GRANT)
    successor = replace(GRANT, access_token="newer", generation=2)
    (folder / "house.next").write_bytes(_encode(successor))
    assert await store.replace("house", 1, never) == successor
    assert not (folder / "house.next").exists()


@pytest.mark.parametrize(
    "left", [b"\0" * 64, _encode(replace(GRANT, generation=1)), _encode(GRANT)[:50]]
)
async def test_other_leftovers_are_removed(store, folder, left):
    await store.save("house", GRANT)
    (folder / "house.next").write_bytes(left)

    async def renew(saved):
        return replace(saved, access_token="renewed")

    assert (await store.replace("house", 1, renew)).access_token == "renewed"
    assert not (folder / "house.next").exists()


async def test_a_folder_that_cannot_be_used_is_named_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    store = FileGrantStore(tmp_path / "file")
    with pytest.raises(PermanentError, match="Logins cannot be kept in"):
        await store.save("house", GRANT)


async def test_the_vendor_is_not_asked_when_there_is_no_room(folder):
    class Full(FileGrantStore):
        def _next(self, source):
            return super()._next(source) / "no" / "room"

    store = Full(folder)
    with pytest.raises(PermanentError):
        await store.replace("house", 0, never)
