"""The live sink behind `/metrics`: keeps the newest news, and renders them when it is scraped.

Stale values disappear. What makes a value stale is that nobody vouches for it any more, not its own
age: myUplink gives every reading the time of its last *change*, so a set point of last month is as
good as new while the cloud answers and has contact with the pump. Values are therefore shown while

- the source answers,
- its last success is not older than a few of its intervals, in case nobody noticed that it stopped,
- the vendor does not say that it has lost contact with the device.

`heatpump_last_sample_timestamp_seconds` and `heatpump_source_up` stay, and tell why.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final, Self

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pumphouse.catalogue.catalogue import Catalogue, load_catalogue
from pumphouse.core.ports import Clock, News, SourceStatus
from pumphouse.sinks.prometheus.families import Families
from pumphouse.sinks.prometheus.figures import HouseFigures, add_figures
from pumphouse.sinks.prometheus.readings import Fresh, add_readings

__all__ = ["CONTENT_TYPE", "STALE_AFTER_INTERVALS", "PrometheusExposition"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The text format that every Prometheus, and all that came after it, can read."""

STALE_AFTER_INTERVALS: Final = 3
"""A source that was last read this many of its intervals ago vouches for nothing any more."""

_NOTHING: Final = News((), {}, {}, frozenset(), {})


class PrometheusExposition:
    """A `LiveSink` that nobody is sent to: it waits to be asked.

    Args:
        clock: tells how long ago a source was last read.
        catalogue: names the metrics.
    """

    def __init__(self, clock: Clock, catalogue: Catalogue | None = None) -> None:
        self._clock = clock
        self._page = _Page(catalogue or load_catalogue())
        self._registry = CollectorRegistry()
        self._registry.register(self._page)
        ProcessCollector(registry=self._registry)

    @property
    def name(self) -> str:
        """The name it goes by beside the configured sinks."""
        return "prometheus"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Forget everything: nobody keeps it up to date any longer."""
        self._page.news = _NOTHING

    async def publish(self, news: News) -> None:
        """Keep the news for the next scrape."""
        self._page.news = news

    async def asked_again(self) -> None:
        """Wait for ever: each scrape gets everything."""
        await asyncio.get_running_loop().create_future()

    def render(self, figures: HouseFigures | None = None) -> bytes:
        """The page in the text format 0.0.4, see `CONTENT_TYPE`.

        Args:
            figures: what the house says of itself; None leaves the families `pumphouse_…` out.
        """
        self._page.figures = figures
        self._page.fresh = self._freshness(figures)
        return generate_latest(self._registry)

    def _freshness(self, figures: HouseFigures | None) -> Fresh:
        news = self._page.news
        known = {status.source: status for status in figures.sources} if figures else {}
        silent = {source for source in known if self._is_silent(known, source)}
        lost = {(device.source, device.id) for device in news.devices if device.connected is False}

        def fresh(source: str, device: str) -> bool:
            answers = news.answering.get(source, False) and source not in silent
            return answers and (source, device) not in lost

        return fresh

    def _is_silent(self, known: Mapping[str, SourceStatus], source: str) -> bool:
        status = known[source]
        if status.last_success is None or status.interval <= 0:
            return False
        patience = timedelta(seconds=STALE_AFTER_INTERVALS * status.interval)
        return self._clock.now() - status.last_success > patience


class _Page(Collector):
    """What the registry collects from; made anew for every scrape."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.news = _NOTHING
        self.figures: HouseFigures | None = None
        self.fresh: Fresh = lambda _source, _device: False

    def collect(self) -> Iterator[Metric]:
        families = Families()
        add_readings(families, self.news, self._catalogue, self.fresh)
        if self.figures is not None:
            add_figures(families, self.figures)
        return iter(families)
