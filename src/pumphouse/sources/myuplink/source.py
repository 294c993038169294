"""myUplink as a source: its devices are read by the cheapest calls and told in our words."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Event
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
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection

__all__ = ["VENDOR_BASE", "MyUplink"]

VENDOR_BASE: Final = "https://api.myuplink.com"
TIMEOUT_SECS: Final = 30.0
#: the documented window; the vendor's headers correct it
REQUESTS: Final = 25
WINDOW_SECS: Final = 60.0


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
        found_in = [(one, s.system_id) for s in await api.systems() for one in s.devices or ()]
        for found, system in found_in:
            if progress.held_back:
                break
            device = device_of(self._name, found, system)
            with progress.part(f"device {device.name}"):
                points = await api.points(device.id)
                parts.append(self._mapper.batch(device, points, self._clock.now()))
        progress.raise_if_nothing_came(came=bool(parts))
        if not parts:
            progress.report(
                "this myUplink account has no device; client credentials see only the systems of "
                "the application's owner"
            )
        return merged(self._name, parts, progress.problems)

    async def notifications(self) -> Sequence[Event]:
        """Alarms of all systems; see `core.ports.SupportsNotifications`."""
        progress = Progress()
        api = MyUplinkApi(self._client, progress.report)
        events: dict[str, Event] = {}
        for number, system in enumerate(await api.systems(), start=1):
            if progress.held_back:
                break
            with progress.part(f"the notifications of system {number}"):
                for item in await api.notifications(system.system_id):
                    event = event_of(self._name, item)
                    if event is not None:
                        events[event.id] = event
        progress.raise_if_nothing_came(came=bool(events))
        return tuple(events.values())

    async def record(self) -> Mapping[str, object]:
        """A redacted dump of the account; see `core.ports.SupportsRecording`."""
        return await record_account(self._client, self._rng)
