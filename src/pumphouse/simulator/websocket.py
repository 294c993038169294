"""Websockets for the server of the simulated clouds, as ASGI has them.

The server brings none of its own, and a library for the few hundred frames of a simulation would
be a dependency of every installation.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import unquote

import h11
from starlette.types import ASGIApp, Message
from uvicorn.config import Config
from uvicorn.server import ServerState

from pumphouse.simulator.websocket_frames import (
    Frame,
    FrameReader,
    Opcode,
    WebSocketViolation,
    accept_key,
    encode,
)

__all__ = ["WebSocketProtocol"]

_GONE: Final = 1006
_GOODBYE_SECS: Final = 1.0
_Headers = Sequence[tuple[bytes, bytes]]


class WebSocketProtocol(asyncio.Protocol):
    """One websocket, from its handshake to its end, between a transport and an application.

    It takes over a connection whose first request asked for it; that request is given again.
    """

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object]
    ) -> None:
        self._app = cast("ASGIApp", config.loaded_app)
        self._app_state = app_state
        self._connections = cast("set[WebSocketProtocol]", server_state.connections)
        self._tasks = server_state.tasks
        self._handshake = h11.Connection(h11.SERVER)
        self._frames = FrameReader()
        self._parts: list[Frame] = []
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self._key = ""
        self._started = self._open = self._closing = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over."""
        self.transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever ended it
        """Tell the application that the client is gone."""
        self._connections.discard(self)
        self._tell_the_end(_GONE)

    def data_received(self, data: bytes) -> None:
        """Read the handshake, then frames."""
        if not self._started:
            self._handshake.receive_data(data)
            request = self._handshake.next_event()
            if isinstance(request, h11.Request):
                self._started = True
                self._begin(request)
            return
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except WebSocketViolation as violation:
            self._close(violation.code, violation.reason)

    def shutdown(self) -> None:
        """The server goes away."""
        if self._open:
            self._close(1001, "")
        else:
            self.transport.close()

    def _begin(self, request: h11.Request) -> None:
        """Ask the application."""
        headers = [(bytes(name), bytes(value)) for name, value in request.headers]
        self._key = dict(headers).get(b"sec-websocket-key", b"").decode("latin-1")
        path, _, query = bytes(request.target).partition(b"?")
        offered = dict(headers).get(b"sec-websocket-protocol", b"").decode("latin-1")
        scope: dict[str, object] = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "root_path": "",
            "query_string": query,
            "headers": headers,
            "subprotocols": [one.strip() for one in offered.split(",") if one.strip()],
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }
        self._received.put_nowait({"type": "websocket.connect"})
        task = asyncio.create_task(self._run(scope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, scope: dict[str, object]) -> None:
        await self._app(scope, self._received.get, self._send)
        if not self._closing:
            self._close(1011, "") if self._open else self.transport.abort()

    async def _send(self, message: Message) -> None:
        """Carry out what the application wants."""
        match message["type"]:
            case "websocket.accept":
                self._accept(message.get("subprotocol"), message.get("headers") or ())
            case "websocket.send":
                text = message.get("text")
                opcode = Opcode.BINARY if text is None else Opcode.TEXT
                self._write(opcode, message["bytes"] if text is None else text.encode())
            case "websocket.close" if self._open:
                self._close(message.get("code", 1000), message.get("reason") or "")
            case "websocket.close":
                self._refuse(403, ())
                self._finish()
            case "websocket.http.response.start":
                self._refuse(message["status"], message.get("headers", ()))
            case "websocket.http.response.body":
                self.transport.write(message.get("body", b""))
                self._finish()
            case _:  # anything else is no websocket: the connection is cut
                self._closing = True
                self.transport.abort()

    def _accept(self, subprotocol: str | None, headers: _Headers) -> None:
        answer = [
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
            (b"Sec-WebSocket-Accept", accept_key(self._key).encode()),
            *headers,
        ]
        if subprotocol:
            answer.append((b"Sec-WebSocket-Protocol", subprotocol.encode()))
        self._head(101, answer)
        self._open = True

    def _refuse(self, status: int, headers: _Headers) -> None:
        self._head(status, [*headers, (b"Connection", b"close")])

    def _head(self, status: int, headers: _Headers) -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n")

    def _take(self, frame: Frame) -> None:
        """Do what a frame asks for, or hand a finished message to the application."""
        if frame.opcode is Opcode.PING:
            self._write(Opcode.PONG, frame.payload)
        elif frame.opcode is Opcode.CLOSE:
            code = int.from_bytes(frame.payload[:2]) if frame.payload else 1005
            if not self._closing:
                self._write(Opcode.CLOSE, frame.payload[:2])
            self._tell_the_end(code)
            self._finish()
        elif frame.opcode is not Opcode.PONG:
            self._parts.append(frame)
            if frame.final:
                self._deliver()

    def _deliver(self) -> None:
        payload = b"".join(part.payload for part in self._parts)
        kind = self._parts[0].opcode
        self._parts.clear()
        message: Message = {"type": "websocket.receive"}
        if kind is Opcode.TEXT:
            try:
                message["text"] = payload.decode()
            except UnicodeDecodeError:
                raise WebSocketViolation(1007, "the text is not UTF-8") from None
        else:
            message["bytes"] = payload
        self._received.put_nowait(message)

    def _close(self, code: int, reason: str) -> None:
        """Say why and end; the transport sends what it still holds."""
        if self._closing:
            return
        self._write(Opcode.CLOSE, code.to_bytes(2) + reason.encode())
        self._tell_the_end(code)
        self._closing = True
        # The client says goodbye too; a connection cut before could take our reason with it.
        asyncio.get_running_loop().call_later(_GOODBYE_SECS, self.transport.close)

    def _write(self, opcode: Opcode, payload: bytes) -> None:
        if not self._closing and not self.transport.is_closing():
            self.transport.write(encode(opcode, payload))

    def _finish(self) -> None:
        self._closing = True
        self.transport.close()

    def _tell_the_end(self, code: int) -> None:
        self._received.put_nowait({"type": "websocket.disconnect", "code": code})
