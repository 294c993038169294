"""Bytes out: posts to a server of the user's own, one after another, over kept connections."""

import gzip
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from yarl import URL

from pumphouse.core.ports import Host
from pumphouse.http.wire import Reply, Wire

__all__ = ["Push"]

# Lines of readings shrink to a tenth at the fastest level; slower ones gain little.
_GZIP_LEVEL: Final = 1


class Push:
    """Posts bodies to one address and returns the replies, whatever their status.

    An async context manager; entering does no I/O. Nothing is repeated and no redirect is followed.

    Args:
        address: where to post to.
        host: lends the User-Agent.
        receiver: the name people know the server by.
        headers: of every request, for example the login.
        compress: whether bodies are sent with gzip.
        timeout_secs: for one reply.
    """

    def __init__(
        self,
        address: str,
        *,
        host: Host,
        receiver: str,
        headers: Mapping[str, str],
        compress: bool,
        timeout_secs: float,
    ) -> None:
        self._url = URL(address)
        self._compress = compress
        self._login = dict(headers)
        self._headers = self._login | ({"Content-Encoding": "gzip"} if compress else {})
        self._wire = Wire(host, vendor=receiver, timeout_secs=timeout_secs)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._wire.__aexit__(kind, error, traceback)

    async def post(self, body: bytes, params: Sequence[tuple[str, str]] = ()) -> Reply:
        """Send `body` and wait for the whole reply.

        Raises:
            Unreachable: no complete answer came; whether the body arrived is unknown.
            BadResponse: the answer is larger than any real one.
        """
        data = gzip.compress(body, _GZIP_LEVEL, mtime=0) if self._compress else body
        return await self._wire.exchange(
            "POST", self._url.extend_query(list(params)), headers=self._headers, data=data
        )

    async def look(self, address: str) -> Reply:
        """Another page of the same server, asked for with the same login.

        Raises:
            Unreachable: no complete answer came.
            BadResponse: the answer is larger than any real one.
        """
        return await self._wire.exchange("GET", URL(address), headers=self._login)
