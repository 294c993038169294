"""Every kind of fault at every endpoint: its error, few requests, recovery, and no secret."""

import pytest
from starlette.routing import Route

from pumphouse.core.errors import LoginRequired, ServerFailure, TransientError
from pumphouse.simulator.accounts import live
from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.guard import Guard
from pumphouse.simulator.myuplink.cloud import MyUplinkCloud
from pumphouse.simulator.nibe_uplink.cloud import NibeUplinkCloud

from .cases import CASES, NOT_ASKED, VENDORS, outcome_of
from .conftest import failure_of, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITES = [case for case in CASES if case.verb != "GET"]


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_ends_in_its_error_and_is_over_with_it(clouds, tmp_path, witness, case, kind):
    outcome = outcome_of(case, kind)
    async with visiting(clouds, case.vendor, tmp_path, witness) as visit:
        visit.break_next(kind, case.path, seconds=outcome.seconds)
        failure = await failure_of(case.call(visit.api))
        witness.hear(failure)

        assert (type(failure) if failure else None) is outcome.error
        assert visit.count(case.verb, case.path) == outcome.asked
        assert visit.renewals() == outcome.renewals
        assert len(visit.asked()) == outcome.asked + outcome.renewals
        assert clouds.faults.pending == ()

        if kind is FaultKind.REVOKE_GRANTS:
            await _needs_one_login(visit, witness)
        elif failure is not None:
            await visit.wait_as_told(failure)
        visit.begin()
        await case.call(visit.api)
        assert visit.asked() == [(case.verb, case.path)]


async def _needs_one_login(visit, witness):
    """However often it is tried, the vendor's token endpoint is asked once."""
    for _ in range(2):
        refused = await failure_of(visit.probe)
        witness.hear(refused)
        assert type(refused) is LoginRequired
        assert "pumphouse login house" in str(refused)
    assert visit.renewals() == 1
    await visit.log_in()


@pytest.mark.parametrize("case", WRITES, ids=str)
async def test_a_write_that_is_refused_again_after_a_renewal_is_given_up(
    clouds, tmp_path, witness, case
):
    async with visiting(clouds, case.vendor, tmp_path, witness) as visit:
        visit.break_next("unauthorized", case.path, count=3)
        failure = await failure_of(case.call(visit.api))
        witness.hear(failure)
        assert type(failure) is LoginRequired
        assert (visit.count(case.verb, case.path), visit.renewals()) == (2, 1)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_gateway_that_gives_up_first_is_a_failure_of_the_server(
    clouds, tmp_path, witness, vendor
):
    async with visiting(clouds, vendor, tmp_path, witness) as visit:
        visit.break_next("timeout", None, seconds=0.01)
        assert type(await failure_of(visit.probe)) is ServerFailure


@pytest.mark.parametrize(
    ("vendor", "kind", "seconds", "least"),
    [
        ("nibe_uplink", "rate_limit", None, 4.0),
        ("myuplink", "rate_limit", 7, 7.0),
        ("nibe_uplink", "maintenance", 90, 90.0),
        ("myuplink", "maintenance", 90, 90.0),
    ],
)
async def test_an_error_says_how_long_the_vendor_wants_to_be_left_alone(
    clouds, tmp_path, witness, vendor, kind, seconds, least
):
    async with visiting(clouds, vendor, tmp_path, witness) as visit:
        visit.break_next(kind, None, seconds=seconds)
        failure = await failure_of(visit.probe)
        assert isinstance(failure, TransientError)
        assert failure.retry_after is not None
        assert least <= failure.retry_after < 1.5 * least + 1


class _Routes(Guard):
    """Stands in for the guard, to list a cloud's endpoints."""

    def __init__(self):
        pass

    def route(self, method, path, scope, handler):
        return Route(path, handler, methods=[method])


async def test_every_endpoint_of_the_clouds_has_its_case(clouds):
    account = live(clouds.house, clouds.house_clock, seed=1)
    served: dict[str, NibeUplinkCloud | MyUplinkCloud] = {
        "nibe_uplink": NibeUplinkCloud(account.installations, clouds.house_clock),
        "myuplink": MyUplinkCloud(account.homes, clouds.house_clock),
    }
    left = [
        route.path
        for vendor, cloud in served.items()
        for route in cloud.routes(_Routes())
        if not any(
            case.vendor == vendor
            and case.verb in (route.methods or ())
            and route.path_regex.fullmatch(case.path)
            for case in CASES
        )
    ]
    assert [path for path in left if not any(word in path for word in NOT_ASKED)] == []
