"""Tibber's services: Data API, live events, GraphQL and its websocket."""

from typing import Final

__all__ = ["PERSONAL_TOKEN"]

#: opens GraphQL and its websocket, and nothing else; what a user would copy from Tibber's pages
PERSONAL_TOKEN: Final = "sim-Tz0wNq7PErs0na1t0kenOfTheSimu1atedHouse-8c41"  # noqa: S105 - simulated
