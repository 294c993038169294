"""The client of one vendor's API: JSON in and out, everything else taken care of."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from yarl import URL

from pumphouse.core.errors import BadResponse, ConfigurationError, RateLimited
from pumphouse.core.ports import Host, Limiter, RateBudget
from pumphouse.http.oauth2 import Bearer, GrantKeeper, Registration
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
_NO_HEADERS: Mapping[str, str] = {}


class ApiClient:
    """Asks a vendor's API, with token, rate limit and error handling.

    An async context manager; entering does no I/O. Everything a method raises is a `SourceError`.

    Args:
        base_url: the API's address; paths are appended to it.
        host: lends clock, chance, grants and the User-Agent.
        registration: the OAuth 2 client; None where the API needs no token.
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
        registration: Registration | None,
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
        self._middlewares = [self._in_turn]
        if registration is not None:
            post = partial(self._wire.post_form, registration.token_url)
            self._keeper = GrantKeeper(registration, host, post)
            self._middlewares.insert(0, Bearer(self._keeper))

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

    def budget(self) -> RateBudget:
        """What may be asked now."""
        return self._limiter.budget()

    async def _call(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        data: bytes | None,
    ) -> object:
        url = URL(f"{self._base}/{path.lstrip('/')}").extend_query(list(params))
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


def _parse_base(base_url: str, registration: Registration | None) -> URL:
    where = f"sources.{registration.source}.base_url" if registration else "base_url"
    try:
        url = URL(base_url.rstrip("/"))
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError([f"{where}: must be a web address like https://api.example.com"])
    return url
