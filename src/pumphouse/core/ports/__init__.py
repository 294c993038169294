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
)
from pumphouse.core.ports.sources import (
    Source,
    SourcePlugin,
    SourceState,
    SourceStatus,
    SupportsNotifications,
    SupportsRateBudget,
    SupportsRecording,
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
    "SupportsNotifications",
    "SupportsRateBudget",
    "SupportsRecording",
    "SystemClock",
]
