"""The simulated vendor clouds: options, announcement, and the server that joins it all."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route

from pumphouse.core.errors import UsageError
from pumphouse.core.ports import Clock, SystemClock
from pumphouse.simulator.accounts import Account, live, recorded
from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.control import Control
from pumphouse.simulator.faults import FaultReplies, Faults
from pumphouse.simulator.gateway import Gateway, RequestLog, RequestRecord
from pumphouse.simulator.guard import Guard
from pumphouse.simulator.house import House as BuiltInHouse
from pumphouse.simulator.house.sensors import HouseSensors
from pumphouse.simulator.limits import Bucket, Limit, Unlimited, Window
from pumphouse.simulator.myuplink import wire as myuplink_wire
from pumphouse.simulator.myuplink.cloud import MyUplinkCloud
from pumphouse.simulator.nibe_uplink import wire as nibe_wire
from pumphouse.simulator.nibe_uplink.cloud import NibeUplinkCloud
from pumphouse.simulator.oauth.endpoints import OAuthEndpoints
from pumphouse.simulator.oauth.grants import GrantBook, Mint
from pumphouse.simulator.oauth.policy import (
    CLIENT_ID,
    CLIENT_SECRET,
    MYUPLINK,
    NIBE_UPLINK,
    TIBBER,
    Policy,
    Reuse,
)
from pumphouse.simulator.oauth.tokens import jwt_mint, opaque_mint
from pumphouse.simulator.ports import House
from pumphouse.simulator.rtl_433 import RadioServer
from pumphouse.simulator.serving import listen, serving
from pumphouse.simulator.tibber import PERSONAL_TOKEN
from pumphouse.simulator.tibber.service import TibberService

__all__ = ["Announcement", "Simulator", "SimulatorOptions"]

_NIBE_PATH: Final = "/nibeuplink"
_MYUPLINK_PATH: Final = "/myuplink"
_TIBBER_PATH: Final = "/tibber"
_RADIO_PATH: Final = "/rtl_433"
_LOG_LENGTH: Final = 100_000


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """How the clouds behave.

    Attributes:
        host, port: where to listen; port 0 is any free one.
        auto_consent: the authorize endpoint redirects at once, without login and consent.
        recordings: folder with `nibe_uplink/*.json` and `myuplink/*.json` to serve instead of
            the simulated house.
        seed: of the house's weather and people.
        speed: house seconds per second.
        start: the house's time at the start; now where None.
        reuse: what becomes of a refresh token that is used twice.
        limited: whether the vendors' rate limits hold.
        live_secs: seconds between two live measurements, whatever the clocks do.
    """

    host: str = "127.0.0.1"
    port: int = 0
    auto_consent: bool = False
    recordings: Path | None = None
    seed: int = 1
    speed: float = 1.0
    start: datetime | None = None
    reuse: str = Reuse.TOLERANT
    limited: bool = True
    live_secs: float = 2.5


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where the clouds are, and the one application that is registered with all of them."""

    url: str
    nibe_uplink: str
    myuplink: str
    tibber: str
    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)

    def line(self) -> str:
        """The one line of JSON that is printed when the clouds are ready."""
        return json.dumps(asdict(self))


class Simulator(AbstractAsyncContextManager["Simulator"]):
    """The clouds in the running event loop: ready when entered, gone when left.

    Args:
        options: how they behave.
        clock: the wall clock, for tokens, rate limits and, at its speed, the house.
        house: what stands behind them instead of the built-in house; it has to be at the house
            clock's start.

    Raises:
        UsageError: the recordings cannot be read, or `reuse` is unknown.
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        options: SimulatorOptions | None = None,
        *,
        clock: Clock | None = None,
        house: House | None = None,
    ) -> None:
        self._options = options or SimulatorOptions()
        if self._options.reuse not in list(Reuse):
            raise UsageError(f"reuse is {self._options.reuse!r}: give one of {', '.join(Reuse)}")
        self._clock = clock or SystemClock()
        self._house = house
        self._sensors: HouseSensors | None = None
        self._books: list[GrantBook] = []
        self._stack = AsyncExitStack()
        self._requests: RequestLog = deque(maxlen=_LOG_LENGTH)
        self._announcement: Announcement | None = None
        self.faults = Faults((NIBE_UPLINK.vendor, MYUPLINK.vendor, TIBBER.vendor))
        self.house_clock = HouseClock(self._clock, self._options.start, self._options.speed)

    @property
    def announcement(self) -> Announcement:
        """Where the clouds are; there is none before the simulator is entered."""
        assert self._announcement is not None, "enter the simulator first"
        return self._announcement

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """What was asked of the clouds, oldest first."""
        return tuple(self._requests)

    @property
    def house(self) -> House | None:
        """The house behind the clouds, None where recordings are served."""
        return self._house

    @property
    def sensors(self) -> HouseSensors | None:
        """What the owner of the built-in house added; None with recordings or another house."""
        if self._sensors is None and isinstance(self._house, BuiltInHouse):
            self._sensors = HouseSensors(self._house, self._options.seed)
        return self._sensors

    def issued_secrets(self) -> frozenset[str]:
        """Everything that must never be seen: the client secret, every code and token issued."""
        issued = (secret for book in self._books for secret in book.issued)
        return frozenset((CLIENT_SECRET, PERSONAL_TOKEN, *issued))

    async def __aenter__(self) -> Self:
        """Listen and serve."""
        account = self._account()
        listener = listen(self._options.host, self._options.port)
        self._stack.callback(listener.close)
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        self._announcement = Announcement(
            url, url + _NIBE_PATH, url + _MYUPLINK_PATH, url + _TIBBER_PATH
        )
        closing = asyncio.Event()
        app = Starlette(routes=self._routes(account, closing))
        await self._stack.enter_async_context(serving(app, listener))
        self._stack.callback(closing.set)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Answer what is held and stop."""
        await self._stack.aclose()

    def _account(self) -> Account:
        if self._options.recordings is not None:
            self._house = None
            return recorded(self._options.recordings, self.house_clock)
        if self._house is None:
            self._house = BuiltInHouse(self._options.seed, self.house_clock.start)
        return live(self._house, self.house_clock, self._options.seed)

    def _routes(self, account: Account, closing: asyncio.Event) -> list[BaseRoute]:
        nibe = NibeUplinkCloud(account.installations, self.house_clock)
        myuplink = MyUplinkCloud(account.homes, self.house_clock)
        control = Control(self.faults, self._requests, self.house_clock, self._house)
        return [
            self._vendor(_NIBE_PATH, NIBE_UPLINK, nibe, closing),
            self._vendor(_MYUPLINK_PATH, MYUPLINK, myuplink, closing),
            self._tibber(account, closing),
            *self._radio(closing),
            Mount("/_simulator", routes=control.routes()),
        ]

    def _vendor(
        self,
        path: str,
        policy: Policy,
        cloud: NibeUplinkCloud | MyUplinkCloud,
        closing: asyncio.Event,
    ) -> Mount:
        """One vendor's cloud behind its gateway."""
        nibe = policy is NIBE_UPLINK
        base = self.announcement.url + path
        book = self._book(policy, opaque_mint if nibe else jwt_mint(base))
        codes = nibe_wire.CODES if nibe else myuplink_wire.CODES
        guard = Guard(book, self._limit(nibe), codes, self._clock)
        endpoints = OAuthEndpoints(policy, book, base, auto_consent=self._options.auto_consent)
        routes: list[Route] = [*endpoints.routes(), *cloud.routes(guard)]
        handlers = {HTTPException: guard.unknown_address, Exception: guard.crashed}
        app = Starlette(routes=routes, exception_handlers=handlers)
        replies = FaultReplies(guard, book, _no_headers if nibe else _window_headers)
        return self._behind_gateway(path, policy, app, replies, closing)

    def _tibber(self, account: Account, closing: asyncio.Event) -> Mount:
        """Tibber's cloud behind its gateway; its rate limits are not published, so it has none."""
        base = self.announcement.tibber
        book = self._book(TIBBER, jwt_mint(base))
        service = TibberService(
            account.tibber, self.house_clock, book, base, self._options.live_secs, closing
        )
        endpoints = OAuthEndpoints(TIBBER, book, base, auto_consent=self._options.auto_consent)
        self.faults.watch(service.strike)
        replies = FaultReplies(service.guard, book, _retry_after)
        app = service.app(endpoints.routes())
        return self._behind_gateway(_TIBBER_PATH, TIBBER, app, replies, closing)

    def _radio(self, closing: asyncio.Event) -> list[Mount]:
        """The receiver of the built-in house, which alone has sensors."""
        if self.sensors is None:
            return []
        server = RadioServer(self.sensors.radios, self.house_clock, closing)
        return [Mount(_RADIO_PATH, routes=server.routes())]

    def _book(self, policy: Policy, mint: Mint) -> GrantBook:
        book = GrantBook(policy, self._clock, Reuse(self._options.reuse), mint)
        self._books.append(book)
        return book

    def _behind_gateway(
        self,
        path: str,
        policy: Policy,
        app: Starlette,
        replies: FaultReplies,
        closing: asyncio.Event,
    ) -> Mount:
        gateway = Gateway(
            app,
            vendor=policy.vendor,
            base=path,
            faults=self.faults,
            replies=replies,
            log=self._requests,
            clock=self._clock,
            closing=closing,
        )
        return Mount(path, app=gateway)

    def _limit(self, nibe: bool) -> Limit:
        if not self._options.limited:
            return Unlimited()
        return Bucket(self._clock) if nibe else Window(self._clock)


def _no_headers(_seconds: float | None) -> Mapping[str, str]:
    """NIBE Uplink never says when to come again."""
    return {}


def _retry_after(seconds: float | None) -> Mapping[str, str]:
    """Tibber says when to come again, or does not."""
    return {} if seconds is None else {"Retry-After": f"{seconds:g}"}


def _window_headers(seconds: float | None) -> Mapping[str, str]:
    """MyUplink's window, spent."""
    reset = f"{60 if seconds is None else seconds:g}"
    return {
        "RateLimit-Limit": "25",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": reset,
        "Retry-After": reset,
    }
