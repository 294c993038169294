"""The log as people see it: what lasts, what was, what it means, who has taken note."""

from dataclasses import replace

import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, EventKind, Severity
from pumphouse.runtime.alarms import log

from .making import EVER, HOUR, NOON, alarm


@pytest.fixture
async def events(store):
    """An error, a note, a past alarm, a change of mode, and an alarm of a forgotten source."""
    made = (
        alarm("note", NOON, severity=Severity.INFO, alarm_number="1"),
        alarm("error", NOON + HOUR),
        alarm("past", NOON - HOUR, ended=NOON),
        replace(alarm("mode"), kind=EventKind.MODE),
        replace(alarm("foreign"), source="gone"),
    )
    await store.append(Batch("pump", events=made))
    return {one.id: one for one in made}


async def test_what_lasts_of_the_configured_sources_comes_with_the_worst_first(store, events):
    found = await log.lasting(store, {"pump"})
    assert [one.event.id for one in found] == ["error", "note"]
    assert all(one.lasts for one in found)


async def test_the_past_is_told_newest_first_and_by_kind(store, events):
    found = await log.past(store, EVER)
    assert [one.event.id for one in found] == ["error", "note", "foreign", "past"]
    found = await log.past(store, EVER, {EventKind.MODE})
    assert [(one.event.id, one.lasts) for one in found] == [("mode", False)]


async def test_who_takes_note_first_stays_named_and_the_alarm_goes_on(store, events, clock):
    await log.acknowledge(store, ["error"], "web", clock)
    noted = clock.now()
    await clock.advance(60)
    await log.acknowledge(store, ["error"], "command line", clock)
    entry, _ = await log.lasting(store, {"pump"})
    assert entry.acknowledged is not None
    assert (entry.acknowledged.by, entry.acknowledged.time) == ("web", noted)
    document = log.entry_document(entry)
    assert document["acknowledged"] == {"time": "2026-01-15T12:00:00Z", "by": "web"}
    assert document["id"] == "error"


async def test_an_alarm_that_is_not_there_cannot_be_noted(store, events, clock):
    with pytest.raises(UsageError, match="nothing-like-this"):
        await log.acknowledge(store, ["error", "nothing-like-this"], "web", clock)
    with pytest.raises(UsageError):
        await log.acknowledge(store, ["error"], "web", clock, source="other")
    assert await store.acknowledgements() == []


async def test_what_an_alarm_means_comes_with_it(store, clock):
    told = (alarm("a"), alarm("b", rule="gap", subject="pump"))
    odd = replace(alarm("c", alarm_number="9999"), title="Something else")
    await store.append(Batch("pump", events=(*told, odd)))
    by_id = {one.event.id: one for one in await log.lasting(store, {"pump"})}
    assert by_id["a"].meaning is not None
    assert "flow" in by_id["a"].meaning.meaning
    assert by_id["b"].meaning is not None
    assert by_id["c"].meaning is None
    assert log.entry_document(by_id["c"])["steps"] == []
