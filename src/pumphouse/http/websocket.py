"""A websocket that speaks JSON: the client's side, opened, read with a patience, and closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

from pumphouse.core.errors import BadResponse, RequestRefused, SourceError
from pumphouse.core.ports import Host
from pumphouse.http.problems import Explain, Failure, explain_nothing, refusal, transport

__all__ = ["JsonSocket", "open_socket"]

_CONNECT_SECS: Final = 15.0
_CLOSE_SECS: Final = 5.0
_LARGEST_MESSAGE_BYTES: Final = 1024 * 1024  # a thousand times a real one
_ENDS: Final = frozenset(
    {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}
)


class JsonSocket:
    """One open websocket.

    Args:
        socket: aiohttp's own.
        vendor: the name people know the other side by.
        silence_secs: after how long without a message the connection counts as dead.
    """

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, *, vendor: str, silence_secs: float
    ) -> None:
        self._socket = socket
        self._vendor = vendor
        self._silence_secs = silence_secs
        self._close_code: int | None = None

    @property
    def close_code(self) -> int | None:
        """Why the other side has closed (RFC 6455, 7.4); None while it has not, or not said."""
        return self._close_code

    async def send(self, message: object) -> None:
        """Send one message.

        Raises:
            Unreachable: the connection is broken.
        """
        try:
            await self._socket.send_json(message)
        except (aiohttp.ClientError, OSError, RuntimeError) as error:
            raise self._broken(error) from None

    async def receive(self) -> object | None:
        """The next message; None where the other side has closed.

        Raises:
            Unreachable: the connection is broken, or nothing came for `silence_secs`.
            BadResponse: a message is no JSON, or larger than any real one.
        """
        try:
            async with asyncio.timeout(self._silence_secs):
                message = await self._socket.receive()
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from None
        if message.type in _ENDS:
            self._close_code = self._socket.close_code
            if self._close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE:
                raise self._broken(ConnectionResetError())
            return None
        if message.type is aiohttp.WSMsgType.ERROR:
            raise BadResponse(f"{self._vendor} sends what is no message of a websocket.")
        try:
            parsed: object = json.loads(message.data)
        except (ValueError, TypeError, RecursionError):
            raise BadResponse(f"{self._vendor} sends a message that is no JSON.") from None
        return parsed

    def _broken(self, error: Exception) -> SourceError:
        return transport(error, vendor=self._vendor, place="websocket")


@asynccontextmanager
async def open_socket(
    address: str,
    *,
    host: Host,
    vendor: str,
    source: str,
    protocol: str,
    silence_secs: float,
    explain: Explain = explain_nothing,
) -> AsyncIterator[JsonSocket]:
    """Open a websocket; leaving the context closes it.

    Args:
        address: begins with ws:// or wss://.
        host: lends the User-Agent and the clock.
        vendor: the name people know the other side by.
        source: the configured name.
        protocol: the subprotocol that both sides have to speak.
        silence_secs: after how long without a message the connection counts as dead.
        explain: the vendor's reading of its error bodies.

    Raises:
        Unreachable: no connection.
        BadResponse: the other side does not speak the protocol.
        RequestRefused: the address is none of a websocket.
        SourceError: it answered by HTTP that it refuses.
    """
    url = _address(address, vendor)
    headers = {"User-Agent": host.user_agent}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECS)
    async with aiohttp.ClientSession(
        headers=headers, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        try:
            async with asyncio.timeout(2 * _CONNECT_SECS):
                socket = await session.ws_connect(
                    url,
                    protocols=(protocol,),
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECS),
                    max_msg_size=_LARGEST_MESSAGE_BYTES,
                )
        except aiohttp.WSServerHandshakeError as error:
            failure = Failure(error.status, None, error.headers or {})
            raise _refused(failure, url, host, vendor, source, explain) from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise transport(error, vendor=vendor, place=f"{url.host}:{url.port}") from None
        async with socket:
            if socket.protocol != protocol:
                raise BadResponse(f"{vendor} does not speak {protocol} on its websocket.")
            yield JsonSocket(socket, vendor=vendor, silence_secs=silence_secs)


def _address(address: str, vendor: str) -> URL:
    try:
        url = URL(address)
    except ValueError:
        url = URL()
    if url.scheme not in ("ws", "wss") or not url.host:
        raise RequestRefused(f"{vendor} names an address that is none of a websocket.")
    return url


def _refused(
    failure: Failure, url: URL, host: Host, vendor: str, source: str, explain: Explain
) -> SourceError:
    """A reply to the handshake that is no success; one that claims to be is none either."""
    if failure.status < HTTPStatus.MULTIPLE_CHOICES:
        return BadResponse(f"{vendor} does not open the websocket that it names.")
    return refusal(
        failure,
        what=f"the websocket {url.path}",
        vendor=vendor,
        source=source,
        now=host.clock.now(),
        explain=explain,
    )
