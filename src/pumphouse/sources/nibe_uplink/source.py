"""NIBE Uplink as a source: its systems are read by the cheapest calls and told in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final, Self
from zlib import crc32

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import LoginRequired
from pumphouse.core.model import Batch, Event, Point, Reading
from pumphouse.core.ports import Credential, Host, RateBudget
from pumphouse.http.limits import TokenBucket
from pumphouse.http.oauth2 import Registration
from pumphouse.http.session import ApiClient
from pumphouse.sources.assembly import merged
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi
from pumphouse.sources.nibe_uplink.mapping import SystemMapper, event_of
from pumphouse.sources.nibe_uplink.problems import CLOSED, explain, explaining_silence
from pumphouse.sources.nibe_uplink.reader import SystemReader
from pumphouse.sources.nibe_uplink.recording import record_first_system
from pumphouse.sources.nibe_uplink.settings import NibeUplinkSettings
from pumphouse.sources.nibe_uplink.wire import System
from pumphouse.sources.nibe_uplink.writes import MODE_POINT, send, split
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection

__all__ = ["VENDOR_BASE", "NibeUplink"]

VENDOR_BASE: Final = "https://api.nibeuplink.com"
#: clients of the service settled on this: shorter ones cut off answers that come
TIMEOUT_SECS: Final = 45.0
#: the documented rate, and a burst a little below what the service lets pass
REQUESTS_PER_SECOND: Final = 0.25
BURST: Final = 28
VISIBLE_WITHIN_SECS: Final = 120.0
#: documented; the mode is to be repeated within it
MODE_LIFETIME_SECS: Final = 1800.0
NOTIFICATION_KINDS: Final = ("ALARM", "INFO_MESSAGE")


class NibeUplink:
    """Reads every system of one account; a system with all its units is one device."""

    def __init__(self, name: str, settings: NibeUplinkSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._rng = host.rng
        self._base = settings.base_url or VENDOR_BASE
        self._client = ApiClient(
            f"{self._base}/api/v1",
            host=host,
            registration=self.registration(),
            limiter=host.limiters.of(
                Credential(self._base, settings.client_id),
                lambda: TokenBucket(REQUESTS_PER_SECOND, BURST, host.clock),
            ),
            explain=explain,
            timeout_secs=TIMEOUT_SECS,
        )
        self._reader = SystemReader(host.clock, settings.allowed_ids)
        self._mapper = SystemMapper(
            name, load_catalogue(), Selection(settings.include, settings.exclude)
        )
        self._systems: dict[int, System] = {}
        self._catalogue = load_catalogue().vendor("nibe_uplink")

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    def registration(self) -> Registration:
        """How this program is registered with NIBE Uplink.

        A refresh token always comes with the authorization code; PKCE is unknown there.
        """
        scopes = ("READSYSTEM", "WRITESYSTEM") if self._settings.write else ("READSYSTEM",)
        return Registration(
            source=self._name,
            vendor="NIBE Uplink",
            kind=self._settings.grant,
            authorize_url=f"{self._base}/oauth/authorize",
            token_url=f"{self._base}/oauth/token",
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret.get_secret_value(),
            redirect_uri=self._settings.redirect_uri,
            scopes=scopes,
            pkce=False,
            dispensable=frozenset({"WRITESYSTEM"}),
            caution=CLOSED if self._base == VENDOR_BASE else "",
        )

    def rate_budget(self) -> RateBudget:
        """How much may still be asked."""
        return self._client.budget()

    async def read(self) -> Batch:
        """Read all systems once; see `core.ports.Source.read`.

        What fails for one system or unit is told in the batch's problems; only if nothing came at
        all, the failure is raised.
        """
        progress = Progress()
        api = NibeUplinkApi(self._client, progress.report)
        parts: list[Batch] = []
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            systems = await api.systems()
            self._systems = {system.system_id: system for system in systems}
            for system in systems:
                if progress.held_back:
                    break
                with progress.part(f"system {system.system_id}"):
                    values = await self._reader.read(api, system, progress)
                    if values:
                        mode = await self._mode(api, system, progress)
                        parts.append(self._mapper.batch(system, values, self._clock.now(), mode))
        progress.raise_if_nothing_came(came=bool(parts))
        if (problem := await self._client.scope_problem()) is not None:
            progress.report(problem)
        if not systems:
            progress.report("this NIBE Uplink account has no system")
        return merged(self._name, parts, progress.problems)

    async def notifications(self) -> Batch:
        """Alarms and messages of all systems; see `core.ports.SupportsNotifications`."""
        progress = Progress()
        api = NibeUplinkApi(self._client, progress.report)
        events: dict[str, Event] = {}
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            systems = await api.systems()
            for system in systems:
                if progress.held_back:
                    break
                with progress.part(f"the notifications of system {system.system_id}"):
                    events.update(await self._events(api, system))
        progress.raise_if_nothing_came(came=bool(events))
        if not systems:  # that has been an outage: nothing is over because of it
            progress.report("this NIBE Uplink account has no system just now")
        return Batch(self._name, events=tuple(events.values()), problems=tuple(progress.problems))

    async def check_consent(self) -> None:
        """A consent from before `write` was on does not do; see `core.ports.SupportsWrite`."""
        if (problem := await self._client.scope_problem()) is not None:
            raise LoginRequired(problem)

    async def write(self, point: Point, value: float) -> str:
        """Ask once for a setting to be changed; see `core.ports.SupportsWrite`."""
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            await self.check_consent()
            return await send(NibeUplinkApi(self._client), self._catalogue, point, value)

    async def read_back(self, point: Point) -> Reading | None:
        """What a setting is now; see `core.ports.SupportsWrite`.

        A parameter does not say when it was true: that is its system's last activity, as of the
        last reading.
        """
        number, unit, parameter = split(point)
        api = NibeUplinkApi(self._client)
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            if parameter == MODE_POINT:
                mode = (await api.mode(number)).mode
                system = await self._system(api, number)
                return self._mapper.mode_reading(point.key, system, mode, self._clock.now())
            found = await api.parameters(number, [parameter], unit=unit or None)
            if not found:
                return None
            system = await self._system(api, number)
        return self._mapper.reading(point.key, system, unit, found[0], self._clock.now())

    def visible_within(self, point: Point) -> float:  # noqa: ARG002 - all settings are alike
        """The cloud says when a change is queued; the pump fetches it within a minute or two."""
        return VISIBLE_WITHIN_SECS

    def expires_after(self, point: Point, value: float) -> float | None:
        """The smart-home mode is forgotten after half an hour, unless it is the default."""
        return MODE_LIFETIME_SECS if point.key.point == MODE_POINT and value else None

    async def renew_thermostat(
        self,
        device: str,
        name: str,
        *,
        actual: float,
        target: float,
        climate_systems: Sequence[int],
    ) -> None:
        """Tell a thermostat to the pump; see `core.ports.SupportsThermostats`."""
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            await self.check_consent()
            await NibeUplinkApi(self._client).set_thermostat(
                int(device),
                crc32(name.encode()) >> 1,  # the vendor knows it by a number of ours, a signed one
                name,
                actual=actual,
                target=target,
                climate_systems=climate_systems,
            )

    async def record(self) -> Mapping[str, object]:
        """A redacted dump of the first system; see `core.ports.SupportsRecording`."""
        with explaining_silence(vendors_own_host=self._base == VENDOR_BASE):
            return await record_first_system(self._client, self._rng)

    async def _system(self, api: NibeUplinkApi, number: int) -> System:
        """A system as it was read last; requests are scarce."""
        if number not in self._systems:
            self._systems[number] = await api.system(number)
        return self._systems[number]

    async def _mode(self, api: NibeUplinkApi, system: System, progress: Progress) -> str | None:
        """The smart-home mode: only who may change it has a use for one more request."""
        if self._settings.write:
            with progress.part(f"the mode of system {system.system_id}", optional=True):
                return (await api.mode(system.system_id)).mode
        return None

    async def _events(self, api: NibeUplinkApi, system: System) -> Mapping[str, Event]:
        """All notifications of a system, by id.

        Current ones are asked for by themselves too: the documentation does not say whether
        `active=false` means all or only the ended ones. What is not among the current ones is over,
        also where the vendor does not say since when.
        """
        events: dict[str, Event] = {}
        for kind in NOTIFICATION_KINDS:
            for active in (False, True):
                for item in await api.notifications(system.system_id, kind=kind, active=active):
                    event = event_of(self._name, system, item)
                    if event is None:
                        continue
                    if event.ended is None and not active:
                        event = replace(event, ended=max(event.time, self._clock.now()))
                    events[event.id] = event
        return events
