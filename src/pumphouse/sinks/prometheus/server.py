"""The pages for machines: `/metrics`, `/healthz` (alive) and `/readyz` (the store can be written).

`/readyz` says nothing about clouds: a vendor's outage must not make a supervisor restart the house.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pumphouse.core.errors import ConfigurationError, StoreError
from pumphouse.sinks.prometheus.exposition import CONTENT_TYPE, PrometheusExposition
from pumphouse.sinks.prometheus.figures import HouseFigures

__all__ = ["GetFigures", "IsReady", "routes", "serving"]

GetFigures = Callable[[], Awaitable[HouseFigures]]
"""Asked at every scrape."""

IsReady = Callable[[], Awaitable[bool]]
"""Asked at every visit of `/readyz`; may raise `StoreError`, which means no."""

#: what a scrape in flight gets when the house stops
_GRACE_SECS: Final = 1


def routes(
    exposition: PrometheusExposition,
    figures: GetFigures | None = None,
    ready: IsReady | None = None,
) -> list[Route]:
    """The three pages, for an application that has others."""

    async def metrics(_: Request) -> Response:
        """The page without the house's own figures is better than none."""
        own: HouseFigures | None = None
        if figures is not None:
            with contextlib.suppress(StoreError):
                own = await figures()
        return Response(exposition.render(own), headers={"content-type": CONTENT_TYPE})

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def is_ready(_: Request) -> Response:
        try:
            good = ready is None or await ready()
        except StoreError:
            good = False
        if good:
            return PlainTextResponse("ready\n")
        return PlainTextResponse("the store cannot be written\n", status_code=503)

    return [Route("/metrics", metrics), Route("/healthz", alive), Route("/readyz", is_ready)]


@contextlib.asynccontextmanager
async def serving(
    exposition: PrometheusExposition,
    host: str,
    port: int,
    *,
    figures: GetFigures | None = None,
    ready: IsReady | None = None,
) -> AsyncIterator[str]:
    """Serve the pages while inside; yields the address, which tells the port where 0 was asked for.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        Starlette(routes=routes(exposition, figures, ready)),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECS,
    )
    server = _Embedded(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{shown}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class _Embedded(uvicorn.Server):
    """Leaves signals to whoever owns the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as problem:
        reason = f"{host}:{port} cannot be listened on ({problem.strerror})"
        raise ConfigurationError([f"web: {reason}; choose another host or port"]) from None
