"""Asking a database of the owner's own by HTTP, and saying what is wrong if it does not answer."""

from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self

from yarl import URL

from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    RequestRefused,
    ServerFailure,
    UsageError,
)
from pumphouse.core.ports import Host
from pumphouse.http.wire import Reply, Wire

__all__ = ["Database"]

_TIMEOUT_SECS = 120.0
_SHOWN = 200


class Database:
    """A server that answers questions with JSON; an async context manager.

    Args:
        address: where it is.
        what: what people call it.
        headers: of every question, for example the login.

    Raises:
        UsageError: the address cannot be one.
    """

    def __init__(self, address: str, *, what: str, host: Host, headers: Mapping[str, str]) -> None:
        try:
            self._base = URL(address.rstrip("/"))
        except ValueError:
            raise UsageError(f"{address} is no address of a server") from None
        if not self._base.host:
            raise UsageError(f"{address} names no server")
        self._what = what
        self._headers = headers
        self._wire = Wire(host, vendor=what, timeout_secs=_TIMEOUT_SECS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._wire.__aexit__(kind, error, traceback)

    async def ask(self, path: str, params: Mapping[str, str]) -> Mapping[str, object]:
        """What the server answers.

        Raises:
            Unreachable: no complete answer came.
            CredentialsRefused: it asks for a login, or for another one.
            RequestRefused: it does not understand the question.
            ServerFailure, BadResponse: it answers, but with nothing that can be used.
        """
        url = URL(f"{self._base}{path}").with_query(params)
        reply = await self._wire.exchange("GET", url, headers=self._headers)
        if reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise CredentialsRefused(f"{self._what} does not let us in: check user and token.")
        try:
            body = reply.json()
        except ValueError:
            body = None
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise self._refusal(reply, body)
        if not isinstance(body, dict):
            raise BadResponse(f"{self._what} answers with something that is no JSON object.")
        return body

    async def speaks_promql(self) -> bool:
        """Whether it answers the questions of Prometheus; who does not is another database.

        Raises:
            Unreachable: no complete answer came.
            CredentialsRefused: it asks for a login, or for another one.
            ServerFailure: it answers that it cannot answer now.
        """
        try:
            answer = await self.ask("/api/v1/query", {"query": "1"})
        except (RequestRefused, BadResponse):
            return False
        return answer.get("status") == "success"

    def _refusal(self, reply: Reply, body: object) -> Exception:
        said = str(body.get("error", ""))[:_SHOWN] if isinstance(body, dict) else ""
        sentence = f"{self._what} refuses a question with status {reply.status}. {said}".rstrip()
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ServerFailure(sentence)
        return RequestRefused(sentence)
