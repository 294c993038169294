"""Whose books are shown: of every configured source, and of listening where there are any."""

from datetime import UTC, datetime

from pumphouse.core.ports import SourceState, SourceStatus
from pumphouse.runtime.ledger import books_of, listening

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def noted(*names: str) -> list[SourceStatus]:
    return [SourceStatus(name, SourceState.OK, since=NOW) for name in names]


def test_what_was_never_at_work_is_there_too():
    assert books_of(["bus", "tibber"], noted("bus")) == {"bus": noted("bus")[0], "tibber": None}


def test_listening_stands_behind_the_source_that_is_polled_too():
    statuses = noted(listening("tibber"), "radio", "tibber")
    assert list(books_of(["radio", "tibber", "zone"], statuses)) == [
        "radio",
        "tibber",
        "tibber live",
        "zone",
    ]


def test_what_is_configured_no_more_is_not_shown():
    assert books_of(["bus"], noted("bus", "tibber", listening("tibber"))).keys() == {"bus"}
