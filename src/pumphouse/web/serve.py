"""Serving the web app in the daemon's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import ConfigurationError
from pumphouse.runtime.analyst import Analyst
from pumphouse.runtime.daemon import Front
from pumphouse.runtime.installation import Installation
from pumphouse.sinks.prometheus import PrometheusExposition
from pumphouse.web.access.gate import Gate
from pumphouse.web.access.tokens import token_file
from pumphouse.web.app import create_app
from pumphouse.web.context import WebContext
from pumphouse.web.figures import Figures
from pumphouse.web.logins import Logins
from pumphouse.web.pages.rendering import warm
from pumphouse.web.stream import Broadcast

__all__ = ["build_context", "listen", "serving", "web_front"]

log = structlog.get_logger()

#: what an answer in flight gets when the house stops, in seconds
_GRACE_SECS: Final = 1
#: connections that may be open at once; who comes then is asked to come back
_MOST_CONNECTIONS: Final = 600
#: bytes of a request before its body
_LARGEST_HEAD: Final = 32 * 1024
#: a client that takes nothing for so long is cut off by the kernel, in milliseconds
_UNREAD_TIMEOUT_MS: Final = 30_000


def web_front(
    installation: Installation, opened: Callable[[str], None] = lambda _address: None
) -> Front:
    """The web app as the daemon's front.

    An address that cannot be had costs the pages and a warning, never the polling: data first.

    Args:
        opened: is told the address when there is one.
    """
    context = build_context(installation)
    return Front((context.exposition, context.live), _served(context, opened))


def build_context(installation: Installation) -> WebContext:
    """What the web app of this house is made of."""
    clock, catalogue = installation.host.clock, load_catalogue()
    settings = installation.settings
    analyst = Analyst(settings.store.path, settings.site.timezone, settings.hints)
    return WebContext(
        installation=installation,
        catalogue=catalogue,
        live=Broadcast(),
        exposition=PrometheusExposition(clock, catalogue),
        gate=Gate(settings.web, token_file(settings.store), clock),
        logins=Logins(installation.host, installation.connected),
        figures=Figures(analyst.about, clock),
    )


@contextlib.asynccontextmanager
async def _served(context: WebContext, opened: Callable[[str], None]) -> AsyncIterator[None]:
    web = context.installation.settings.web
    try:
        listener = listen(web.host, web.port)
    except ConfigurationError as error:
        log.warning("no pages", error=str(error))
        yield
        return
    warm()
    shown = f"[{web.host}]" if ":" in web.host else web.host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    async with serving(create_app(context), listener, stopping=context.live.close):
        log.info("serving", web=address, metrics=f"{address}/metrics")
        opened(address)
        yield


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, *, stopping: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Answer on `listener` while inside; it is closed at the end.

    Args:
        stopping: called before the end, to finish what would go on for ever.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_SECS,
    )
    server = _Embedded(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        stopping()
        server.should_exit = True
        await task


class _Embedded(uvicorn.Server):
    """Leaves signals to whoever owns the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at this address.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as problem:
        reason = f"{host}:{port} cannot be listened on ({problem.strerror})"
        raise ConfigurationError([f"web: {reason}; choose another host or port"]) from None
    # Accepted connections inherit both. Without the first, head and body of an answer, written one
    # after the other, are 40 ms apart: asyncio sets it only where it is told the protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Of the second, heartbeats make sure that there is always something unread.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_TIMEOUT_MS)
    return listener
