"""Tibber's GraphQL API: a small query for each question, as the vendor asks."""

import base64
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import TypeAdapter

from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RateLimited,
    RequestRefused,
    ServerFailure,
    SourceError,
)
from pumphouse.http.problems import Failure, login_hint, printable
from pumphouse.http.session import ApiClient
from pumphouse.sources.parsing import Report, parse
from pumphouse.sources.tibber.graphql import wire

__all__ = ["MOST_HOURS", "MOST_QUARTERS", "GraphqlApi", "explain", "refused_token"]

#: more periods than these do not come in one answer, whatever is asked for
MOST_QUARTERS: Final = 672
MOST_HOURS: Final = 744

_PATH: Final = "/v1-beta/gql"
_PRECONDITION_REQUIRED: Final = 428
_HOMES: Final = """{ viewer { websocketSubscriptionUrl homes {
    id appNickname timeZone currentSubscription { status } features { realTimeConsumptionEnabled }
} } }"""
_PRICE: Final = "total energy tax startsAt currency level"
_PRICES: Final = f"""query ($home: ID!) {{ viewer {{ home(id: $home) {{ currentSubscription {{
    priceInfo(resolution: QUARTER_HOURLY) {{ today {{ {_PRICE} }} tomorrow {{ {_PRICE} }} }}
}} }} }} }}"""
_PAGE: Final = "pageInfo { endCursor hasNextPage }"
_PRICE_RANGE: Final = f"""query ($home: ID!, $after: String, $first: Int!) {{ viewer {{
    home(id: $home) {{ currentSubscription {{
        priceInfoRange(resolution: QUARTER_HOURLY, first: $first, after: $after) {{
            {_PAGE} nodes {{ {_PRICE} }}
        }}
    }} }}
}} }}"""
_CONSUMPTION: Final = f"""query ($home: ID!, $after: String, $first: Int!) {{ viewer {{
    home(id: $home) {{
        consumption(resolution: HOURLY, first: $first, after: $after) {{
            {_PAGE} nodes {{ from consumption cost currency }}
        }}
    }}
}} }}"""

T = TypeVar("T")


class GraphqlApi:
    """Questions to Tibber's GraphQL API. All methods raise `SourceError`.

    Args:
        client: sends the requests, with token and limit.
        source: the configured name.
        personal: whether the token is one that the user made, not one of a login.
        report: is told each bad item of a list that was left out.
    """

    def __init__(
        self, client: ApiClient, source: str, *, personal: bool, report: Report | None = None
    ) -> None:
        self._client = client
        self._source = source
        self._personal = personal
        self._report = report

    async def homes(self) -> wire.Homes:
        """The homes of the account."""
        viewer = _member(await self._ask(_HOMES, {}), "viewer")
        return parse(wire.HOMES, viewer, "Tibber's homes", self._report)

    async def prices(self, home: str) -> wire.PriceInfo | None:
        """Prices of today and, once they are published, of tomorrow; None without a contract."""
        found = await self._of_contract(_PRICES, {"home": home}, "priceInfo")
        return None if found is None else self._parsed(wire.PRICES, found, "prices")

    async def price_range(self, home: str, after: str | None) -> wire.PriceRange | None:
        """The prices behind a cursor, `MOST_QUARTERS` at most; None without a contract."""
        asked: dict[str, object] = {"home": home, "after": after, "first": MOST_QUARTERS}
        found = await self._of_contract(_PRICE_RANGE, asked, "priceInfoRange")
        return None if found is None else self._parsed(wire.PRICE_RANGE, found, "past prices")

    async def consumption(
        self, home: str, after: str | None, first: int = MOST_HOURS
    ) -> wire.Consumption | None:
        """The hours behind a cursor, `MOST_HOURS` at most; None where nothing is measured."""
        asked: dict[str, object] = {"home": home, "after": after, "first": first}
        found = _member(await self._home(_CONSUMPTION, asked), "consumption")
        return None if found is None else self._parsed(wire.CONSUMPTION, found, "consumption")

    @staticmethod
    def cursor(moment: datetime) -> str:
        """The cursor of the period that begins at `moment`: Tibber writes its time in base64."""
        return base64.b64encode(moment.isoformat(timespec="milliseconds").encode()).decode()

    async def _of_contract(self, query: str, asked: Mapping[str, object], name: str) -> object:
        contract = _member(await self._home(query, asked), "currentSubscription")
        return None if contract is None else _member(contract, name)

    async def _home(self, query: str, asked: Mapping[str, object]) -> object:
        return _member(_member(await self._ask(query, asked), "viewer"), "home")

    async def _ask(self, query: str, variables: Mapping[str, object]) -> object:
        """The data of an answer; a token that has gone stale is renewed once."""
        token = await self._client.access_token()
        error = _problem(answer := await self._post(query, variables), self._refused_token)
        if isinstance(error, LoginRequired):
            await self._client.renew(token)
            error = _problem(answer := await self._post(query, variables), self._refused_token)
        if error is not None:
            raise error
        return _member(answer, "data")

    async def _post(self, query: str, variables: Mapping[str, object]) -> object:
        return await self._client.send("POST", _PATH, {"query": query, "variables": variables})

    @property
    def _refused_token(self) -> SourceError:
        return refused_token(self._source, personal=self._personal)

    def _parsed(self, adapter: TypeAdapter[T], body: object, what: str) -> T:
        return parse(adapter, body, f"Tibber's {what}", self._report)


def refused_token(source: str, *, personal: bool) -> SourceError:
    """The error for a token that Tibber does not take, and what to do."""
    if personal:
        return CredentialsRefused(
            "Tibber does not accept the personal token: make a new one at"
            " developer.tibber.com/settings/access-token and set it as access_token."
        )
    return LoginRequired(f"Tibber does not accept the login any more. {login_hint(source)}")


def explain(failure: Failure) -> SourceError | None:
    """The error of a reply that is no success; None where its status says it all.

    A blocked User-Agent has been told by 400 and a text, a rate limit by 428, too. A query that
    makes no sense brings 400 and the usual errors.
    """
    if failure.status == _PRECONDITION_REQUIRED:
        return RateLimited("Tibber asks to slow down.")
    if failure.status == HTTPStatus.BAD_REQUEST:
        problem = _problem(failure.body, RequestRefused("Tibber does not accept the token."))
        return problem or RequestRefused(
            "Tibber refuses the request; it may have blocked this version of the program."
        )
    return None


def _problem(answer: object, refused: SourceError) -> SourceError | None:
    """What the errors of an answer mean, which come with status 200; None without any."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    said = printable(str(first.get("message", "no reason given")))
    extensions = first.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    match code:
        case "UNAUTHENTICATED":
            return refused
        case _ if "claim timestamp check failed" in said:  # so it says of a token that has ended
            return refused
        case "HOME_NOT_FOUND":
            return RequestRefused("Tibber does not know this home, or it is no longer yours.")
        case "GRAPHQL_VALIDATION_FAILED" | "BAD_USER_INPUT" | "GRAPHQL_PARSE_FAILED":
            return RequestRefused(f"Tibber does not understand the query: {said}")
        case _:
            return ServerFailure(f"Tibber could not answer the query: {said}")


def _member(value: object, name: str) -> object:
    """A member of an object; None where it is null or the object is.

    Raises:
        BadResponse: there is no object.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadResponse("Tibber's answer is not what GraphQL documents.")
    return value.get(name)
