"""NIBE Uplink's error numbers, and who has to act."""

import pytest

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    RateLimited,
    RequestRefused,
    ServerFailure,
    ServiceClosed,
    TransientError,
    Unreachable,
)
from pumphouse.http.problems import Failure
from pumphouse.sources.nibe_uplink.problems import explain, explaining_silence


def failure(code: int, status: int = 400, *details: str) -> Failure:
    body = {
        "httpStatusCode": status, "errorCode": code, "timestamp": "2023-01-01T00:00:00Z",
        "details": list(details), "data": None,
    }  # fmt: skip
    return Failure(status, body, {})


@pytest.mark.parametrize(
    ("given", "kind", "word"),
    [
        (failure(28), RateLimited, "4 seconds"),
        (failure(28, 429), RateLimited, "4 seconds"),
        (failure(1, 400, "Error 28: slow"), RateLimited, "4 seconds"),
        (failure(26), TransientError, "offline"),
        (failure(11), AccessDenied, "access level"),
        (failure(12, 404), AccessDenied, "Premium"),
        (failure(1, 400, "Error 14:  47041"), RequestRefused, "error 14"),
        (failure(1, 400, "Error 15: Value out of range 47398"), RequestRefused, "220"),
        (failure(16), RequestRefused, "cannot be set"),
        (failure(2, 404), RequestRefused, "does not know this system"),
        (failure(1, 400, "Error -2:  47011"), RequestRefused, "this value already"),
    ],
)
def test_a_number_says_who_has_to_act(given, kind, word):
    error = explain(given)
    assert type(error) is kind
    assert word in str(error)


def test_a_refusal_carries_the_inner_number():
    error = explain(failure(1, 400, "something", "Error 15: Value out of range 47398"))
    assert isinstance(error, RequestRefused)
    assert error.code == 15


@pytest.mark.parametrize(
    "given",
    [
        failure(0, 500),
        failure(99),
        failure(19, 401),
        failure(0, 400, "no number"),
        Failure(400, None, {}),
        Failure(502, "html", {}),
        Failure(400, {"errorCode": None}, {}),
    ],
)
def test_what_says_nothing_more_is_left_to_the_status(given):
    assert explain(given) is None


@pytest.mark.parametrize("code", range(-2, 33))
def test_details_are_never_repeated(code):
    error = explain(failure(code, 400, "12 Private Street"))
    assert "Private" not in str(error)


@pytest.mark.parametrize("problem", [Unreachable("no answer"), BadResponse("a parking page")])
def test_silence_of_the_vendors_own_host_says_that_it_closed(problem):
    closed = pytest.raises(ServiceClosed, match=r"closed by NIBE in autumn 2024.*myuplink")
    with closed, explaining_silence(vendors_own_host=True):
        raise problem
    with pytest.raises(type(problem)), explaining_silence(vendors_own_host=False):
        raise problem


def test_a_failure_that_is_an_answer_stays_what_it_is():
    with pytest.raises(ServerFailure), explaining_silence(vendors_own_host=True):
        raise ServerFailure("maintenance")
