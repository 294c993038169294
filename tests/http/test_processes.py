"""One refresh for many processes, and a usable grant after a crash at any instant."""

import asyncio
import json
import random
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lifetimes import Lifetimes

from pumphouse.core.grant import Grant
from pumphouse.http.grants import FileGrantStore

KILLS = 50
CRASH_POINTS = [
    "before the request",
    "after the reply",
    "before the rename",
    "after the rename",
    "before first use",
]


class Refresher:
    """Runs jobs in processes that share one grant."""

    def __init__(self, process, vendor, registration, folder):
        self._process = process
        self._vendor = vendor
        self._job = {
            "url": vendor.url,
            "folder": str(folder),
            "registration": {
                name: value for name, value in asdict(registration).items() if name != "dispensable"
            },
            "requests": 1,
        }
        self.folder = folder
        self.output = ""

    async def run(self, **changes):
        self._process.stdin.write(json.dumps(self._job | changes).encode() + b"\n")
        line = (await self._process.stdout.readline()).decode()
        self.output += line
        return json.loads(line)

    async def log_in(self):
        access, refresh = self._vendor.consent()
        ends = datetime.now(UTC) + timedelta(hours=1)
        scope = frozenset({"READSYSTEM"})
        grant = Grant(access, "authorization_code", scope, ends, refresh)
        await FileGrantStore(self.folder).save("house", grant)

    def saved(self):
        return json.loads((self.folder / "house.json").read_bytes())


@pytest.fixture
async def refresher(vendor, registration, tmp_path):
    program = str(Path(__file__).with_name("refresher.py"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    logs = asyncio.create_task(process.stderr.read())
    refresher = Refresher(process, vendor, replace(registration, pkce=False), tmp_path / "grants")
    await refresher.log_in()
    yield refresher
    process.stdin.close()
    await process.wait()
    shown = refresher.output + (await logs).decode()
    assert "Traceback" not in shown
    assert not vendor.leaked(shown)


@pytest.mark.parametrize("expired", ["for the vendor", "for us too"])
@pytest.mark.parametrize("policy", ["honour", "revoke"])
async def test_twenty_requests_in_each_of_three_processes_refresh_once(
    refresher, vendor, policy, expired
):
    vendor.policy = policy
    vendor.latency = 0.02
    vendor.expire_tokens()
    if expired == "for us too":
        store = FileGrantStore(refresher.folder)
        past = datetime.now(UTC) - timedelta(hours=1)
        grant = await store.load("house")
        assert grant is not None
        await store.save("house", replace(grant, expires_at=past))
    found = await refresher.run(requests=20, processes=3)
    assert [answer["done"] for answer in found["processes"]] == [20, 20, 20], found
    assert vendor.refreshes == 1


async def kill_at_random_instants(refresher, vendor, check):
    """Kill refreshes at instants spread over their whole length; `check` each next answer."""
    vendor.latency = 0.002
    vendor.expire_tokens()
    length = (await refresher.run())["seconds"]
    vendor.token_latency = length  # so that many are killed while they wait for the answer
    lives = Lifetimes(2 * length, random.Random(3))
    killed = asked_but_not_saved = 0
    for _ in range(4 * KILLS):
        vendor.expire_tokens()
        refreshes, generation = vendor.refreshes, refresher.saved()["generation"]
        found = await refresher.run(kill_after=lives.secs())
        died = found["processes"][0]["status"] == -9
        lives.learn(over=not died)
        killed += died
        saved = refresher.saved()  # always a whole file
        asked_but_not_saved += (
            died and vendor.refreshes > refreshes and saved["generation"] == generation
        )
        refreshes = vendor.refreshes
        answer = (await refresher.run())["processes"][0]
        assert vendor.refreshes - refreshes <= 1
        await check(answer)
        if killed == KILLS:
            break
    assert killed == KILLS
    assert asked_but_not_saved > 0


async def test_after_a_kill_at_any_instant_the_grant_works_with_an_honouring_vendor(
    refresher, vendor
):
    async def check(answer):
        assert answer == {"done": 1, "errors": [], "status": 0}

    await kill_at_random_instants(refresher, vendor, check)


async def test_after_a_kill_at_any_instant_a_revoking_vendor_costs_at_worst_one_login(
    refresher, vendor
):
    vendor.policy = "revoke"
    logins = 0

    async def check(answer):
        nonlocal logins
        if answer["errors"]:
            logins += 1
            ((kind, sentence),) = answer["errors"]
            assert kind == "LoginRequired"
            assert "`pumphouse login house`" in sentence
            await refresher.log_in()
            answer = (await refresher.run())["processes"][0]
        assert answer["done"] == 1

    await kill_at_random_instants(refresher, vendor, check)
    assert 0 < logins < KILLS


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_crash_at_each_point_leaves_a_grant_that_an_honouring_vendor_takes(
    refresher, vendor, point
):
    vendor.expire_tokens()
    assert (await refresher.run(crash=point))["processes"][0]["status"] == -9
    assert (await refresher.run())["processes"][0]["done"] == 1


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_only_a_crash_between_reply_and_disk_costs_a_login_with_a_revoking_vendor(
    refresher, vendor, point
):
    vendor.policy = "revoke"
    vendor.expire_tokens()
    await refresher.run(crash=point)
    answers = [(await refresher.run(requests=5))["processes"][0] for _ in range(2)]
    if point == "after the reply":
        kinds = {kind for answer in answers for kind, _sentence in answer["errors"]}
        assert kinds == {"LoginRequired"}
        assert vendor.refreshes == 3  # one lost, and one try of each later process
    else:
        assert [answer["done"] for answer in answers] == [5, 5]
        assert vendor.refreshes == 1 if point != "before the request" else 2
