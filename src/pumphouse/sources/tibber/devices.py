"""Reading the devices of a Tibber account: who is there, how they are, and what closed lately."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import RequestRefused
from pumphouse.core.model import Batch, Device, Interval
from pumphouse.core.ports import Clock
from pumphouse.http.session import ApiClient
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.api import DataApi
from pumphouse.sources.tibber.history import OVERLAP, HistoryMapper, Past, length_of, periods
from pumphouse.sources.tibber.mapping import DeviceMapper, device_of
from pumphouse.sources.tibber.wire import ListedDevice

__all__ = ["DevicePart"]

#: how long the list of devices is trusted, in seconds
LIST_SECS: Final = 3600.0
#: a device that Tibber has not heard of since the last read is left out of at most so many reads
MOST_SKIPPED: Final = 7
#: how many periods, and how many intervals of reading, the first read of a process looks back; a
#: longer silence is a gap, which is filled by other means
FIRST_PERIODS: Final = 3
#: the least pause between two looks for a new period; a day's may come late
_PAUSES: Final = {
    "quarterHour": timedelta(minutes=15),
    "month": timedelta(days=1),
}


@dataclass(slots=True)
class _Found:
    """One device and what was met when it was last read."""

    home: str
    listed: ListedDevice
    device: Device
    last_seen: datetime | None = None
    unchanged: int = 0
    skips: int = 0

    def is_due(self) -> bool:
        """Whether to read it now; each read of no news doubles the way to the next one."""
        self.skips -= 1
        return self.skips < 0

    def note(self, last_seen: datetime | None) -> None:
        """Remember what a read met."""
        stands_still = last_seen is not None and last_seen == self.last_seen
        self.unchanged = self.unchanged + 1 if stands_still else 0
        self.skips = min(2**self.unchanged - 1, MOST_SKIPPED)
        self.last_seen = last_seen


@dataclass(slots=True)
class _Mark:
    """How far one series of periods was read."""

    newest: datetime
    asked: datetime


class DevicePart:
    """What of a Tibber source comes from the Data API, apart from live events.

    Args:
        source: the configured name.
        client: asks the Data API.
        interval: seconds between two reads.
    """

    def __init__(
        self,
        source: str,
        selection: Selection,
        client: ApiClient,
        clock: Clock,
        *,
        interval: float,
    ) -> None:
        self._client = client
        self._clock = clock
        self._interval = timedelta(seconds=interval)
        catalogue = load_catalogue()
        self._mapper = DeviceMapper(source, catalogue, selection)
        self._history = HistoryMapper(source, catalogue, selection)
        self._source = source
        self._found: dict[str, _Found] = {}
        self._complaints: tuple[str, ...] = ()
        self._listed_at: float | None = None
        self._marks: dict[tuple[str, str], _Mark] = {}

    @property
    def is_empty(self) -> bool:
        """Whether Tibber has told that the account has no device that may be seen."""
        return self._listed_at is not None and not self._found

    async def read(self, progress: Progress) -> Sequence[Batch]:
        """Every device, with its values where there may be news, and the periods that have closed.

        Raises:
            SourceError: the homes could not be read, or it concerns the whole account.
        """
        api = DataApi(self._client, progress.report)
        await self._list(progress)
        batches: list[Batch] = []
        for found in list(self._found.values()):
            if progress.held_back:
                break
            with progress.part(f"device {found.device.name}"):
                batches += await self._detail(api, found)
        batches += await self._recent(api, progress)
        return batches

    async def history(self, interval: Interval) -> AsyncGenerator[Batch, None]:
        """Every closed period that touches `interval`, of every device and resolution.

        Raises:
            SourceError: a call failed; what came before it is good.
        """
        progress = Progress()
        api = DataApi(self._client, progress.report)
        await self._list(progress)
        for past in self._pasts():
            start = interval.start - OVERLAP * length_of(past.resolution)
            wanted = Interval(start, interval.end)
            try:
                async for page in periods(api, past, wanted, self._clock.now()):
                    yield self._history.batch(past, page)
            except RequestRefused:
                continue  # this device keeps no such past after all

    async def _list(self, progress: Progress) -> None:
        """Ask who is there, if that is not known well enough."""
        now = self._clock.monotonic()
        if self._listed_at is None or now - self._listed_at >= LIST_SECS:
            complaints = Progress()
            if await self._ask_who_is_there(complaints):
                self._listed_at = now
            self._complaints = tuple(complaints.problems)
        for complaint in self._complaints:
            progress.report(complaint)

    async def _ask_who_is_there(self, progress: Progress) -> bool:
        """Read the lists; whether all of them came."""
        api = DataApi(self._client, progress.report)
        found: dict[str, _Found] = {}
        homes = await api.homes()
        read = 0
        for number, home in enumerate(homes, start=1):
            with progress.part(f"the devices of home {number}"):
                for listed in await api.devices(home.id):
                    if listed.id in found:
                        continue  # it moves about: every home lists it
                    known = self._found.get(listed.id)
                    if known is None:
                        device = device_of(self._source, listed, home.id)
                        known = _Found(home.id, listed, device)
                    known.listed = listed
                    found[listed.id] = known
                read += 1
        progress.raise_if_nothing_came(came=read > 0)
        complete = read == len(homes)
        self._found = found if complete else {**self._found, **found}
        return complete

    async def _detail(self, api: DataApi, found: _Found) -> Sequence[Batch]:
        if not found.is_due():
            return (Batch(self._source, (found.device,)),)
        try:
            detail = await api.device(found.home, found.listed.id)
        except RequestRefused:
            self._listed_at = None  # it may have been removed: the list will tell
            raise
        batch = self._mapper.batch(detail, found.home, self._clock.now())
        (found.device,) = batch.devices
        found.note(found.device.last_seen)
        return (batch,)

    def _pasts(self) -> list[Past]:
        return [
            past
            for found in self._found.values()
            for past in Past.of(found.home, found.device, found.listed.supported_history)
        ]

    async def _recent(self, api: DataApi, progress: Progress) -> Sequence[Batch]:
        """The periods that have closed since the last read."""
        batches: list[Batch] = []
        for past in self._pasts():
            if progress.held_back:
                break
            with progress.part(f"the past of {past.device.name}", optional=True):
                batches += await self._closed_lately(api, past)
        return batches

    async def _closed_lately(self, api: DataApi, past: Past) -> Sequence[Batch]:
        now, length = self._clock.now(), length_of(past.resolution)
        mark = self._marks.get((past.device.id, past.resolution))
        if mark is None:
            mark = _Mark(now - FIRST_PERIODS * max(length, self._interval), now)
        elif now < mark.newest + 2 * length or now < mark.asked + _pause(past.resolution):
            return ()
        wanted = Interval(min(mark.newest - OVERLAP * length, now), now)
        pages = [page async for page in periods(api, past, wanted, now)]
        batches = [self._history.batch(past, page) for page in pages]
        times = [reading.time for batch in batches for reading in batch.readings]
        newest = max(times, default=mark.newest)
        self._marks[past.device.id, past.resolution] = _Mark(newest, now)
        return batches


def _pause(resolution: str) -> timedelta:
    return _PAUSES.get(resolution, timedelta(hours=1))
