"""`POST /v1-beta/gql`: one query, answered with status 200 even where it fails."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pumphouse.simulator.tibber.graphql.execution import execute
from pumphouse.simulator.tibber.graphql.language import GraphqlProblem, Literal, parse
from pumphouse.simulator.tibber.graphql.schema import Schema
from pumphouse.simulator.tibber.guard import (
    GRAPHQL,
    TibberGuard,
    bearer,
    blocked,
    graphql_error,
    is_known,
)

__all__ = ["Asked", "GraphqlEndpoint", "read_request"]


class Asked(NamedTuple):
    """A request of GraphQL, by POST or in a websocket's message."""

    query: str
    variables: Mapping[str, Literal]
    operation: str | None


class GraphqlEndpoint:
    """Queries over HTTP.

    Args:
        schema: what can be asked for.
        guard: knows the tokens.
    """

    def __init__(self, schema: Schema, guard: TibberGuard) -> None:
        self._schema = schema
        self._guard = guard

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route(GRAPHQL, self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        if not is_known(request):
            return blocked()
        refusal = self._guard.token_error(bearer(request))
        if refusal is not None:
            return graphql_error(refusal, "UNAUTHENTICATED")
        try:
            asked = read_request(await _body(request))
            return JSONResponse({"data": self._execute(asked)})
        except GraphqlProblem as problem:
            # A query that makes no sense is a bad request; one that finds nothing is none.
            status = 400 if problem.code == "GRAPHQL_VALIDATION_FAILED" else 200
            return graphql_error(problem.message, problem.code, status)

    def _execute(self, asked: Asked) -> Mapping[str, object]:
        document = parse(asked.query)
        operation = document.operation(asked.operation)
        if operation.kind != "query":
            raise GraphqlProblem(f"A {operation.kind} cannot be asked for here.")
        variables = {**operation.defaults, **asked.variables}
        return execute(document, operation.selections, self._schema.query(), variables)


def read_request(body: object) -> Asked:
    """The members of a request.

    Raises:
        GraphqlProblem: there is no query, or a member is of the wrong kind.
    """
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise GraphqlProblem("POST body missing, invalid Content-Type, or JSON object has no keys.")
    variables = body.get("variables") or {}
    operation = body.get("operationName")
    if not isinstance(variables, dict) or not isinstance(operation, str | None):
        raise GraphqlProblem("`variables` is an object and `operationName` a text.")
    return Asked(body["query"], variables, operation)


async def _body(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None
