"""The websocket of GraphQL: live measurements by the protocol `graphql-transport-ws`."""

import asyncio
import contextlib
import json
from typing import Final

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from pumphouse.simulator.faults import Fault, TibberFault
from pumphouse.simulator.tibber.account import TibberHome
from pumphouse.simulator.tibber.graphql.endpoint import read_request
from pumphouse.simulator.tibber.graphql.execution import execute, resolved
from pumphouse.simulator.tibber.graphql.language import (
    Document,
    Field,
    GraphqlProblem,
    Operation,
    parse,
)
from pumphouse.simulator.tibber.graphql.schema import Schema
from pumphouse.simulator.tibber.guard import (
    GRAPHQL,
    TibberGuard,
    blocked,
    is_known,
    struck_by,
)

__all__ = ["Sockets"]

PROTOCOL: Final = "graphql-transport-ws"
_MOST_SOCKETS: Final = 2
_INIT_SECS: Final = 10.0
_CLOSES: Final = {
    TibberFault.CLOSE_4429: (4429, "too many open connections"),
    TibberFault.CLOSE_4403: (4403, "invalid token"),
    TibberFault.CLOSE_4500: (4500, "internal error"),
    TibberFault.CLOSE_1001: (1001, "going away"),
}


class _Close(Exception):
    """End the connection with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Sockets:
    """Every open websocket of the account.

    Args:
        schema: what can be subscribed to.
        guard: knows the tokens.
        every_secs: seconds between two measurements, on the wall clock.
    """

    def __init__(self, schema: Schema, guard: TibberGuard, every_secs: float) -> None:
        self._schema = schema
        self._guard = guard
        self._every = every_secs
        self._open: dict[_Connection, str] = {}

    def routes(self) -> list[WebSocketRoute]:
        """The one address."""
        return [WebSocketRoute(f"{GRAPHQL}/subscriptions", self._serve)]

    def strike(self, fault: Fault) -> int:
        """Let a fault hit the sockets that are open.

        Returns:
            How many it hit.
        """
        if not isinstance(fault.kind, TibberFault) or fault.kind not in _CLOSES:
            return 0
        hit = list(self._open)[: fault.count]
        for connection in hit:
            connection.end(*_CLOSES[fault.kind])
        return len(hit)

    async def _serve(self, socket: WebSocket) -> None:
        if not is_known(socket):
            await socket.send_denial_response(blocked())
            return
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(PROTOCOL)
        connection = _Connection(socket, self._schema, self._every)
        try:
            await self._talk(connection, struck_by(socket, *_CLOSES))
        except WebSocketDisconnect:
            pass
        except _Close as close:
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close(close.code, close.reason)
        finally:
            self._open.pop(connection, None)
            await connection.stop()

    async def _talk(self, connection: "_Connection", fault: Fault | None) -> None:
        """Greet, then serve until the end."""
        if fault is not None and fault.kind is TibberFault.CLOSE_4429:
            raise _Close(*_CLOSES[TibberFault.CLOSE_4429])
        token = await connection.greeting()
        if self._guard.token_error(token) is not None:
            raise _Close(*_CLOSES[TibberFault.CLOSE_4403])
        if list(self._open.values()).count(token) >= _MOST_SOCKETS:
            raise _Close(*_CLOSES[TibberFault.CLOSE_4429])
        if fault is not None and isinstance(fault.kind, TibberFault):
            raise _Close(*_CLOSES[fault.kind])
        self._open[connection] = token
        await connection.serve()


class _Connection:
    """One websocket and its subscriptions."""

    def __init__(self, socket: WebSocket, schema: Schema, every_secs: float) -> None:
        self._socket = socket
        self._schema = schema
        self._every = every_secs
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def greeting(self) -> str:
        """The token of the first message."""
        try:
            message = await asyncio.wait_for(self._receive(), _INIT_SECS)
        except TimeoutError:
            raise _Close(4408, "Connection initialisation timeout") from None
        if message.get("type") != "connection_init":
            raise _Close(4401, "Unauthorized")
        payload = message.get("payload")
        token = payload.get("token") if isinstance(payload, dict) else None
        return token if isinstance(token, str) else ""

    async def serve(self) -> None:
        """Acknowledge, then answer until the client or a fault ends it."""
        await self._send({"type": "connection_ack"})
        reading = asyncio.ensure_future(self._read())
        try:
            await asyncio.wait((reading, self._ended), return_when="FIRST_COMPLETED")
        finally:
            if not reading.done():
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
        (self._ended if self._ended.done() else reading).result()

    def end(self, code: int, reason: str) -> None:
        """Close the connection soon."""
        if not self._ended.done():
            self._ended.set_exception(_Close(code, reason))

    async def stop(self) -> None:
        """End every subscription."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._ended.done():
            self._ended.exception()

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            match message.get("type"):
                case "ping":
                    await self._send({"type": "pong"})
                case "pong":
                    pass
                case "subscribe":
                    await self._subscribe(message)
                case "complete":
                    self._complete(str(message.get("id")))
                case "connection_init":
                    raise _Close(4429, "Too many initialisation requests")
                case _:
                    raise _Close(4400, "Invalid message received")

    async def _subscribe(self, message: dict[str, object]) -> None:
        identifier = message.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise _Close(4400, "A subscription has an id")
        if identifier in self._tasks and not self._tasks[identifier].done():
            raise _Close(4409, f"Subscriber for {identifier} already exists")
        try:
            asked = read_request(message.get("payload"))
            document = parse(asked.query)
            operation = document.operation(asked.operation)
            home = self._home(operation, {**operation.defaults, **asked.variables})
        except GraphqlProblem as problem:
            error = {"message": problem.message, "extensions": {"code": problem.code}}
            await self._send({"id": identifier, "type": "error", "payload": [error]})
            return
        feed = self._feed(identifier, document, operation, home)
        self._tasks[identifier] = asyncio.create_task(feed)

    def _home(self, operation: Operation, variables: dict[str, object]) -> TibberHome:
        """The home that one subscription is about."""
        fields = [one for one in operation.selections if isinstance(one, Field)]
        if operation.kind != "subscription" or len(fields) != 1:
            raise GraphqlProblem("Subscribe to one field.")
        if fields[0].name not in ("liveMeasurement", "testMeasurement"):
            raise GraphqlProblem(f'Cannot query field "{fields[0].name}" on type "Subscription".')
        return self._schema.measured_home(resolved(fields[0].arguments, variables))  # type: ignore[arg-type]

    async def _feed(
        self, identifier: str, document: Document, operation: Operation, home: TibberHome
    ) -> None:
        """A measurement every few seconds."""
        try:
            while True:
                data = execute(document, operation.selections, self._schema.measurement(home), {})
                await self._send({"id": identifier, "type": "next", "payload": {"data": data}})
                await asyncio.sleep(self._every)
        except GraphqlProblem as problem:
            error = {"message": problem.message, "extensions": {"code": problem.code}}
            await self._send({"id": identifier, "type": "error", "payload": [error]})

    def _complete(self, identifier: str) -> None:
        task = self._tasks.pop(identifier, None)
        if task is not None:
            task.cancel()

    async def _receive(self) -> dict[str, object]:
        text = await self._socket.receive_text()
        try:
            message: object = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise _Close(4400, "Invalid message received")
        return message

    async def _send(self, message: dict[str, object]) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.send_text(json.dumps(message))
