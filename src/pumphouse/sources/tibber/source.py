"""Tibber as a source: devices from its Data API, prices and consumption from its GraphQL API."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Credential, Host, RateBudget
from pumphouse.http.limits import TokenBucket
from pumphouse.http.messages import PersonalToken, Registration
from pumphouse.http.session import ApiClient
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.access import hosts_of, lacking, registration_of
from pumphouse.sources.tibber.devices import DevicePart
from pumphouse.sources.tibber.graphql import GraphqlPart
from pumphouse.sources.tibber.graphql.api import explain as explain_graphql
from pumphouse.sources.tibber.live import LiveEvents
from pumphouse.sources.tibber.measurement import MeasurementMapper
from pumphouse.sources.tibber.problems import explain
from pumphouse.sources.tibber.recording import record_account
from pumphouse.sources.tibber.settings import TibberSettings

__all__ = ["LiveTibber", "LiveTibberAccount", "Tibber", "TibberAccount", "open_tibber"]

TIMEOUT_SECS: Final = 30.0
#: the Data API publishes no limit and wants clients that behave as though there were one
REQUESTS_PER_SECOND: Final = 1.0
BURST: Final = 30
#: the GraphQL API has counted a hundred requests in five minutes for an address
GRAPHQL_PER_SECOND: Final = 100 / 300
GRAPHQL_BURST: Final = 30


class _Part(Protocol):
    """One of Tibber's two services."""

    async def read(self, progress: Progress) -> Sequence[Batch]: ...

    def history(self, interval: Interval) -> AsyncGenerator[Batch, None]: ...


class Tibber:
    """Reads the homes of one account with a token that the owner made: prices and consumption."""

    def __init__(self, name: str, settings: TibberSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._host = host
        client = _graphql_client(name, settings, host)
        self._clients = [client]
        self._graphql = GraphqlPart(name, settings, client, host)
        self._parts: dict[str, _Part] = {}
        if settings.prices or settings.consumption:
            self._parts["prices and consumption"] = self._graphql

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        for client in self._clients:
            await client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            await client.__aexit__(kind, error, traceback)

    @property
    def tells_prices(self) -> bool:
        """Whether it tells what electricity costs; see `core.ports.SupportsPrices`."""
        return self._graphql.tells_prices

    def rate_budget(self) -> RateBudget:
        """How much may still be asked: of both services, by the one that allows less."""
        budgets = [client.budget() for client in self._clients]
        left = [one.remaining for one in budgets if one.remaining is not None]
        resume = [one.resumes_at for one in budgets if one.resumes_at is not None]
        return RateBudget(
            requests=sum(one.requests for one in budgets),
            remaining=min(left, default=None),
            resumes_at=max(resume, default=None),
        )

    async def read(self) -> Batch:
        """Read what has news; see `core.ports.Source.read`.

        What fails is told in the batch's problems; only if nothing came at all, it is raised.
        """
        batches: list[Batch] = []
        asked: list[Progress] = []  # one each: a limit of one service is none of the other's
        for what, part in self._parts.items():
            asked.append(progress := Progress())
            with progress.part(what):
                batches += await part.read(progress)
        came = any(batch.devices for batch in batches)
        for progress in asked:
            progress.raise_if_nothing_came(came=came)
        return joined(self._name, batches, [one for each in asked for one in each.problems])

    async def history(self, interval: Interval) -> AsyncGenerator[Batch, None]:
        """The past that Tibber keeps; see `core.ports.SupportsHistory`."""
        limit = self._host.clock.now() - timedelta(days=self._settings.history_days)
        if interval.end <= limit:
            return
        wanted = Interval(max(interval.start, limit), interval.end)
        for part in self._parts.values():
            async with aclosing(part.history(wanted)) as batches:
                async for batch in batches:
                    yield batch

    def _measurements(self) -> AsyncGenerator[Batch, None]:
        """What the meters of the homes measure."""
        return self._graphql.live()


class TibberAccount(Tibber):
    """Reads the homes and the devices of one account with the consent of its owner.

    One read costs a request for each device that may have news and one for each series of periods
    in which one has closed; once an hour it also asks who is there.
    """

    def __init__(self, name: str, settings: TibberSettings, host: Host) -> None:
        super().__init__(name, settings, host)
        self._registration = registration_of(name, settings)
        base = hosts_of(settings).data
        self._client = ApiClient(
            base,
            host=host,
            registration=self._registration,
            limiter=host.limiters.of(
                Credential(f"{base}/v1", self._registration.client_id),
                lambda: TokenBucket(REQUESTS_PER_SECOND, BURST, host.clock, rng=host.rng),
            ),
            explain=explain,
            timeout_secs=TIMEOUT_SECS,
        )
        self._clients.append(self._client)
        selection = Selection(settings.include, settings.exclude)
        self._devices = DevicePart(
            name, selection, self._client, host.clock, interval=settings.interval_secs
        )
        if settings.devices:
            self._parts = {"devices": self._devices, **self._parts}
        measurements = MeasurementMapper(
            name,
            load_catalogue(),
            selection,
            interval=settings.live_interval_secs,
            clock=host.clock,
        )
        self._events = LiveEvents(name, self._client, measurements, clock=host.clock, rng=host.rng)

    def registration(self) -> Registration:
        """How this program is registered with Tibber."""
        return self._registration

    async def read(self) -> Batch:
        """Read what has news; see `core.ports.Source.read`."""
        batch = await super().read()
        return replace(batch, problems=(*batch.problems, *await self._missing()))

    async def record(self) -> Mapping[str, object]:
        """A redacted dump of the account; see `core.ports.SupportsRecording`."""
        return await record_account(self._client, self._host.rng)

    async def _missing(self) -> Sequence[str]:
        """A sentence for everything that Tibber leaves out without a word."""
        grant = await self._host.grants.load(self._name)
        missing = list(lacking(self._registration, grant))
        if self._settings.devices and self._devices.is_empty and not missing:
            missing.append(
                "Tibber shows no device: it has to be paired in the Tibber app, and its category to"
                " be in `devices` and, at the last login, among the permissions of the client"
            )
        return missing

    def _measurements(self) -> AsyncGenerator[Batch, None]:
        return super()._measurements() if self._settings.by_graphql else self._events.stream()


class _Listening:
    """What makes one of the above a source that speaks by itself."""

    _parts: dict[str, _Part]
    _measurements: Callable[[], AsyncGenerator[Batch, None]]

    @property
    def polled(self) -> bool:
        """Whether there is anything to read besides what is listened to."""
        return bool(self._parts)

    def live(self) -> AsyncGenerator[Batch, None]:
        """What the meters measure; see `core.ports.SupportsLive`."""
        return self._measurements()


class LiveTibber(_Listening, Tibber):
    """`Tibber` whose meters are listened to besides."""


class LiveTibberAccount(_Listening, TibberAccount):
    """`TibberAccount` whose meters are listened to besides."""


def open_tibber(name: str, settings: TibberSettings, host: Host) -> Tibber:
    """The source that these settings describe; does no I/O."""
    by_token = settings.access_token is not None
    if settings.live:
        return (LiveTibber if by_token else LiveTibberAccount)(name, settings, host)
    return (Tibber if by_token else TibberAccount)(name, settings, host)


def _graphql_client(name: str, settings: TibberSettings, host: Host) -> ApiClient:
    """The client of the GraphQL API, which takes the owner's token and that of a login alike."""
    base = hosts_of(settings).graphql
    token = settings.access_token
    return ApiClient(
        base,
        host=host,
        registration=(
            registration_of(name, settings)
            if token is None
            else PersonalToken(name, "Tibber", token.get_secret_value())
        ),
        limiter=host.limiters.of(
            Credential(f"{base}/v1-beta", settings.client_id or "personal token"),
            lambda: TokenBucket(GRAPHQL_PER_SECOND, GRAPHQL_BURST, host.clock, rng=host.rng),
        ),
        explain=explain_graphql,
        timeout_secs=TIMEOUT_SECS,
    )


def joined(source: str, parts: Sequence[Batch], problems: Iterable[str]) -> Batch:
    """Several batches as one, in which every device, point and instant is there once."""
    devices: dict[str, Device] = {}
    points: dict[PointKey, Point] = {}
    readings: dict[tuple[PointKey, object], Reading] = {}
    for part in parts:
        for device in part.devices:
            devices.setdefault(device.id, device)
        for point in part.points:
            points.setdefault(point.key, point)
        for reading in part.readings:
            readings.setdefault((reading.key, reading.time), reading)
    return Batch(
        source=source,
        devices=tuple(devices.values()),
        points=tuple(points.values()),
        readings=tuple(readings.values()),
        events=tuple(event for part in parts for event in part.events),
        problems=tuple({**dict.fromkeys(problems), **_told(parts)}),
    )


def _told(parts: Sequence[Batch]) -> dict[str, None]:
    return {problem: None for part in parts for problem in part.problems}
