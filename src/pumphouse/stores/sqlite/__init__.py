"""The embedded store: one SQLite file."""

from pumphouse.stores.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
