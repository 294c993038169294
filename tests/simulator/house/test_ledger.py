import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house.meters import Ledger, Totals

WIDTH = len(Totals._fields)
BEGIN = 60 * 1000
MINUTES = 50 * 1440


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Fifty days in which minute n adds n to every total."""
    ledger = Ledger(BEGIN, Totals(*(0.0,) * WIDTH))
    total = 0.0
    for minute in range(MINUTES):
        total += minute
        ledger.append((total,) * WIDTH)
    return ledger


def expected(start: int, end: int) -> float:
    return sum(range(start, end))


@given(data=st.data())
def test_recent_minutes_are_exact(ledger, data):
    start = data.draw(st.integers(MINUTES - 40 * 1440, MINUTES))
    end = data.draw(st.integers(start, MINUTES))
    totals = ledger.between(BEGIN + start, BEGIN + end)
    assert set(totals) == {float(expected(start, end))}


@given(data=st.data())
def test_old_full_hours_are_exact(ledger, data):
    start = 60 * data.draw(st.integers(0, 9 * 24))
    end = start + 60 * data.draw(st.integers(0, 5 * 24))
    assert ledger.between(BEGIN + start, BEGIN + end).electricity == expected(start, end)


def test_old_minutes_share_their_hour_evenly(ledger):
    half = ledger.between(BEGIN, BEGIN + 30).electricity
    assert half == pytest.approx(expected(0, 60) / 2)


def test_what_is_unknown_adds_nothing(ledger):
    everything = ledger.between(BEGIN, BEGIN + MINUTES)
    assert ledger.between(0, 10**9) == everything
    assert set(ledger.between(0, 10)) == {0.0}


def test_memory_is_bounded(ledger):
    assert len(ledger._minutes) // WIDTH <= 42 * 1440 + 61
