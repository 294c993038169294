"""A message, and the words of availability."""

import json
from typing import Final, NamedTuple

__all__ = ["OFFLINE", "ONLINE", "Message", "compact"]

ONLINE: Final = "online"
OFFLINE: Final = "offline"


class Message(NamedTuple):
    """One message; an empty retained payload makes the broker forget the topic."""

    topic: str
    payload: str
    qos: int
    retain: bool


def compact(value: object) -> str:
    """`value` as JSON without blanks, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
