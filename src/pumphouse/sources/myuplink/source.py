"""myUplink as a source: its devices are read by the cheapest calls and told in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import LoginRequired
from pumphouse.core.model import Batch, Event, Point, Reading
from pumphouse.core.ports import Credential, Host, RateBudget
from pumphouse.http.limits import HeaderWindow
from pumphouse.http.oauth2 import Registration
from pumphouse.http.session import ApiClient
from pumphouse.sources.assembly import merged
from pumphouse.sources.myuplink.api import MyUplinkApi
from pumphouse.sources.myuplink.mapping import DeviceMapper, device_of, event_of
from pumphouse.sources.myuplink.problems import explain
from pumphouse.sources.myuplink.recording import record_account
from pumphouse.sources.myuplink.settings import MyUplinkSettings
from pumphouse.sources.myuplink.wire import Point as WirePoint
from pumphouse.sources.myuplink.wire import System
from pumphouse.sources.myuplink.writes import MODE_POINT, send, system_of
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection

__all__ = ["VENDOR_BASE", "MyUplink"]

VENDOR_BASE: Final = "https://api.myuplink.com"
TIMEOUT_SECS: Final = 30.0
#: the documented window; the vendor's headers correct it
REQUESTS: Final = 25
WINDOW_SECS: Final = 60.0
VISIBLE_WITHIN_SECS: Final = 60.0


class MyUplink:
    """Reads every device of one account.

    One read costs one request for the systems, which tells all there is to know about the devices,
    and one per device for its points. A reading's time is its point's own `timestamp`.
    """

    def __init__(self, name: str, settings: MyUplinkSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._rng = host.rng
        self._base = settings.base_url or VENDOR_BASE
        self._client = ApiClient(
            self._base,
            host=host,
            registration=self.registration(),
            limiter=host.limiters.of(
                Credential(self._base, settings.client_id),
                lambda: HeaderWindow(REQUESTS, WINDOW_SECS, host.clock),
            ),
            explain=explain,
            timeout_secs=TIMEOUT_SECS,
        )
        self._mapper = DeviceMapper(
            name, load_catalogue(), Selection(settings.include, settings.exclude)
        )
        self._catalogue = load_catalogue().vendor("myuplink")

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
        """How this program is registered with myUplink.

        Only `offline_access` brings a refresh token, and only to a user's consent. The endpoints
        that discovery advertises do not exist; these do.
        """
        settings = self._settings
        scopes = ["READSYSTEM"]
        if settings.write:
            scopes.append("WRITESYSTEM")
        by_user = settings.grant == "authorization_code"
        if by_user:
            scopes.append("offline_access")
        return Registration(
            source=self._name,
            vendor="myUplink",
            kind=settings.grant,
            authorize_url=f"{self._base}/oauth/authorize",
            token_url=f"{self._base}/oauth/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            redirect_uri=settings.redirect_uri,
            scopes=tuple(scopes),
            pkce=by_user,
            dispensable=frozenset({"WRITESYSTEM"}),
        )

    def rate_budget(self) -> RateBudget:
        """How much may still be asked."""
        return self._client.budget()

    async def read(self) -> Batch:
        """Read all devices once; see `core.ports.Source.read`.

        What fails for one device is told in the batch's problems; only if nothing came at all, the
        failure is raised.
        """
        progress = Progress()
        api = MyUplinkApi(self._client, progress.report)
        parts: list[Batch] = []
        systems = await api.systems()
        modes = await self._modes(api, systems, progress)
        found_in = [(one, s.system_id) for s in systems for one in s.devices or ()]
        for found, system in found_in:
            if progress.held_back:
                break
            device = device_of(self._name, found, system)
            with progress.part(f"device {device.name}"):
                points = await api.points(device.id)
                points += await self._further(api, device.id, points)
                mode = modes.get(device.id)
                parts.append(self._mapper.batch(device, points, self._clock.now(), mode))
        progress.raise_if_nothing_came(came=bool(parts))
        if (problem := await self._client.scope_problem()) is not None:
            progress.report(problem)
        if not parts:
            progress.report(
                "this myUplink account has no device; client credentials see only the systems of "
                "the application's owner"
            )
        return merged(self._name, parts, progress.problems)

    async def notifications(self) -> Batch:
        """Alarms of all systems; see `core.ports.SupportsNotifications`."""
        progress = Progress()
        api = MyUplinkApi(self._client, progress.report)
        events: dict[str, Event] = {}
        systems = await api.systems()
        for number, system in enumerate(systems, start=1):
            if progress.held_back:
                break
            with progress.part(f"the notifications of system {number}"):
                events.update(await self._events(api, system.system_id))
        progress.raise_if_nothing_came(came=bool(events))
        if not systems:  # that has been an outage: nothing is over because of it
            progress.report("this myUplink account has no system just now")
        return Batch(self._name, events=tuple(events.values()), problems=tuple(progress.problems))

    async def _events(self, api: MyUplinkApi, system: str) -> Mapping[str, Event]:
        """All notifications of a system, by id.

        Where a status is neither active nor over, the list of the active ones decides.
        """
        told = (event_of(self._name, item) for item in await api.notifications(system))
        events = {event.id: event for event in told if event is not None}
        unclear = {
            name: event
            for name, event in events.items()
            if event.ended is None and event.detail.get("status") != "Active"
        }
        if unclear:
            listed = await api.notifications(system, active=True)
            active = {event.id for item in listed if (event := event_of(self._name, item))}
            now = self._clock.now()
            events |= {
                name: replace(event, ended=max(event.time, now))
                for name, event in unclear.items()
                if name not in active
            }
        return events

    async def check_consent(self) -> None:
        """A consent from before `write` was on does not do; see `core.ports.SupportsWrite`."""
        if (problem := await self._client.scope_problem()) is not None:
            raise LoginRequired(problem)

    async def write(self, point: Point, value: float) -> str:
        """Ask once for a setting to be changed; see `core.ports.SupportsWrite`."""
        await self.check_consent()
        return await send(MyUplinkApi(self._client), self._catalogue, point, value)

    async def read_back(self, point: Point) -> Reading | None:
        """What a setting is now; see `core.ports.SupportsWrite`."""
        api = MyUplinkApi(self._client)
        if point.key.point == MODE_POINT:
            system = system_of(await api.systems(), point.key.device)
            mode = await api.smart_home_mode(system)
            return self._mapper.mode_reading(point.key, mode, self._clock.now())
        found = await api.points(point.key.device, [point.key.point])
        return self._mapper.reading(point.key, found, self._clock.now())

    def visible_within(self, point: Point) -> float:  # noqa: ARG002 - all points are alike
        """A change is seen after a second or two, up to a minute."""
        return VISIBLE_WITHIN_SECS

    def expires_after(self, point: Point, value: float) -> float | None:  # noqa: ARG002 - none is known to
        """Nothing that is set here is known to expire."""
        return None

    async def _further(
        self, api: MyUplinkApi, device: str, points: Sequence[WirePoint]
    ) -> list[WirePoint]:
        """Settings that the owner has allowed and the default set leaves out."""
        present = {point.parameter_id for point in points}
        missing = [name for name in self._settings.allowed_ids if name not in present]
        return await api.points(device, missing) if missing else []

    async def _modes(
        self, api: MyUplinkApi, systems: Sequence[System], progress: Progress
    ) -> Mapping[str, str]:
        """The smart-home mode of each system, by its first device.

        Only who may change it has a use for one more request.
        """
        modes: dict[str, str] = {}
        for system in systems if self._settings.write else ():
            if progress.held_back:
                break
            if system.devices:
                with progress.part("the smart-home mode", optional=True):
                    modes[system.devices[0].id] = await api.smart_home_mode(system.system_id)
        return modes

    async def record(self) -> Mapping[str, object]:
        """A redacted dump of the account; see `core.ports.SupportsRecording`."""
        return await record_account(self._client, self._rng)
