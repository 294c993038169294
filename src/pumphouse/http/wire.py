"""Bytes in and out: one aiohttp session with time-outs, a name, a size limit and a discreet log."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from yarl import URL

from pumphouse.core.errors import BadResponse, RequestRefused
from pumphouse.core.ports import Host
from pumphouse.http.problems import transport

__all__ = ["Reply", "Stream", "Wire"]

_CONNECT_SECS = 15.0
_LARGEST_REPLY_BYTES = 16 * 1024 * 1024  # the largest real ones are a few hundred kilobytes
_FORM = "application/x-www-form-urlencoded"

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; neither headers nor body appear in its `repr`."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> object:
        """The body as JSON.

        Raises:
            ValueError: it is none; `NaN` and `Infinity` are none either.
        """
        try:
            parsed: object = json.loads(self.body, parse_constant=_no_json)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return parsed


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on until the other side ends it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    chunks: AsyncIterator[bytes] = field(repr=False)


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


class Wire:
    """Sends requests and returns complete replies, whatever their status.

    The session is opened by the first request and closed on exit, after which it may be entered
    again. Redirects are not followed and cookies are not kept. The log holds method, path and
    status: no query, header or body.

    Args:
        host: lends the User-Agent; vendors refuse a library's default.
        vendor: the name people know the vendor by.
        timeout_secs: for the headers and again for the body of a reply.
    """

    def __init__(self, host: Host, *, vendor: str, timeout_secs: float = 45.0) -> None:
        self._host = host
        self._vendor = vendor
        self._timeout_secs = timeout_secs
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(
        self,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        middlewares: Sequence[ClientMiddlewareType] = (),
    ) -> Reply:
        """Send one request and read its whole reply.

        Raises:
            Unreachable: no complete answer came.
            BadResponse: the answer is larger than any real one.
            RequestRefused: the address is no web address.
        """
        try:
            response = await self._open().request(
                method,
                url,
                headers=headers,
                data=data,
                allow_redirects=False,
                middlewares=(*middlewares, self._send),
            )
            async with response, asyncio.timeout(self._timeout_secs):
                return Reply(response.status, response.headers, await self._read(response))
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise self._problem(error, url) from None

    @asynccontextmanager
    async def stream(
        self,
        url: URL,
        *,
        headers: Mapping[str, str],
        middlewares: Sequence[ClientMiddlewareType],
        silence_secs: float,
    ) -> AsyncIterator[Stream]:
        """Ask for an answer that goes on; leaving the context ends it.

        Reading its chunks raises `Unreachable` where the connection breaks, or where nothing comes
        for `silence_secs`.

        Raises:
            Unreachable: no answer began.
            RequestRefused: the address is no web address.
        """
        try:
            response = await self._open().request(
                "GET",
                url,
                headers=headers,
                allow_redirects=False,
                middlewares=(*middlewares, self._send),
            )
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise self._problem(error, url) from None
        async with response, aclosing(self._chunks(response, silence_secs)) as chunks:
            yield Stream(response.status, response.headers, chunks)

    async def _chunks(
        self, response: ClientResponse, silence_secs: float
    ) -> AsyncGenerator[bytes, None]:
        while True:
            try:
                async with asyncio.timeout(silence_secs):
                    chunk = await response.content.readany()
            except (aiohttp.ClientError, OSError) as error:
                raise self._problem(error, response.url) from None
            if not chunk:
                return
            yield chunk

    async def post_form(self, url: str, form: str) -> Reply:
        """Send an encoded form, as the token endpoint of OAuth 2 wants it."""
        headers = {"Content-Type": _FORM}
        return await self.exchange("POST", _address(url), headers=headers, data=form.encode())

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": self._host.user_agent, "Accept": "application/json"},
                # Waiting for a turn or a fresh token must not count: `_send` measures the reply.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _send(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """The innermost middleware: one request on the wire, timed and logged."""
        try:
            async with asyncio.timeout(self._timeout_secs):
                response = await handler(request)
        except (aiohttp.ClientError, OSError) as error:
            problem = self._problem(error, request.url)
            _log.debug(
                "no reply",
                method=request.method,
                path=request.url.path,
                error=type(problem).__name__,
            )
            if request.method == "GET":
                raise  # aiohttp asks again where a kept connection turned out to be dead
            raise problem from None  # a write is never sent twice blindly
        _log.debug("reply", method=request.method, path=request.url.path, status=response.status)
        return response

    async def _read(self, response: ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _LARGEST_REPLY_BYTES:
                response.close()
                raise BadResponse(
                    f"{self._vendor} sends more than {_LARGEST_REPLY_BYTES >> 20} MiB at once, "
                    "which no documented answer needs."
                )
        return bytes(body)

    def _problem(self, error: Exception, url: URL) -> Exception:
        return transport(error, vendor=self._vendor, place=f"{url.host}:{url.port}")


def _address(url: str) -> URL:
    try:
        return URL(url)
    except ValueError:
        raise RequestRefused("The address is not a web address: see `base_url`.") from None
