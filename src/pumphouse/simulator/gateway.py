"""The door of a vendor's cloud: keeps the log of requests and lets faults happen."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pumphouse.core.ports import Clock
from pumphouse.simulator.faults import (
    HOLD_SECS,
    Fault,
    FaultKind,
    FaultReplies,
    Faults,
    TibberFault,
)

__all__ = ["FAULT", "WEBSOCKET", "Gateway", "RequestLog", "RequestRecord"]

#: key of the ASGI scope under which an application finds the fault it is to act out itself
FAULT: Final = "pumphouse.fault"
#: the method under which a websocket's handshake stands in the log
WEBSOCKET: Final = "WEBSOCKET"

_log = logging.getLogger("pumphouse.simulator")


@dataclass(slots=True)
class RequestRecord:
    """One request: what was asked, when, and the status of the answer (None: no answer yet).

    A websocket is one request of the method `WEBSOCKET`, with status 101 where it was accepted.
    """

    vendor: str
    method: str
    path: str
    at: datetime
    status: int | None = None

    def as_json(self) -> Mapping[str, object]:
        """The form of the control API."""
        at = self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "at": at,
        }


RequestLog = deque[RequestRecord]


class Gateway:
    """An ASGI application around a vendor's.

    Args:
        app: the vendor's cloud.
        vendor: its key in the announcement.
        base: its base path.
        faults: what is to be broken.
        replies: how this vendor answers when broken.
        log: where requests are noted.
        clock: for the time of requests.
        closing: set when the server stops, which ends every held request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        vendor: str,
        base: str,
        faults: Faults,
        replies: FaultReplies,
        log: RequestLog,
        clock: Clock,
        closing: asyncio.Event,
    ) -> None:
        self._app = app
        self._vendor = vendor
        self._base = base
        self._faults = faults
        self._replies = replies
        self._requests = log
        self._clock = clock
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path: str = scope["path"]
        method = scope.get("method", WEBSOCKET)
        record = RequestRecord(self._vendor, method, path, self._clock.now())
        self._requests.append(record)

        async def note(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                record.status = message["status"]
            elif message["type"] == "websocket.accept":
                record.status = 101
            await send(message)

        fault = self._faults.take(self._vendor, self._base, path)
        if fault is None:
            await self._serve(scope, receive, note)
        elif isinstance(fault.kind, TibberFault):
            await self._serve({**scope, FAULT: fault}, receive, note)
        elif fault.kind is FaultKind.DISCONNECT:
            await _cut(send)
        else:
            await self._fail(fault, scope, receive, note)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the cloud answer; it routes on the path as sent, where `%2F` separates nothing."""
        sent = {**scope, "path": scope["raw_path"].decode("ascii")}
        try:
            await self._app(sent, receive, send)
        except Exception as error:  # noqa: BLE001 - the client has its answer; the server goes on
            # One line that tells a simulator's bug from a vendor's failure on request.
            method = scope.get("method", WEBSOCKET)
            what = f"{method} {scope['path']}: {type(error).__name__}"
            _log.warning("the simulator itself failed at %s", what)
            _log.debug("where it failed", exc_info=error)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        self._replies.prepare(fault)
        if fault.kind is FaultKind.TIMEOUT:
            await self._hold(HOLD_SECS if fault.seconds is None else fault.seconds)
        reply = self._replies.reply(fault, scope["path"].removeprefix(self._base))
        if reply is None:
            await self._serve(scope, receive, send)
        else:
            await reply(scope, receive, send)

    async def _hold(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return


async def _cut(send: Send) -> None:
    """Promise more than is sent, then return: the server closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"page": 1', "more_body": True})
