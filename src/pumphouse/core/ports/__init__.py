"""The doors between rooms: what a source, a sink, a store and a clock must offer.

Optional abilities are small protocols of their own, asked for with `isinstance`.
"""

from pumphouse.core.ports.host import (
    Clock,
    Host,
    SystemClock,
)
from pumphouse.core.ports.limits import Credential, Limiter, Limiters, RateBudget
from pumphouse.core.ports.sinks import (
    Command,
    CursorSink,
    DeadLetter,
    LiveSink,
    News,
    Rejection,
    Settling,
    SettlingSink,
    Sink,
    SinkPlugin,
    SinkState,
    SinkStatus,
    SupportsCommands,
)
from pumphouse.core.ports.sources import (
    Source,
    SourcePlugin,
    SourceState,
    SourceStatus,
    SupportsHistory,
    SupportsLive,
    SupportsNotifications,
    SupportsRateBudget,
    SupportsRecording,
    SupportsWrite,
)
from pumphouse.core.ports.store import (
    Aggregate,
    Backfill,
    Bucket,
    Columns,
    Gap,
    JournalEntry,
    Store,
    StoreFigures,
)

__all__ = [
    "Aggregate",
    "Backfill",
    "Bucket",
    "Clock",
    "Columns",
    "Command",
    "Credential",
    "CursorSink",
    "DeadLetter",
    "Gap",
    "Host",
    "JournalEntry",
    "Limiter",
    "Limiters",
    "LiveSink",
    "News",
    "RateBudget",
    "Rejection",
    "Settling",
    "SettlingSink",
    "Sink",
    "SinkPlugin",
    "SinkState",
    "SinkStatus",
    "Source",
    "SourcePlugin",
    "SourceState",
    "SourceStatus",
    "Store",
    "StoreFigures",
    "SupportsCommands",
    "SupportsHistory",
    "SupportsLive",
    "SupportsNotifications",
    "SupportsRateBudget",
    "SupportsRecording",
    "SupportsWrite",
    "SystemClock",
]
