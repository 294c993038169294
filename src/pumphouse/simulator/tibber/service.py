"""Tibber's services joined: one guard, one account, streams and sockets that faults can strike."""

import asyncio
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.faults import Fault
from pumphouse.simulator.oauth.grants import GrantBook
from pumphouse.simulator.tibber.account import TibberHome
from pumphouse.simulator.tibber.cloud import TibberCloud
from pumphouse.simulator.tibber.graphql.endpoint import GraphqlEndpoint
from pumphouse.simulator.tibber.graphql.schema import Schema
from pumphouse.simulator.tibber.graphql.socket import Sockets
from pumphouse.simulator.tibber.guard import GRAPHQL, TibberGuard
from pumphouse.simulator.tibber.live import LiveEvents

__all__ = ["TibberService"]


class TibberService:
    """Data API, live events, GraphQL and its websocket over the homes of one account.

    Args:
        homes: of the account.
        clock: the house's time.
        book: the tokens.
        base: the vendor's base address.
        live_secs: seconds between two live measurements.
        closing: set when the server stops.

    Attributes:
        guard: knows the tokens and words every refusal.
    """

    def __init__(
        self,
        homes: Sequence[TibberHome],
        clock: HouseClock,
        book: GrantBook,
        base: str,
        live_secs: float,
        closing: asyncio.Event,
    ) -> None:
        self.guard = TibberGuard(book)
        self._live = LiveEvents(clock, live_secs, closing)
        self._cloud = TibberCloud(homes, clock, base, self._live)
        socket_address = f"ws{base.removeprefix('http')}{GRAPHQL}/subscriptions"
        schema = Schema(homes, clock, socket_address)
        self._graphql = GraphqlEndpoint(schema, self.guard)
        self._sockets = Sockets(schema, self.guard, live_secs)

    def app(self, login: Sequence[Route]) -> Starlette:
        """The application, with the addresses of the authorization server."""
        guard = self.guard
        return Starlette(
            routes=[
                *login,
                *self._cloud.routes(guard),
                *self._graphql.routes(),
                *self._sockets.routes(),
            ],
            exception_handlers={
                HTTPException: guard.unknown_address,
                Exception: guard.crashed,
            },
        )

    def strike(self, fault: Fault) -> int:
        """Let a fault hit what is open, and tell how often it did."""
        return self._live.strike(fault) + self._sockets.strike(fault)
