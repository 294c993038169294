"""Simulated clouds that break on request, users of them, and somebody who listens for secrets."""

import io
import logging
import random
import traceback
from collections.abc import AsyncIterator, Awaitable, Iterator, MutableMapping
from contextlib import asynccontextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import structlog
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from pumphouse.cli.logs import configure_logging
from pumphouse.core.errors import SourceError, TransientError
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import authorize_address, finish, log_in_by_credentials
from pumphouse.http.oauth2 import Registration
from pumphouse.runtime.plugins import source_plugins
from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.sources.myuplink.source import MyUplink
from pumphouse.sources.nibe_uplink.source import NibeUplink
from pumphouse.testing.clock import FakeClock

from .cases import APIS, PROBES
from .leaks import leaked

AnySource = NibeUplink | MyUplink
#: how long the client waits for a reply that is held, and for any other
BRIEFLY, PATIENTLY = 0.25, 60.0


async def failure_of(request: Awaitable[object]) -> SourceError | None:
    """How a request failed; what is no `SourceError` fails the test."""
    try:
        await request
    except SourceError as error:
        return error
    return None


class Witness:
    """Hears all that is said: errors, their tracebacks, stdout, stderr, logs before redaction."""

    def __init__(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture):
        self._capsys = capsys
        self._caplog = caplog
        self._heard: list[str] = []
        self.log = io.StringIO()

    def hear_event(
        self, _logger: object, _method: str, event: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        """A structlog step in front of all others."""
        self._heard.append(repr(event))
        return event

    def hear(self, *said: object) -> None:
        for one in said:
            self._heard += [str(one), repr(one)]
            if isinstance(one, BaseException):
                self._heard += [repr(one.args), *traceback.format_exception(one)]

    def everything(self) -> str:
        self._heard += [*self._capsys.readouterr(), self._caplog.text, self.log.getvalue()]
        self._caplog.clear()
        return "\n".join(self._heard)


@pytest.fixture
def witness(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Witness]:
    """Logging as the program configures it, at its most talkative."""
    caplog.set_level("DEBUG")
    heard = Witness(capsys, caplog)
    with redirect_stderr(heard.log):
        configure_logging(level=logging.DEBUG, environment={})
    structlog.configure(processors=[heard.hear_event, *structlog.get_config()["processors"]])
    yield heard
    structlog.reset_defaults()


@dataclass
class Visit:
    """One user of one simulated cloud, with a clock of their own."""

    simulator: Simulator
    vendor: str
    host: Host
    clock: FakeClock
    source: AnySource
    _begun: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        wire = self.source._client._wire
        send = wire._send

        async def hurried(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
            wire._timeout_secs = BRIEFLY if self._is_held(request.url.path) else PATIENTLY
            try:
                return await send(request, handler)
            finally:
                wire._timeout_secs = PATIENTLY

        wire._send = hurried  # type: ignore[method-assign]  # only what is held may take too long

    def _is_held(self, path: str) -> bool:
        return any(
            fault.kind is FaultKind.TIMEOUT and fault.matches(self.vendor, self._base, path)
            for fault in self.simulator.faults.pending
        )

    @property
    def _base(self) -> str:
        return {"nibe_uplink": "/nibeuplink", "myuplink": "/myuplink"}[self.vendor]

    @property
    def api(self) -> object:
        return APIS[self.vendor](self.source._client)

    @property
    def probe(self) -> Awaitable[object]:
        """A guarded request."""
        return self.source._client.get(PROBES[self.vendor].removeprefix("/api/v1"))

    def break_next(
        self, kind: str, path: str | None, *, count: int = 1, seconds: float | None = None
    ) -> None:
        self.simulator.faults.add(self.vendor, kind, count, path, seconds)

    def begin(self) -> None:
        """Count requests from here."""
        self._begun = len(self.simulator.requests)

    def asked(self) -> list[tuple[str, str]]:
        """Method and path below the base of all requests since `begin`."""
        return [
            (request.method, request.path.removeprefix(self._base))
            for request in self.simulator.requests[self._begun :]
        ]

    def count(self, verb: str, path: str) -> int:
        return self.asked().count((verb, path))

    def renewals(self) -> int:
        return self.count("POST", "/oauth/token")

    async def wait_as_told(self, error: SourceError) -> None:
        """Let as much time pass as an error says."""
        if isinstance(error, TransientError) and error.retry_after is not None:
            await self.clock.advance(error.retry_after)

    async def log_in(self) -> None:
        """What a person does after `login --paste`."""
        await consent(self.source.registration(), self.host)


async def consent(registration: Registration, host: Host) -> None:
    """Log in as a user would, with automatic consent."""
    if registration.kind == "client_credentials":
        await log_in_by_credentials(registration, host=host)
        return
    attempt = authorize_address(registration)
    await finish(attempt, await redirected(attempt.address), host=host)


async def redirected(address: str) -> str:
    """Where a browser is sent to from a login's address, with automatic consent."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(address, allow_redirects=False) as reply,
    ):
        return reply.headers["Location"]


def open_source(
    simulator: Simulator,
    vendor: str,
    host: Host,
    grant: str = "authorization_code",
    *,
    name: str = "house",
    write: bool = True,
) -> AnySource:
    """A source as the runtime opens it."""
    told = simulator.announcement
    plugin = source_plugins()[vendor]
    settings = plugin.settings.model_validate(
        {
            "type": vendor,
            "client_id": told.client_id,
            "client_secret": told.client_secret,
            "base_url": getattr(told, vendor),
            "grant": grant,
            "write": write,
        }
    )
    source = plugin.open(name, settings, host)
    assert isinstance(source, AnySource)
    return source


@asynccontextmanager
async def visiting(
    simulator: Simulator,
    vendor: str,
    folder: Path,
    witness: Witness,
    *,
    grant: str = "authorization_code",
    logged_in: bool = True,
) -> AsyncIterator[Visit]:
    """A user, logged in; nothing that was issued meanwhile may have been said by anybody."""
    before = simulator.issued_secrets()
    clock = FakeClock(impatient=True)
    host = Host(FileGrantStore(folder), clock, random.Random(7), "Pumphouse/1 (tests)")
    async with open_source(simulator, vendor, host, grant) as source:
        visit = Visit(simulator, vendor, host, clock, source)
        if logged_in:
            await visit.log_in()
        visit.begin()
        try:
            yield visit
        finally:
            simulator.faults.clear()
    witness.hear(source, source.registration(), await host.grants.load("house"))
    secrets = simulator.issued_secrets() - before | {simulator.announcement.client_secret}
    assert leaked(witness.everything(), secrets) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clouds() -> AsyncIterator[Simulator]:
    """Both clouds, without rate limits, for all tests of a module: building a house takes time."""
    async with Simulator(SimulatorOptions(auto_consent=True, limited=False)) as simulator:
        yield simulator
