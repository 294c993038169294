"""What stands before Tibber's endpoints: user agent, token, scope, and its ways to say no."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pumphouse.simulator.faults import Fault, TibberFault
from pumphouse.simulator.gateway import FAULT
from pumphouse.simulator.oauth.grants import GrantBook
from pumphouse.simulator.tibber import PERSONAL_TOKEN
from pumphouse.simulator.tibber.wire import Problem, problem_reply

__all__ = [
    "GRAPHQL",
    "HOMES",
    "METERS",
    "Caller",
    "TibberGuard",
    "bearer",
    "blocked",
    "graphql_error",
    "is_known",
    "struck_by",
]

GRAPHQL: Final = "/v1-beta/gql"
HOMES: Final = "data-api-homes-read"
METERS: Final = "data-api-meters-read"
_BASELINE: Final = frozenset(
    {"openid", "profile", "email", "offline_access", "data-api-user-read", HOMES}
)
_EXPIRED: Final = '"exp" claim timestamp check failed'
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class Caller(NamedTuple):
    """Who asks, by the scopes of the token."""

    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether a scope was granted."""
        return scope in self.scopes


Handler = Callable[[Request, Caller], Awaitable[Response]]


class TibberGuard:
    """Knows the tokens and words every refusal.

    Args:
        book: the tokens that were issued.
    """

    def __init__(self, book: GrantBook) -> None:
        self._book = book

    def route(self, path: str, scope: str, handler: Handler) -> Route:
        """A route of the Data API that needs a token with `scope`.

        It is matched against the path as it was sent, so its parameters are decoded here.
        """

        async def endpoint(request: Request) -> Response:
            if not is_known(request):
                return blocked()
            request.scope["path_params"] = {
                name: unquote(str(value)) for name, value in request.path_params.items()
            }
            try:
                return await handler(request, self._caller(request, scope))
            except Problem as problem:
                headers = _CHALLENGE if problem.status == 401 else {}  # noqa: PLR2004 - challenge
                return problem_reply(problem, headers)

        return Route(path, endpoint, methods=["GET"])

    def token_error(self, token: str) -> str | None:
        """What is wrong with a token of GraphQL, None for nothing."""
        if token == PERSONAL_TOKEN or self._book.check(token) is not None:
            return None
        return _EXPIRED if token in self._book.issued else "invalid token"

    def rate_limited(self, headers: Mapping[str, str], path: str = "") -> Response:
        """Too many requests; GraphQL's gateway says it in plain text."""
        if path.startswith(GRAPHQL):
            return PlainTextResponse("Too many requests", 429, dict(headers))
        return problem_reply(Problem(429, "Too many requests."), headers)

    def unauthorized(self, path: str = "") -> Response:
        """No valid token; GraphQL says so with status 200."""
        if path.startswith(GRAPHQL):
            return graphql_error("invalid token", "UNAUTHENTICATED")
        if path.startswith("/connect/token"):
            return JSONResponse({"error": "invalid_client"}, 400)
        return problem_reply(Problem(401, "The token is missing or invalid."), _CHALLENGE)

    def failed(self, path: str = "") -> Response:
        """Its own server fails."""
        if path.startswith(GRAPHQL):
            return graphql_error("Internal server error", "INTERNAL_SERVER_ERROR", 500)
        return problem_reply(Problem(500, "An unexpected error occurred."))

    async def crashed(self, request: Request, _error: Exception) -> Response:
        """The same where this simulator itself fails."""
        return self.failed(request.url.path.partition("/tibber")[2])

    async def unknown_address(self, _request: Request, error: Exception) -> Response:
        """No such path or method."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return problem_reply(Problem(status, "There is nothing at this address."))

    def _caller(self, request: Request, scope: str) -> Caller:
        access = self._book.check(bearer(request))
        if access is None:
            raise Problem(401, "The token is missing or invalid.")
        scopes = frozenset(access.scope)
        if struck_by(request, TibberFault.SCOPE_MISSING):
            scopes &= _BASELINE
        if scope not in scopes:
            raise Problem(403, f"The scope {scope} is needed.")
        return Caller(scopes)


def bearer(request: HTTPConnection) -> str:
    """The token of the request, empty where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def is_known(request: HTTPConnection) -> bool:
    """Whether the caller says what it is."""
    return bool(request.headers.get("user-agent", "").strip())


def blocked() -> Response:
    """The answer to who does not say what it is."""
    return PlainTextResponse("Your user agent is blocked. Please send a valid User-Agent.", 400)


def struck_by(request: HTTPConnection, *kinds: TibberFault) -> Fault | None:
    """The fault to be acted out in this request, if it is one of `kinds`."""
    fault = request.scope.get(FAULT)
    return fault if isinstance(fault, Fault) and fault.kind in kinds else None


def graphql_error(message: str, code: str, status: int = 200) -> Response:
    """A GraphQL answer that holds nothing but an error."""
    error = {"message": message, "extensions": {"code": code}}
    return JSONResponse({"data": None, "errors": [error]}, status)
