"""What a message says: a number, a word for on or off, a text, and when."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

from pumphouse.core.errors import BadResponse
from pumphouse.sources.magnitude import LARGEST
from pumphouse.sources.mqtt.path import MISSING, Path, found
from pumphouse.sources.vendor_time import instant
from pumphouse.sources.wording import readable

__all__ = ["content", "number", "text", "time_of"]

#: a clock may be ahead by so much
_AHEAD: Final = timedelta(seconds=120)
#: times since 1970 beyond this are in milliseconds; as seconds it would be the year 5138
_MILLISECONDS: Final = 1e11
#: the year 2000; a clock that was never set counts from 1970, or the seconds since it was started
_EARLIEST: Final = 946_684_800.0
_LONGEST_TEXT: Final = 1000
_WORDS: Final = {
    **dict.fromkeys(("on", "true", "yes", "open", "opened"), 1.0),
    **dict.fromkeys(("off", "false", "no", "closed"), 0.0),
}
#: what devices and programs write in place of a value
_NOTHING: Final = frozenset(
    {"", "none", "null", "nan", "unknown", "unavailable", "undefined", "n/a"}
)
_NO_MESSAGES: Final = frozenset(word.encode() for word in _NOTHING)


def content(payload: bytes, *, is_json: bool) -> object:
    """A message: parsed where it is JSON, else as text. None where it says that there is nothing.

    An empty message is how a topic that the broker has kept is taken back.

    Raises:
        BadResponse: it is no JSON.
    """
    if not is_json:
        return payload.decode(errors="replace").strip()
    if payload.strip().lower() in _NO_MESSAGES:
        return None
    try:
        document: object = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadResponse("the message is no JSON") from None
    return document


def number(document: object, path: Path) -> float | None:
    """The number at `path`; words for on and off are 1 and 0. None where there is nothing now.

    Raises:
        BadResponse: something else stands there.
    """
    value = found(document, path)
    if value is MISSING or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if -LARGEST <= value <= LARGEST else None
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _NOTHING:
            return None
        if word in _WORDS:
            return _WORDS[word]
        try:
            parsed = float(word.replace("_", "?"))  # 1_000 is a number for Python alone
        except ValueError:
            pass
        else:
            return parsed if -LARGEST <= parsed <= LARGEST else None
    raise BadResponse("what the message holds is no number")


def text(document: object, path: Path) -> str | None:
    """The text at `path`; None where there is nothing now.

    Raises:
        BadResponse: a list or an object stands there.
    """
    value = found(document, path)
    if value is MISSING or value is None:
        return None
    if isinstance(value, dict | list):
        raise BadResponse("what the message holds is no text")
    return readable(str(value))[:_LONGEST_TEXT] or None


def time_of(document: object, path: Path, now: datetime) -> datetime | None:
    """The instant at `path`; None where none stands there, or one that cannot be.

    That is one that is yet to come, or that a clock wrote which was never set.
    """
    value = found(document, path)
    time = _instant(value)
    return None if time is None or time > now + _AHEAD else time


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        return instant(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not _EARLIEST <= value <= LARGEST:
        return None
    seconds = value / 1000 if value >= _MILLISECONDS else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
