"""Tibber's GraphQL: enough of the language for anybody's client, over Tibber's schema."""
