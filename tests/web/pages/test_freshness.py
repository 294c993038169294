"""Which values may be shown as what is so now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import Device, PointKey, Reading
from pumphouse.core.ports import SourceState, SourceStatus
from pumphouse.web.pages.freshness import DEVICE_FROZEN, Contact, judge

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PUMP = Device("house", "pump", "Pump", connected=True)
STATUS = SourceStatus(
    "house", SourceState.OK, since=NOW - timedelta(days=1), last_success=NOW, interval=300
)


def reading(point: str, age: timedelta = timedelta()) -> Reading:
    return Reading(PointKey("house", "pump", point), NOW - age, 1.0)


def test_values_of_a_source_that_answers_are_good_however_old_they_are():
    old = reading("47137", timedelta(days=30))
    fresh = judge(PUMP, STATUS, [old, reading("40004"), reading("x", timedelta(minutes=7))], NOW)
    assert fresh.contact is Contact.GOOD
    assert fresh.newest == NOW
    assert not fresh.stale(old.key)


@pytest.mark.parametrize(
    ("silence", "contact"),
    [(timedelta(minutes=15), Contact.GOOD), (timedelta(minutes=16), Contact.SILENT)],
)
def test_a_source_is_silent_after_three_intervals(silence, contact):
    status = replace(STATUS, last_success=NOW - silence)
    assert judge(PUMP, status, [reading("1")], NOW).contact is contact


def test_one_lost_answer_of_a_quick_source_is_no_silence():
    status = replace(STATUS, interval=10, last_success=NOW - timedelta(minutes=4))
    assert judge(PUMP, status, [reading("1")], NOW).contact is Contact.GOOD


@pytest.mark.parametrize("status", [None, replace(STATUS, last_success=None)])
def test_a_source_that_never_answered_vouches_for_nothing(status):
    fresh = judge(PUMP, status, [reading("1")], NOW)
    assert fresh.contact is Contact.SILENT
    assert fresh.stale(reading("1").key)


def test_a_device_without_contact_to_its_cloud_has_old_values():
    lost = replace(PUMP, connected=False)
    assert judge(lost, STATUS, [reading("1")], NOW).contact is Contact.DISCONNECTED


def test_a_device_that_says_nothing_new_for_long_is_frozen():
    age = DEVICE_FROZEN + timedelta(seconds=1)
    assert judge(PUMP, STATUS, [reading("1", age)], NOW).contact is Contact.FROZEN
    assert judge(PUMP, STATUS, [], NOW).contact is Contact.FROZEN


def test_a_reading_from_the_future_does_not_make_a_device_fresh():
    ahead = reading("1", -timedelta(hours=3))
    assert judge(PUMP, STATUS, [ahead], NOW).contact is Contact.FROZEN


def test_where_all_values_are_stamped_alike_one_that_is_left_behind_is_stale():
    alike = [reading(str(n)) for n in range(5)]
    behind = reading("43115", timedelta(hours=1))
    fresh = judge(PUMP, STATUS, [*alike, behind], NOW)
    assert fresh.stale(behind.key)
    assert not fresh.stale(alike[0].key)


def test_where_values_are_stamped_when_they_change_none_is_left_behind():
    spread = [reading(str(n), timedelta(minutes=20 * n)) for n in range(6)]
    fresh = judge(PUMP, STATUS, spread, NOW)
    assert not any(fresh.stale(one.key) for one in spread)
