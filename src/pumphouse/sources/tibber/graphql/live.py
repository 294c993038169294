"""Live measurement over Tibber's websocket, by the protocol `graphql-transport-ws`.

Tibber allows two sockets for a token and bans who comes back too fast, so one socket carries all
homes, and every end of it is followed by a pause of chance that grows with failures in a row.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Final

from yarl import URL

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    RequestRefused,
    SourceError,
    TransientError,
)
from pumphouse.core.model import Batch, Device
from pumphouse.core.ports import Host
from pumphouse.http.problems import printable
from pumphouse.http.session import ApiClient
from pumphouse.http.websocket import JsonSocket, open_socket
from pumphouse.sources.tibber.graphql import wire
from pumphouse.sources.tibber.graphql.api import GraphqlApi, explain, refused_token
from pumphouse.sources.tibber.graphql.mapping import home_device
from pumphouse.sources.tibber.measurement import MeasurementMapper

__all__ = ["LiveMeasurements", "trusted_address"]

PROTOCOL: Final = "graphql-transport-ws"
#: frames come every few seconds; after so long without one the connection is dead
SILENCE_SECS: Final = 90.0
#: the vendor's own clients wait so long after an end, and the square of the failures besides
_PAUSE: Final = (5.0, 60.0)
#: who has too many sockets stays away for so long at first, twice as long each time, and at most
_CROWDED_SECS, _LONGEST_SECS = 120.0, 3600.0
#: a socket that lasted so long was a good one: failures are counted anew
_GOOD_SECS: Final = 60.0
_TOO_MANY, _BAD_TOKEN = 4429, 4403
_FIELDS: Final = (
    "timestamp power powerProduction minPower averagePower maxPower accumulatedConsumption"
    " accumulatedProduction accumulatedConsumptionLastHour accumulatedProductionLastHour"
    " accumulatedCost accumulatedReward currency lastMeterConsumption lastMeterProduction"
    " minPowerProduction maxPowerProduction voltagePhase1 voltagePhase2 voltagePhase3"
    " currentL1 currentL2 currentL3 signalStrength"
)
_SUBSCRIPTION: Final = (
    f"subscription ($home: ID!) {{ liveMeasurement(homeId: $home) {{ {_FIELDS} }} }}"
)


class LiveMeasurements:
    """Listens to the meters of the homes of an account.

    Args:
        source: the configured name.
        client: asks the GraphQL API, and lends its token.
        personal: whether that is a token that the user made.
        base_url: of the GraphQL API; the websocket has to be the same vendor's.
        mapper: makes readings of measurements.
        silence_secs: after how long without a message a connection counts as dead.
    """

    def __init__(
        self,
        source: str,
        client: ApiClient,
        host: Host,
        *,
        personal: bool,
        base_url: str,
        mapper: MeasurementMapper,
        silence_secs: float = SILENCE_SECS,
    ) -> None:
        self._source = source
        self._client = client
        self._host = host
        self._personal = personal
        self._base_url = base_url
        self._mapper = mapper
        self._silence_secs = silence_secs
        self._failures = 0
        self._refused = 0

    async def stream(self, homes: Collection[str] = ()) -> AsyncGenerator[Batch, None]:
        """What the meters measure, as it comes, until the connection ends.

        Args:
            homes: only these; all where there are none.

        Raises:
            TransientError: the connection has ended; it says how long to stay away.
            PermanentError: no meter can be listened to, or the token is not accepted.
        """
        api = GraphqlApi(self._client, self._source, personal=self._personal)
        found = await api.homes()
        devices = self._measured(found, homes)
        address = trusted_address(found.websocket_subscription_url, self._base_url)
        token = await self._client.access_token()
        began = self._host.clock.monotonic()
        opened = open_socket(
            address,
            host=self._host,
            vendor="Tibber",
            source=self._source,
            protocol=PROTOCOL,
            silence_secs=self._silence_secs,
            explain=explain,
        )
        try:
            async with opened as socket:
                async for batch in self._listen(socket, token, devices):
                    yield batch
                self._note(began)
                raise await self._ended(socket.close_code, token)
        except TransientError as error:
            if error.retry_after is None:
                self._note(began)
                error.retry_after = self._pause()
            raise

    def _measured(self, found: wire.Homes, wanted: Collection[str]) -> Mapping[str, Device]:
        """The homes that have a meter that speaks."""
        devices = {
            home.id: home_device(self._source, home)
            for home in found.homes
            if home.features is not None and home.features.real_time_consumption_enabled
            if not wanted or home.id in wanted
        }
        if not devices:
            raise AccessDenied(
                "No home of this Tibber account has live measurements: pair a Pulse or Watty in the"
                " Tibber app, or set live = false."
            )
        return devices

    async def _listen(
        self, socket: JsonSocket, token: str, devices: Mapping[str, Device]
    ) -> AsyncGenerator[Batch, None]:
        """Greet, subscribe, and tell what comes until the other side closes."""
        await socket.send({"type": "connection_init", "payload": {"token": token}})
        while (message := await socket.receive()) is not None:
            if not isinstance(message, dict):
                raise BadResponse("Tibber's websocket sends what the protocol does not know.")
            match message.get("type"):
                case "connection_ack":
                    for home in devices:
                        await socket.send(_subscribe(home))
                    yield Batch(self._source)
                case "next":
                    yield self._measurement(message, devices)
                case "ping":
                    await socket.send({"type": "pong"})
                    yield Batch(self._source)
                case "error":
                    raise RequestRefused(
                        f"Tibber refuses the live measurement: {_said(message.get('payload'))}"
                    )
                case "complete":
                    return

    def _measurement(self, message: Mapping[str, object], devices: Mapping[str, Device]) -> Batch:
        self._refused = 0
        device = devices.get(str(message.get("id")))
        frame = _inside(message, "payload", "data", "liveMeasurement")
        if device is None or frame is None:
            return Batch(self._source, problems=("a live measurement of Tibber is empty",))
        return self._mapper.batch(device, frame)

    async def _ended(self, code: int | None, token: str) -> SourceError:
        """What a close code stands for."""
        if code == _BAD_TOKEN:
            self._refused += 1
            if self._refused > 1 or self._personal:
                return refused_token(self._source, personal=self._personal)
            await self._client.renew(token)
            return TransientError("Tibber wants a fresh login.", retry_after=self._pause())
        if code == _TOO_MANY:
            doubled = _CROWDED_SECS * 2.0 ** min(self._failures - 1, 16)
            away = min(_LONGEST_SECS, doubled)
            return TransientError(
                "Too many programs listen with this Tibber token; it allows two connections.",
                retry_after=away * self._host.rng.uniform(1.0, 1.25),
            )
        return TransientError(
            f"Tibber has closed the live measurement ({code or 'no reason'}).",
            retry_after=self._pause(),
        )

    def _note(self, began: float) -> None:
        """Count a failure; the first again after a socket that lasted."""
        lasted = self._host.clock.monotonic() - began
        self._failures = 1 if lasted >= _GOOD_SECS else self._failures + 1

    def _pause(self) -> float:
        return min(_LONGEST_SECS, self._host.rng.uniform(*_PAUSE) + self._failures**2)


def trusted_address(address: str | None, base_url: str) -> str:
    """The address of the websocket, which Tibber tells anew each time.

    Raises:
        BadResponse: there is none, or it is not the same vendor's: the token is not sent there.
    """
    try:
        url, base = URL(address or ""), URL(base_url)
    except ValueError:
        url, base = URL(), URL(base_url)
    secure = {"https": "wss", "http": "ws"}[base.scheme]
    domain = ".".join((base.host or "").split(".")[-2:])
    kin = secure == "wss" and f".{url.host}".endswith(f".{domain}")
    ours = url.host == base.host or kin
    if url.scheme != secure or not url.host or not ours:
        raise BadResponse(
            "Tibber names no address for live measurements that is its own; the login is not sent"
            " elsewhere."
        )
    return str(url)


def _subscribe(home: str) -> Mapping[str, object]:
    """A subscription bears the id of its home."""
    payload = {"query": _SUBSCRIPTION, "variables": {"home": home}}
    return {"id": home, "type": "subscribe", "payload": payload}


def _inside(message: Mapping[str, object], *names: str) -> Mapping[str, object] | None:
    """The object at the end of a path of members; None where there is none."""
    place: object = message
    for name in names:
        place = place.get(name) if isinstance(place, dict) else None
    return place if isinstance(place, dict) else None


def _said(payload: object) -> str:
    first = payload[0] if isinstance(payload, list) and payload else payload
    message = first.get("message") if isinstance(first, dict) else None
    return printable(str(message or "no reason given"))
