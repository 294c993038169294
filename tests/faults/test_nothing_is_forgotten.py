"""The tests of faults themselves: no method and no kind is left out, and a leak would be found."""

import inspect

import pytest

from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.oauth.policy import CLIENT_SECRET

from .cases import APIS, CASES, OUTCOMES, RENEWALS, VENDORS
from .leaks import SHORTEST_FOUND, leaked


@pytest.mark.parametrize("outcomes", [OUTCOMES, RENEWALS], ids=["api", "token"])
def test_every_kind_of_fault_has_its_outcome(outcomes):
    assert set(outcomes) == set(FaultKind)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_method_of_an_api_has_its_case(vendor):
    methods = {
        name
        for name, _ in inspect.getmembers(APIS[vendor], inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert {case.name for case in CASES if case.vendor == vendor} == methods


@pytest.mark.parametrize(
    "said",
    [
        f"the secret is {CLIENT_SECRET}.",
        "client_secret=pH0u%2BSe%2FdEm0q7V%2Bsimu",
        f"…{CLIENT_SECRET[5 : 5 + SHORTEST_FOUND]}…",
    ],
    ids=["whole", "encoded", "in part"],
)
def test_a_leak_is_found(said):
    assert leaked(said, [CLIENT_SECRET])
    assert not leaked(said, ["another secret that is long enough"])
