"""Tibber's GraphQL API: prices, what the home used, and live measurements by websocket."""

from pumphouse.sources.tibber.graphql.part import GraphqlPart

__all__ = ["GraphqlPart"]
