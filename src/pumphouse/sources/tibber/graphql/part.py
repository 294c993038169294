"""What of a Tibber source comes from the GraphQL API: prices, consumption, live measurements."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import SourceError, TransientError
from pumphouse.core.model import Batch, Device, Interval
from pumphouse.core.ports import Host
from pumphouse.http.session import ApiClient
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.access import hosts_of
from pumphouse.sources.tibber.graphql import wire
from pumphouse.sources.tibber.graphql.api import GraphqlApi
from pumphouse.sources.tibber.graphql.live import LiveMeasurements
from pumphouse.sources.tibber.graphql.mapping import HomeMapper, home_device
from pumphouse.sources.tibber.graphql.schedule import Schedule
from pumphouse.sources.tibber.measurement import MeasurementMapper
from pumphouse.sources.tibber.settings import TibberSettings
from pumphouse.sources.vendor_time import instant

__all__ = ["GraphqlPart"]

PRICE: Final = "electricity_price"
_QUARTER: Final = timedelta(minutes=15)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)  # what begins now is in force
#: consumption is corrected for so long
_CORRECTED: Final = timedelta(days=2, hours=6)


class GraphqlPart:
    """Reads the homes of one account.

    Args:
        source: the configured name.
        settings: say what is wanted.
        client: asks the GraphQL API, with its own limit.
        host: lends clock and chance.
    """

    def __init__(
        self, source: str, settings: TibberSettings, client: ApiClient, host: Host
    ) -> None:
        catalogue = load_catalogue()
        selection = Selection(settings.include, settings.exclude)
        self._source = source
        self._selection = selection
        self._settings = settings
        self._client = client
        self._host = host
        self._personal = settings.access_token is not None
        self._mapper = HomeMapper(source, catalogue, selection, settings.grid_fee)
        self._homes: Sequence[wire.Home] = ()
        self._listed_at: datetime | None = None
        self._schedules: dict[str, Schedule] = {}
        self._announced: dict[str, Sequence[wire.Price]] = {}
        self._live = LiveMeasurements(
            source,
            client,
            host,
            personal=self._personal,
            base_url=hosts_of(settings).graphql,
            mapper=MeasurementMapper(
                source,
                catalogue,
                selection,
                interval=settings.live_interval_secs,
                clock=host.clock,
            ),
        )

    @property
    def tells_prices(self) -> bool:
        """Whether the price of electricity is wanted, and kept."""
        return self._settings.prices and self._selection.keeps("price.total", PRICE)

    async def read(self, progress: Progress) -> Sequence[Batch]:
        """Prices and consumption of each home, as far as there may be news.

        Most reads ask for nothing: see `Schedule`.

        Raises:
            SourceError: the homes could not be read, or it concerns the whole account.
        """
        api = self._api(progress)
        batches: list[Batch] = []
        for home in await self._contracts(api):
            if progress.held_back:
                break
            with progress.part("Tibber's prices"):
                batches += await self._prices(api, home)
            batches.append(self._levels(home))
            with progress.part("Tibber's consumption", optional=True):
                batches += await self._consumption(api, home)
        return batches

    async def history(self, interval: Interval) -> AsyncGenerator[Batch, None]:
        """Past prices and consumption, oldest first; see `core.ports.SupportsHistory`.

        Consumption comes late and is corrected later still: that of the days before `interval`
        may have become known only in it, so it is told too.
        """
        api = self._api(Progress())
        for home in await self._contracts(api):
            device = home_device(self._source, home)
            if self._settings.prices:
                async for batch in self._past_prices(api, device, interval):
                    yield batch
            if self._settings.consumption:
                late = Interval(interval.start - _CORRECTED, interval.end)
                async for batch in self._past_consumption(api, device, late):
                    yield batch

    def live(self, homes: Collection[str] = ()) -> AsyncGenerator[Batch, None]:
        """What the meters measure; see `core.ports.SupportsLive`.

        Args:
            homes: only these; all where there are none.
        """
        return self._live.stream(homes)

    def _api(self, progress: Progress) -> GraphqlApi:
        return GraphqlApi(
            self._client, self._source, personal=self._personal, report=progress.report
        )

    async def _contracts(self, api: GraphqlApi) -> Sequence[wire.Home]:
        """The homes that have a contract; asked for once a day."""
        now = self._host.clock.now()
        if self._listed_at is None or now - self._listed_at >= _DAY:
            try:
                found = (await api.homes()).homes
            except TransientError:
                if not self._homes:
                    raise
                self._listed_at = now - _DAY + _HOUR  # those of yesterday will do for now
                return self._homes
            self._homes = [home for home in found if home.current_subscription is not None]
            self._listed_at = now
        return self._homes

    def _schedule(self, home: wire.Home) -> Schedule:
        if home.id not in self._schedules:
            zone = _zone(home.time_zone) or ZoneInfo(self._host.site.timezone)
            self._schedules[home.id] = Schedule(zone, self._host.rng)
        return self._schedules[home.id]

    async def _prices(self, api: GraphqlApi, home: wire.Home) -> Sequence[Batch]:
        schedule, now = self._schedule(home), self._host.clock.now()
        if not self._settings.prices or not schedule.prices_due(now):
            return ()
        try:
            found = await api.prices(home.id)
        except SourceError:
            schedule.prices_asked(now, None)
            raise
        prices = [] if found is None else [*(found.today or ()), *(found.tomorrow or ())]
        days = [time.astimezone(schedule.zone).date() for time in _times(prices)]
        schedule.prices_asked(now, max(days, default=None))
        self._announced[home.id] = prices
        return (self._mapper.prices(home_device(self._source, home), prices),)

    def _levels(self, home: wire.Home) -> Batch:
        """The ranks of the prices that came into force since the last read.

        For an hour they are told again: a read whose other parts fail is lost as a whole. There is
        no device in it, for nothing was asked: it is no sign that Tibber answers.
        """
        announced, now = self._announced.get(home.id, ()), self._host.clock.now() + _MOMENT
        in_force = [price for price in announced if _starts_before(price.starts_at, now)]
        self._announced[home.id] = [
            price for price in announced if not _starts_before(price.starts_at, now - _HOUR)
        ]
        return replace(self._mapper.levels(home_device(self._source, home), in_force), devices=())

    async def _consumption(self, api: GraphqlApi, home: wire.Home) -> Sequence[Batch]:
        schedule, now = self._schedule(home), self._host.clock.now()
        if not self._settings.consumption or not schedule.consumption_due(now):
            return ()
        schedule.consumption_asked(now)
        device = home_device(self._source, home)
        since = Interval(now - _CORRECTED, now)
        return [batch async for batch in self._past_consumption(api, device, since)]

    async def _past_prices(
        self, api: GraphqlApi, device: Device, interval: Interval
    ) -> AsyncGenerator[Batch, None]:
        after: str | None = api.cursor(_floor(interval.start, _QUARTER) - _QUARTER)
        while after is not None:
            page = await api.price_range(device.id, after)
            nodes = [] if page is None else page.nodes or []
            wanted = [one for one in nodes if _starts_before(one.starts_at, interval.end)]
            yield self._mapper.prices(device, wanted)
            yield self._mapper.levels(device, wanted)
            after = _next(page.page_info if page else None, whole=len(wanted) == len(nodes))

    async def _past_consumption(
        self, api: GraphqlApi, device: Device, interval: Interval
    ) -> AsyncGenerator[Batch, None]:
        after: str | None = api.cursor(_floor(interval.start, _HOUR) - _HOUR)
        while after is not None:
            page = await api.consumption(device.id, after)
            nodes = [] if page is None else page.nodes or []
            wanted = [one for one in nodes if _starts_before(one.from_, interval.end)]
            yield self._mapper.consumption(device, wanted)
            after = _next(page.page_info if page else None, whole=len(wanted) == len(nodes))


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _times(prices: Sequence[wire.Price]) -> Sequence[datetime]:
    return [time for price in prices if (time := instant(price.starts_at)) is not None]


def _floor(moment: datetime, step: timedelta) -> datetime:
    """The last whole step before a moment, in UTC."""
    passed = moment.astimezone(UTC) - datetime.min.replace(tzinfo=UTC)
    return moment.astimezone(UTC) - passed % step


def _starts_before(text: str, end: datetime) -> bool:
    time = instant(text)
    return time is not None and time < end


def _next(page: wire.PageInfo | None, *, whole: bool) -> str | None:
    """The cursor to go on from; None where there is no more, or no more is wanted."""
    if page is None or not page.has_next_page or not whole:
        return None
    return page.end_cursor
