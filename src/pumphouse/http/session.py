"""The client of one vendor's API: JSON in and out, everything else taken care of."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from yarl import URL

from pumphouse.core.errors import BadResponse, ConfigurationError, RateLimited
from pumphouse.core.ports import Host, Limiter, RateBudget
from pumphouse.http.oauth2 import Bearer, FixedToken, GrantKeeper, PersonalToken, Registration
from pumphouse.http.problems import Explain, Failure, printable, refusal
from pumphouse.http.wire import Reply, Wire

__all__ = ["ApiClient"]

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
_LARGEST_REFUSAL_BYTES = 64 * 1024  # what says more than that does not speak to a program
_NO_HEADERS: Mapping[str, str] = {}


class ApiClient:
    """Asks a vendor's API, with token, rate limit and error handling.

    An async context manager; entering does no I/O. Everything a method raises is a `SourceError`.

    Args:
        base_url: the API's address; paths are appended to it.
        host: lends clock, chance, grants and the User-Agent.
        registration: the OAuth 2 client, or a token that needs none; None where the API needs no
            token.
        limiter: shared by everything that uses the same credential.
        explain: the vendor's reading of its error bodies.
        timeout_secs: for one reply; waiting for the rate limit does not count.

    Raises:
        ConfigurationError: `base_url` is no web address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        host: Host,
        registration: Registration | PersonalToken | None,
        limiter: Limiter,
        explain: Explain,
        timeout_secs: float = 45.0,
    ) -> None:
        self._base = _parse_base(base_url, registration)
        self._host = host
        self._limiter = limiter
        self._explain = explain
        self._vendor = registration.vendor if registration else str(self._base.host)
        self._source = registration.source if registration else str(self._base.host)
        self._wire = Wire(host, vendor=self._vendor, timeout_secs=timeout_secs)
        self._keeper: GrantKeeper | None = None
        self._token = ""
        self._middlewares: list[ClientMiddlewareType] = [self._in_turn]
        if isinstance(registration, Registration):
            post = partial(self._wire.post_form, registration.token_url)
            self._keeper = GrantKeeper(registration, host, post)
            self._middlewares.insert(0, Bearer(self._keeper))
        elif registration is not None:
            self._token = registration.token
            self._middlewares.insert(0, FixedToken(self._token))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._keeper is not None:
                await self._keeper.aclose()
        finally:
            await self._wire.__aexit__(kind, error, traceback)

    async def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> object:
        """Read; returns the parsed JSON, None where a success has no body.

        Args:
            path: below the base address.
            params: the query in order; a name may occur more than once.
            headers: on top of the usual ones.
        """
        return await self._call("GET", path, params, headers, None)

    async def send(
        self,
        method: str,
        path: str,
        body: object,
        params: Sequence[tuple[str, str]] = (),
        content_type: str = "application/json",
    ) -> object | None:
        """Write `body` as JSON (None: send none); returns the parsed answer, None where empty."""
        if body is None:
            return await self._call(method, path, params, _NO_HEADERS, None)
        data = json.dumps(body, allow_nan=False).encode()
        return await self._call(method, path, params, {"Content-Type": content_type}, data)

    async def follow(self, link: str) -> object:
        """Read what a reply links to, letter for letter; as `get`.

        Args:
            link: an address of the API's own host, or one relative to its base.

        Raises:
            BadResponse: it leads elsewhere; the token is not sent there.
        """
        try:
            url = URL(f"{self._base}/").join(URL(link, encoded=True))
            inside = url.origin() == self._base.origin()
        except ValueError:
            inside, url = False, URL()
        if not inside:
            raise BadResponse(
                f"{self._vendor} links to another place ({printable(url.host or 'unreadable')}); "
                "the login is not sent there."
            )
        return await self._read("GET", url, _NO_HEADERS, None)

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        silence_secs: float,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read an answer that goes on: its bytes, as they come.

        Args:
            path, params, headers: as for `get`.
            silence_secs: after how long without a byte the connection counts as dead.
        """
        url = self._url(path, params)
        opened = self._wire.stream(
            url, headers=headers, middlewares=self._middlewares, silence_secs=silence_secs
        )
        async with opened as stream:
            if stream.status != HTTPStatus.OK:
                body = bytearray()
                async for chunk in stream.chunks:
                    body += chunk
                    if len(body) > _LARGEST_REFUSAL_BYTES:
                        break
                reply = Reply(stream.status, stream.headers, bytes(body))
                raise self._problem(reply, f"GET {url.path}")
            yield stream.chunks

    async def access_token(self) -> str:
        """The token to send now, for a protocol that wants it elsewhere than in a header.

        Returns:
            "" where the API needs none.

        Raises:
            SourceError: there is none.
        """
        if self._keeper is not None:
            return (await self._keeper.current()).access_token
        return self._token

    async def scope_problem(self) -> str | None:
        """What to do about a consent that covers less than is wanted; None where it covers all.

        Raises:
            SourceError: there is no consent.
        """
        return None if self._keeper is None else await self._keeper.scope_problem()

    async def renew(self, refused: str) -> None:
        """Get another token than one that the vendor refuses in words of its own, not by 401.

        Nothing happens where another request was faster, or where the token cannot be renewed.

        Args:
            refused: as `access_token` gave it.

        Raises:
            SourceError: there is no other.
        """
        if self._keeper is not None:
            grant = await self._keeper.current()
            if grant.access_token == refused:
                await self._keeper.renewed(grant)

    def budget(self) -> RateBudget:
        """What may be asked now."""
        return self._limiter.budget()

    def _url(self, path: str, params: Sequence[tuple[str, str]]) -> URL:
        return URL(f"{self._base}/{path.lstrip('/')}").extend_query(list(params))

    async def _call(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        data: bytes | None,
    ) -> object:
        return await self._read(method, self._url(path, params), headers, data)

    async def _read(
        self, method: str, url: URL, headers: Mapping[str, str], data: bytes | None
    ) -> object:
        what = f"{method} {url.path}"
        reply = await self._follow(method, url, headers, data)
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._problem(reply, what)
        if not reply.body.strip():
            return None
        try:
            return reply.json()
        except ValueError:
            raise BadResponse(
                f"{self._vendor} answers {what} with something that is no JSON, perhaps a page "
                "about maintenance."
            ) from None

    async def _follow(
        self, method: str, url: URL, headers: Mapping[str, str], data: bytes | None
    ) -> Reply:
        """Send, following redirects inside the same host; the token never goes elsewhere.

        NIBE Uplink documents 301, 302 and 307 as renames, so a write stays the write it was; only
        303 means "now read there".
        """
        for _ in range(_MOST_REDIRECTS):
            reply = await self._wire.exchange(
                method, url, headers=headers, data=data, middlewares=self._middlewares
            )
            place = reply.headers.get("Location")
            if reply.status not in _REDIRECTS or place is None:
                return reply
            url = self._redirected(url, place)
            if reply.status == HTTPStatus.SEE_OTHER:
                method, data = "GET", None
        raise BadResponse(f"{self._vendor} redirects {method} {url.path} in circles.")

    def _redirected(self, url: URL, place: str) -> URL:
        try:
            target = url.join(URL(place))
            inside = target.origin() == self._base.origin()
        except ValueError:
            inside, target = False, URL()
        if not inside:
            elsewhere = printable(target.host or "somewhere unreadable")
            raise BadResponse(
                f"{self._vendor} redirects {url.path} to another place ({elsewhere}); the login "
                "is not sent there."
            )
        return target

    async def _in_turn(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """The middleware that waits for the rate limit and learns from each reply."""
        await self._limiter.acquire()
        response = await handler(request)
        self._limiter.observe(response.status, response.headers)
        return response

    def _problem(self, reply: Reply, what: str) -> Exception:
        try:
            body = reply.json()
        except ValueError:
            body = None
        error = refusal(
            Failure(reply.status, body, reply.headers),
            what=what,
            vendor=self._vendor,
            source=self._source,
            now=self._host.clock.now(),
            explain=self._explain,
        )
        if isinstance(error, RateLimited):
            error.retry_after = self._limiter.refused(error.retry_after)
        return error


def _parse_base(base_url: str, registration: Registration | PersonalToken | None) -> URL:
    where = f"sources.{registration.source}.base_url" if registration else "base_url"
    try:
        url = URL(base_url.rstrip("/"))
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError([f"{where}: must be a web address like https://api.example.com"])
    return url
