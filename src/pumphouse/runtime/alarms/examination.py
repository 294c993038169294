"""Once a day: what the analysis of the last week finds to need attention."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog

from pumphouse.analytics.inputs import PUMP_METRICS
from pumphouse.core.documents import Document
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Interval
from pumphouse.core.ports import Clock, Store
from pumphouse.runtime.alarms.facts import Finding
from pumphouse.runtime.analyst import Period

__all__ = ["Examination", "MakeReports"]

log = structlog.get_logger()

MakeReports = Callable[[Sequence[Period]], Awaitable[Sequence[Document]]]
"""What `report --json` says of each period; see `runtime.analyst.Analyst.reports`."""

#: what is looked at
PERIOD: Final = timedelta(days=7)
#: how long after a start the first one comes, in seconds: who starts anew has other things to do
FIRST_AFTER: Final = 900.0
EVERY: Final = 86_400.0


class Examination:
    """Looks at each heat pump of the configured sources.

    Attributes:
        findings: by source and device; None before the first time.
    """

    def __init__(
        self, store: Store, clock: Clock, sources: Collection[str], reports: MakeReports
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = sources
        self._reports = reports
        self.findings: Mapping[tuple[str, str], Sequence[Finding]] | None = None

    async def run(self) -> None:
        """Look soon and then every day, until cancelled; a failure is for the log."""
        await self._clock.sleep(FIRST_AFTER)
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("no daily examination", error=str(error))
            await self._clock.sleep(EVERY)

    async def look(self) -> None:
        """Look once.

        Raises:
            StoreError: the store cannot be read, or computing failed.
        """
        now = self._clock.now()
        pumps = {one.key[:2] for one in await self._store.points() if one.metric in PUMP_METRICS}
        periods = [
            Period(one, Interval(now - PERIOD, now))
            for one in await self._store.devices()
            if one.source in self._sources and (one.source, one.id) in pumps
        ]
        reports = await self._reports(periods) if periods else ()
        self.findings = {
            (period.device.source, period.device.id): _findings(report)
            for period, report in zip(periods, reports, strict=True)
        }


def _findings(report: Document) -> list[Finding]:
    verdicts = report.get("verdicts")
    assert isinstance(verdicts, list)
    return [
        Finding(*(str(one[name]) for name in ("name", "severity", "sentence", "advice")))
        for one in verdicts
    ]
