"""Faults in the middle of a whole read: what came is kept, and the books are right."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stamina

from pumphouse.core.errors import LoginRequired, RateLimited
from pumphouse.core.model import EventKind, Interval, Site
from pumphouse.core.ports import SourceState
from pumphouse.runtime.poller import Poller
from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.stores.sqlite import open_store

from .cases import LISTS, OUTCOMES, PASSING, VENDORS
from .conftest import failure_of, visiting

RECORDINGS = Path(__file__).parents[1] / "recordings"
EVER = Interval(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
INTERVAL = 300.0
#: two pumps at each vendor, in the order in which they are read
RECORDED = {
    "nibe_uplink": ("F1255-6-R-PC", "F370-CU-3x400V"),
    "myuplink": ("two-F730-in-one-system",),
}
PUMPS = {
    "nibe_uplink": ("400959", "401096"),
    "myuplink": (
        "emmy-r-202026-20240303-06615599000102-aa-bb-cc-dd-ee-02",
        "emmy-r-203039-20240404-06615599000103-aa-bb-cc-dd-ee-03",
    ),
}
UNNOTICED = (FaultKind.UNAUTHORIZED, FaultKind.EXPIRE_TOKENS)


def values_of(vendor, pump):
    """The address that a pump's values come from."""
    if vendor == "myuplink":
        return f"/v2/devices/{pump}/points"
    return f"/api/v1/systems/{pump}/serviceinfo/categories"


@pytest.fixture
async def recorded(tmp_path):
    folder = tmp_path / "recordings"
    for vendor, names in RECORDED.items():
        (folder / vendor).mkdir(parents=True)
        for name in names:
            shutil.copy(RECORDINGS / vendor / f"{name}.json", folder / vendor)
    options = SimulatorOptions(auto_consent=True, limited=False, recordings=folder)
    async with Simulator(options) as simulator:
        yield simulator


@pytest.fixture
def visit_of(recorded, tmp_path, witness):
    return lambda vendor: visiting(recorded, vendor, tmp_path / "grants", witness)


@pytest.fixture(autouse=True)
def _one_attempt():
    """A poll tries once, and nothing waits really."""
    stamina.set_testing(True, attempts=1)
    yield
    stamina.set_testing(False)


class Keeping:
    """A visit whose source is polled into a store."""

    def __init__(self, visit, store, witness):
        self.visit, self.store, self._witness = visit, store, witness
        self._poller = Poller(visit.source, store, interval=INTERVAL, clock=visit.clock)

    async def poll(self):
        outcome = await self._poller.poll(patience=1)
        self._witness.hear(outcome, outcome.error, await self.status())
        return outcome

    async def status(self):
        (status,) = await self.store.source_statuses()
        return status


@pytest.fixture
def keeping(tmp_path, witness):
    """Opens a store for a visit."""

    class Opening:
        def __init__(self, visit):
            self._visit = visit
            self._path = tmp_path / "p.db"
            self._store = open_store(self._path, site=Site(), clock=visit.clock)

        async def __aenter__(self):
            return Keeping(self._visit, await self._store.__aenter__(), witness)

        async def __aexit__(self, *error):
            await self._store.__aexit__(*error)
            for path in self._path.parent.glob("p.db*"):
                witness.hear(path.read_bytes().decode("latin-1"))

    return Opening


def devices_of(batch):
    return sorted({reading.key.device for reading in batch.readings})


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_fault_at_the_second_pump_costs_that_pump(visit_of, keeping, vendor, kind):
    first, second = PUMPS[vendor]
    async with visit_of(vendor) as visit, keeping(visit) as kept:
        visit.break_next(kind, values_of(vendor, second), seconds=OUTCOMES[kind].seconds)
        outcome = await kept.poll()
        status = await kept.status()

        if kind is FaultKind.REVOKE_GRANTS:
            assert type(outcome.error) is LoginRequired
            assert status.state is SourceState.LOGIN_REQUIRED
            await visit.log_in()
        else:
            assert outcome.error is None
            assert outcome.stored == len(outcome.batch.readings) > 0
            assert status.state is SourceState.OK
            whole = kind in UNNOTICED
            assert devices_of(outcome.batch) == sorted(PUMPS[vendor] if whole else [first])
            assert (status.last_error is None) == whole
            assert status.last_error == ("; ".join(outcome.batch.problems) or None)

        await visit.clock.advance(INTERVAL)
        outcome = await kept.poll()
        assert devices_of(outcome.batch) == sorted(PUMPS[vendor])
        status = await kept.status()
        assert (status.state, status.last_error) == (SourceState.OK, None)
        assert await kept.store.gaps() == []
        assert visit.simulator.faults.pending == ()


@pytest.mark.parametrize("vendor", VENDORS)
async def test_after_a_refusal_for_the_rate_nothing_more_is_asked(visit_of, vendor):
    """What came before is kept; of an account's first pump nothing has."""
    first, second = PUMPS[vendor]
    async with visit_of(vendor) as visit:
        visit.break_next("rate_limit", values_of(vendor, first))
        assert type(await failure_of(visit.source.read())) is RateLimited
        assert visit.asked()[-1] == ("GET", values_of(vendor, first))
        assert visit.count("GET", values_of(vendor, second)) == 0


@pytest.mark.parametrize("kind", [*PASSING, *UNNOTICED])
async def test_a_fault_at_the_settings_costs_the_settings(visit_of, kind):
    """They are asked for by id, after the values of the main unit."""
    pump = PUMPS["nibe_uplink"][1]
    async with visit_of("nibe_uplink") as visit:
        whole = len((await visit.source.read()).readings)
        path = f"/api/v1/systems/{pump}/parameters"
        visit.break_next(kind, path, seconds=OUTCOMES[kind].seconds)
        batch = await visit.source.read()
        assert devices_of(batch) == sorted(PUMPS["nibe_uplink"])
        if kind in UNNOTICED:
            assert (len(batch.readings), batch.problems) == (whole, ())
        else:
            assert len(batch.readings) < whole
            (problem,) = batch.problems
            assert "settings" in problem


FAILING = [(kind, OUTCOMES[kind].error) for kind in (*PASSING, FaultKind.REVOKE_GRANTS)]


@pytest.mark.parametrize(("kind", "error"), FAILING)
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_lasting_fault_opens_a_gap_that_ends_with_it(
    visit_of, keeping, vendor, kind, error
):
    async with visit_of(vendor) as visit, keeping(visit) as kept:
        began = visit.clock.now()
        assert (await kept.poll()).error is None
        visit.break_next(kind, LISTS[vendor], count=99, seconds=OUTCOMES[kind].seconds)
        visit.begin()
        for polls in range(1, 5):
            await visit.clock.advance(INTERVAL)
            outcome = await kept.poll()
            assert type(outcome.error) is error
            assert visit.count("GET", LISTS[vendor]) == (1 if error is LoginRequired else polls)
        status = await kept.status()
        lost = error is LoginRequired
        assert status.state is (SourceState.LOGIN_REQUIRED if lost else SourceState.RETRYING)
        assert status.last_error == str(outcome.error)
        assert status.failures == 4
        assert status.resumes_at > visit.clock.now()
        (gap,) = await kept.store.gaps()
        assert (gap.start, gap.end) == (began, None)
        assert gap.cause

        visit.simulator.faults.clear()
        if lost:
            await visit.log_in()
        await visit.clock.advance(INTERVAL)
        outcome = await kept.poll()
        assert (outcome.error, devices_of(outcome.batch)) == (None, sorted(PUMPS[vendor]))
        (gap,) = await kept.store.gaps()
        assert gap.end == visit.clock.now()
        status = await kept.status()
        assert (status.state, status.last_error) == (SourceState.OK, None)
        titles = [event.kind for event in await kept.store.events(EVER)]
        assert titles == [EventKind.SOURCE, EventKind.SOURCE]


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize("vendor", VENDORS)
async def test_half_a_recording_is_none(visit_of, witness, vendor, kind):
    async with visit_of(vendor) as visit:
        pump = PUMPS[vendor][-1 if vendor == "myuplink" else 0]
        visit.break_next(kind, values_of(vendor, pump), seconds=OUTCOMES[kind].seconds)
        failure = await failure_of(visit.source.record())
        witness.hear(failure)
        assert (type(failure) if failure else None) is OUTCOMES[kind].error


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize("vendor", VENDORS)
async def test_notifications_that_cannot_be_read_are_not_taken_for_none(
    visit_of, witness, vendor, kind
):
    async with visit_of(vendor) as visit:
        visit.break_next(kind, "*/notifications", seconds=OUTCOMES[kind].seconds)
        failure = await failure_of(visit.source.notifications())
        witness.hear(failure)
        assert (type(failure) if failure else None) is OUTCOMES[kind].error
        if kind is FaultKind.REVOKE_GRANTS:
            await visit.log_in()
        elif failure is not None:
            await visit.wait_as_told(failure)
        assert list((await visit.source.notifications()).events) == []
