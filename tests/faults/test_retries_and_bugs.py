"""What the poller does when the vendor asks for patience, and what it tells of a bug."""

import asyncio
import logging

import pytest
import stamina

from pumphouse.cli.logs import configure_logging
from pumphouse.core.errors import BadResponse, ServerFailure
from pumphouse.core.model import Site
from pumphouse.http import messages
from pumphouse.runtime.poller import Poller
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

from .cases import LISTS, VENDORS
from .conftest import visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")


def opened(tmp_path, clock):
    return open_store(tmp_path / "p.db", site=Site(), clock=clock)


async def meet_a_bug(visit, tmp_path, monkeypatch):
    """Poll a source that fails, as no plugin should, while it renews its token."""

    def lifetime(_said):
        raise ZeroDivisionError

    monkeypatch.setattr(messages, "_lifetime", lifetime)
    visit.break_next("expire_tokens", LISTS[visit.vendor])
    async with opened(tmp_path, visit.clock) as store:
        poller = Poller(visit.source, store, interval=300, clock=visit.clock)
        outcome = await poller.poll(patience=1e-9)
    assert type(outcome.error) is BadResponse
    assert "bug" in str(outcome.error)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_log_of_a_bug_shows_no_values(clouds, tmp_path, witness, monkeypatch, vendor):
    """Tokens are among the values that a renewal has at hand."""
    async with visiting(clouds, vendor, tmp_path / "grants", witness) as visit:
        await meet_a_bug(visit, tmp_path, monkeypatch)
        assert "ZeroDivisionError" in witness.everything()


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_source_that_met_a_bug_closes_quietly(
    clouds, tmp_path, witness, monkeypatch, vendor
):
    """Else the bug would end `poll` and `run` after all, with every other source."""
    configure_logging(level=logging.CRITICAL)
    async with visiting(clouds, vendor, tmp_path / "grants", witness) as visit:
        await meet_a_bug(visit, tmp_path, monkeypatch)


async def test_a_poll_ends_when_the_vendor_asks_for_more_patience_than_there_is(
    clouds, tmp_path, witness
):
    async with (
        visiting(clouds, "myuplink", tmp_path / "grants", witness) as visit,
        opened(tmp_path, visit.clock) as store,
    ):
        visit.break_next("maintenance", "/v2/systems/me", seconds=3600)
        poller = Poller(visit.source, store, interval=300, clock=visit.clock)
        async with asyncio.timeout(60):
            outcome = await poller.poll(patience=0.5)
        assert type(outcome.error) is ServerFailure
        (status,) = await store.source_statuses()
        assert (status.resumes_at - visit.clock.now()).total_seconds() > 3590


async def test_the_daemon_goes_on_when_its_status_says_so(clouds, tmp_path, witness):
    clock = FakeClock()
    stamina.set_testing(True, attempts=1)
    async with (
        visiting(clouds, "myuplink", tmp_path / "grants", witness) as visit,
        opened(tmp_path, clock) as store,
    ):
        visit.break_next("maintenance", "/v2/systems/me", seconds=3600)
        poller = Poller(visit.source, store, interval=300, clock=clock)
        task = asyncio.create_task(poller.run())
        pause = await clock.until_asleep()
        task.cancel()
        await asyncio.wait({task})
        stamina.set_testing(False)
        (status,) = await store.source_statuses()
        assert pause >= (status.resumes_at - clock.now()).total_seconds() - 1
