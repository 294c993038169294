"""What the house says of itself: polls, failures, rate budget, deliveries, size of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pumphouse.core.ports import (
    SinkState,
    SinkStatus,
    SourceState,
    SourceStatus,
    StoreFigures,
)
from pumphouse.sinks.prometheus.families import Families
from pumphouse.sinks.prometheus.naming import state_of

__all__ = ["HouseFigures", "add_figures"]


@dataclass(frozen=True, slots=True)
class HouseFigures:
    """All that is asked of the house when it is scraped.

    Attributes:
        failures: by source and by name of the error, how many reads failed since the start.
        writable: whether the store takes what is written; None where nobody has tried.
        free_bytes: room on the store's disk; None where that cannot be found out.
    """

    version: str
    sources: Sequence[SourceStatus] = ()
    sinks: Sequence[SinkStatus] = ()
    store: StoreFigures | None = None
    failures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    writable: bool | None = None
    free_bytes: float | None = None


def add_figures(families: Families, figures: HouseFigures) -> None:
    """Add the families `pumphouse_…`."""
    families.gauge(
        "pumphouse_build_info", "Which Pumphouse this is.", {"version": figures.version}, 1.0
    )
    for status in figures.sources:
        _add_source(families, status)
    for source, by_error in figures.failures.items():
        for error, count in by_error.items():
            families.counter(
                "pumphouse_source_errors_total",
                "Failed reads since the start, also those tried again at once, by kind of error.",
                {"source": source, "error": error},
                count,
            )
    for sink in figures.sinks:
        _add_sink(families, sink)
    if figures.store is not None:
        _add_store(families, figures.store)
    if figures.writable is not None:
        families.gauge(
            "pumphouse_store_writable",
            "Whether the store takes what is written: 0 on a full disk.",
            {},
            float(figures.writable),
        )
    if figures.free_bytes is not None:
        families.gauge(
            "pumphouse_store_free_bytes", "Room on the store's disk.", {}, figures.free_bytes
        )


def _add_source(families: Families, status: SourceStatus) -> None:
    labels = {"source": status.source}
    families.states(
        "pumphouse_source_state",
        "What a source is doing: 1 for the state it is in.",
        labels,
        {state_of(state.value): state is status.state for state in SourceState},
    )
    for name, meaning, count in (
        ("polls", "Polls since the store was made.", status.polls),
        ("poll_failures", "Polls that failed, since the store was made.", status.failures),
        ("requests", "Requests sent with its credential since the start.", status.requests),
    ):
        families.counter(f"pumphouse_source_{name}_total", meaning, labels, count)
    families.gauge(
        "pumphouse_source_poll_interval_seconds", "Time between two polls.", labels, status.interval
    )
    if status.rate_remaining is not None:
        families.gauge(
            "pumphouse_source_requests_remaining",
            "Requests that the vendor still allows now.",
            labels,
            status.rate_remaining,
        )
    if status.last_success is not None:
        families.gauge(
            "pumphouse_source_last_success_timestamp_seconds",
            "When the source was last read without an error.",
            labels,
            status.last_success.timestamp(),
        )


def _add_sink(families: Families, status: SinkStatus) -> None:
    labels = {"sink": status.sink}
    families.states(
        "pumphouse_sink_state",
        "What a sink is doing: 1 for the state it is in.",
        labels,
        {state.value: state is status.state for state in SinkState},
    )
    families.gauge(
        "pumphouse_sink_lag_readings", "Readings that still have to be sent.", labels, status.lag
    )
    for name, meaning, count in (
        ("delivered", "Readings that were taken.", status.delivered),
        ("rejected", "Readings that were refused for good.", status.rejected),
    ):
        families.counter(f"pumphouse_sink_{name}_total", meaning, labels, count)
    if status.last_success is not None:
        families.gauge(
            "pumphouse_sink_last_success_timestamp_seconds",
            "When something was delivered without an error.",
            labels,
            status.last_success.timestamp(),
        )


def _add_store(families: Families, store: StoreFigures) -> None:
    for name, meaning, value in (
        ("size_bytes", "Size of the store.", store.bytes),
        ("readings", "Readings in the store.", store.readings),
        ("points", "Points in the store.", store.points),
    ):
        families.gauge(f"pumphouse_store_{name}", meaning, {}, value)
