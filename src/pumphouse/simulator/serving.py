"""An HTTP server in the running event loop, ready when entered, gone when left."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from pumphouse.simulator.websocket import WebSocketProtocol

__all__ = ["listen", "serving"]

#: what requests in flight get when the server stops
_GRACE_SECS: Final = 0.2
_TICK_SECS: Final = 1.0


class _EmbeddedServer(uvicorn.Server):
    """Leaves signals to whoever owns the loop, and stops as soon as it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield

    async def main_loop(self) -> None:
        """Keep the `Date` header right until told to stop."""
        while not self.told_to_stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.told_to_stop.wait(), _TICK_SECS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests in flight end, for a moment, then cut every connection that is left."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        ends = time.monotonic() + _GRACE_SECS
        while (state.connections or state.tasks) and time.monotonic() < ends:  # noqa: ASYNC110 - sets
            await asyncio.sleep(0.005)
        for connection in list(state.connections):
            connection.transport.abort()
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is any free one.

    Raises:
        OSError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # asyncio sets this itself only on sockets that it has made; without it replies wait 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on `listener` while inside; early connections wait in the listener's queue."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws=WebSocketProtocol,
    )
    server = _EmbeddedServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.told_to_stop.set()
        await task
