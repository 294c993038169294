"""What the page of the sources says about one source, one sink and the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import (
    DeadLetter,
    Gap,
    SinkState,
    SinkStatus,
    SourceState,
    SourceStatus,
    StoreFigures,
)
from pumphouse.web.pages.sources import SourceCard, sink_card, source_card, store_card

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
STATUS = SourceStatus(
    "house", SourceState.OK, since=NOW, last_success=NOW, interval=300, rate_remaining=12, polls=9
)


def card(status: SourceStatus = STATUS, gaps=()) -> SourceCard:
    return source_card("house", "myuplink", status, gaps, NOW, connectable=True, connected=True)


def test_a_source_that_answers_needs_no_advice():
    good = card()
    assert (good.tone, good.state, good.error, good.advice) == ("good", "ok", None, "")
    assert (good.interval, good.remaining) == ("5 min", 12)


@pytest.mark.parametrize(
    ("state", "tone", "words"),
    [
        (SourceState.OK, "good", "nothing to do"),
        (SourceState.RETRYING, "warn", "nothing to do"),
        (SourceState.LOGIN_REQUIRED, "bad", "Connect the account"),
        (SourceState.STOPPED, "bad", "start Pumphouse again"),
    ],
)
def test_an_error_comes_with_what_to_do(state, tone, words):
    bad = card(replace(STATUS, state=state, last_error="it went wrong"))
    assert (bad.tone, bad.error) == (tone, "it went wrong")
    assert words in bad.advice


def test_a_source_that_was_never_asked_shows_no_interval():
    new = card(SourceStatus("house", SourceState.NEW, since=NOW))
    assert (new.tone, new.interval, new.remaining) == ("idle", "", None)


def test_a_gap_has_a_length_and_an_open_one_grows():
    closed = Gap("house", NOW - timedelta(hours=5), NOW - timedelta(hours=2), "429", "import")
    still = Gap("house", NOW - timedelta(minutes=40), None, "no answer")
    first, second = card(gaps=[still, closed]).gaps
    assert (first.length, first.open, first.filled_by) == ("40 min", True, None)
    assert (second.length, second.open, second.filled_by) == ("3 h", False, "import")


def test_only_so_many_gaps_are_shown():
    many = [Gap("house", NOW - timedelta(hours=n), NOW, "x") for n in range(1, 50)]
    assert len(card(gaps=many).gaps) == 20


def test_a_sink_shows_its_lag_and_what_it_refused():
    status = SinkStatus(
        "influx",
        SinkState.RETRYING,
        since=NOW,
        lag=120,
        delivered=5000,
        dropped=15,
        rejected=15,
        last_error="no answer",
    )
    letters = [
        DeadLetter("influx", Reading(PointKey("house", "pump", str(n)), NOW, 1.0), "type", NOW)
        for n in range(15)
    ]
    shown = sink_card("influxdb", status, letters)
    assert (shown.tone, shown.lag, shown.delivered, shown.rejected) == ("warn", 120, 5000, 15)
    assert len(shown.letters) == 10
    assert (shown.letters[0].point, shown.letters[0].reason) == ("0", "type")


@pytest.mark.parametrize(
    ("state", "tone"),
    [(SinkState.NEW, "idle"), (SinkState.OK, "good"), (SinkState.STOPPED, "bad")],
)
def test_the_tone_of_a_sink_follows_its_state(state, tone):
    assert sink_card("mqtt", SinkStatus("broker", state, since=NOW), []).tone == tone


def test_the_store_tells_its_size_and_not_where_it_is():
    shown = store_card(StoreFigures("/home/somebody/house.db", 19_075_072, 708_866, 144))
    assert (shown.size, shown.readings, shown.points) == ("19.1 MB", 708_866, 144)
    assert "somebody" not in repr(shown)
