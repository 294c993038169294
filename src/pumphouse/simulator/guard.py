"""What stands before every API endpoint: token, scope, rate limit, error body."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pumphouse.core.ports import Clock
from pumphouse.simulator.limits import Limit
from pumphouse.simulator.oauth.grants import GrantBook
from pumphouse.simulator.oauth.policy import CLIENT_ID
from pumphouse.simulator.refusals import ApiRefusal, error_reply

__all__ = ["READ", "WRITE", "ErrorCodes", "Guard", "Handler", "json_object", "positive"]

READ = "READSYSTEM"
WRITE = "WRITESYSTEM"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class ErrorCodes:
    """A vendor's numbers for what can go wrong before a request is looked at."""

    unauthorized: int
    scope: int
    rate: int
    missing: int
    malformed: int
    rate_text: str
    server: int = 0


class Guard:
    """Wraps a vendor's endpoints.

    Args:
        book: knows the tokens.
        limit: counts requests; all users of one client share an account.
        codes: the vendor's error numbers.
        clock: for the time in error bodies.
    """

    def __init__(self, book: GrantBook, limit: Limit, codes: ErrorCodes, clock: Clock) -> None:
        self._book = book
        self._limit = limit
        self._clock = clock
        self.codes = codes

    def route(self, method: str, path: str, scope: str | None, handler: Handler) -> Route:
        """A route that needs a valid token with `scope`; None: any valid token.

        It is matched against the path as it was sent, so its parameters are decoded here.
        """

        async def endpoint(request: Request) -> Response:
            headers: Mapping[str, str] = {}
            request.scope["path_params"] = {
                name: unquote(value) if isinstance(value, str) else value
                for name, value in request.path_params.items()
            }
            try:
                self._authorize(request, scope)
                verdict = self._limit.admit(CLIENT_ID)
                headers = verdict.headers
                if not verdict.allowed:
                    return self.rate_limited(headers)
                response = await handler(request)
            except ApiRefusal as refusal:
                return self._refuse(refusal, headers)
            response.headers.update(headers)
            return response

        return Route(path, endpoint, methods=[method])

    def rate_limited(self, headers: Mapping[str, str], path: str = "") -> Response:  # noqa: ARG002
        """The vendor's answer to too many requests."""
        return self._refuse(ApiRefusal(429, self.codes.rate, self.codes.rate_text), headers)

    def unauthorized(self, path: str = "") -> Response:  # noqa: ARG002 - the same everywhere
        """The vendor's answer to a missing, expired or invalid token."""
        text = "Authorization has been denied for this request."
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return self._refuse(ApiRefusal(401, self.codes.unauthorized, text), challenge)

    def failed(self, path: str = "") -> Response:  # noqa: ARG002 - the same everywhere
        """The vendor's answer when its own server fails."""
        return self._refuse(ApiRefusal(500, self.codes.server, "An error has occurred."), {})

    async def crashed(self, _request: Request, _error: Exception) -> Response:
        """The same answer where this simulator itself fails."""
        return self.failed()

    async def unknown_address(self, _request: Request, error: Exception) -> Response:
        """The vendor's answer to a path or method that does not exist."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        text = "No HTTP resource was found that matches the request URI."
        return self._refuse(ApiRefusal(status, self.codes.missing, text), {})

    def _authorize(self, request: Request, scope: str | None) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        access = self._book.check(token.strip()) if kind.lower() == "bearer" else None
        if access is None:
            raise ApiRefusal(
                401, self.codes.unauthorized, "Authorization has been denied for this request."
            )
        if scope is not None and scope not in access.scope:
            raise ApiRefusal(403, self.codes.scope, f"The scope {scope} is needed.")

    def _refuse(self, refusal: ApiRefusal, headers: Mapping[str, str]) -> Response:
        if refusal.status == 401:  # noqa: PLR2004 - the status that needs a challenge
            headers = {**headers, "WWW-Authenticate": 'Bearer error="invalid_token"'}
        return error_reply(refusal, self._clock.now(), headers)


async def json_object(request: Request, malformed: int) -> dict[str, object]:
    """The request's body as a JSON object.

    Raises:
        ApiRefusal: it is none; `malformed` is the vendor's number for that.
    """
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiRefusal(400, malformed, "The request body is not a JSON object.")
    return body


def positive(request: Request, name: str, default: int, malformed: int) -> int:
    """A query parameter that must be a whole number of at least one.

    Raises:
        ApiRefusal: it is none; `malformed` is the vendor's number for that.
    """
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ApiRefusal(400, malformed, f"The value '{text}' is not valid for {name}.")
    return int(text)
