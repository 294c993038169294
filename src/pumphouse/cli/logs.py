"""Logging of a process: to stderr, for people or as JSON, and never a secret.

`PUMPHOUSE_LOG=json` prints one JSON object a line; `PUMPHOUSE_LOG_LEVEL` sets the level.
"""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import TextIO, cast

import stamina.instrumentation
import structlog

__all__ = ["configure_logging", "redact"]

_SECRET_KEY = re.compile(
    r"token|secret|password|authori[sz]ation|^code$|cookie|address", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"(?i)(bearer\s+|(?:access_token|refresh_token|client_secret|code|password)[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)
_HIDDEN = "[hidden]"


def redact(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Hide what is secret by its name, and what looks like it inside texts (a structlog step)."""
    for key, value in event.items():
        if _SECRET_KEY.search(key):
            event[key] = _HIDDEN
        elif isinstance(value, str):
            event[key] = _SECRET_VALUE.sub(rf"\1{_HIDDEN}", value)
    return event


def configure_logging(
    *, level: int = logging.INFO, environment: Mapping[str, str] = os.environ
) -> None:
    """Send logs to stderr, from `level` on, or from what the environment says."""
    wanted = environment.get("PUMPHOUSE_LOG_LEVEL", "").upper()
    if level > logging.DEBUG:  # what the user asks for in this call is stronger
        level = logging.getLevelNamesMapping().get(wanted, level)
    as_json = environment.get("PUMPHOUSE_LOG") == "json"
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # the default shows local variables, and tokens are among them
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    stamina.instrumentation.set_on_retry_hooks([])  # the ledger logs changes of state instead
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Patient(sys.stderr))),
        cache_logger_on_first_use=False,
    )


class _Patient:
    """Loses what the stream behind it does not take: a log on a full disk must end no house."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write it if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Let it go if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.flush()
