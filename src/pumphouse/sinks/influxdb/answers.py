"""What a server's answers mean: everything was taken, some was refused, or something else.

InfluxDB 1 (HTTP 400) and 2 (422) say `partial write: …` with one reason and how many lines were
dropped; 2 in the cloud also the number of the first such line; 3 lists every line it refused.
Each of them has written the other lines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pumphouse.http.problems import printable
from pumphouse.http.wire import Reply
from pumphouse.sinks.influxdb.line_protocol import Payload

__all__ = ["Refusal", "read_refusal", "taken", "words_of"]

_ABOUT_LINES: Final = re.compile(r"partial write|field type conflict|line protocol", re.IGNORECASE)
_UNREADABLE: Final = "unable to parse"
# 200 and 201: InfluxDB's cloud once answered a partial write with a success and the reasons.
_STATUSES: Final = frozenset({200, 201, 400, 422})
_DROPPED: Final = re.compile(r"\bdropped=(\d+)")
_FIELD: Final = re.compile(r"""input field "([^"]+)"|column(?: name)?:? '([^']+)'""")
# The one reason that is about a line's time and so about all of its fields.
_ABOUT_TIME: Final = "retention policy"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Some readings of a request will never be taken.

    Attributes:
        words: the server's own, for the request as a whole.
        dropped: how many lines it says it did not write, None where it does not say.
        lines: the words about single lines by their number, from 1; empty where it names none.
        fields: the fields that are named as the reason.
    """

    words: str
    dropped: int | None
    lines: Mapping[int, str]
    fields: frozenset[str]

    def covers(self, payload: Payload) -> bool:
        """Whether nothing at all of the payload was or ever will be taken, beyond doubt."""
        refused = max(self.dropped or 0, len(self.lines))
        whole_lines = payload.fields == len(payload.lines) or _ABOUT_TIME in self.words
        return payload.fields == 1 or (refused == len(payload.lines) and whole_lines)


def taken(reply: Reply) -> bool:
    """Whether everything was written.

    A success with a text in it is none: gateways answer so with a page of their own.
    """
    return 200 <= reply.status < 300 and not reply.body.strip()  # noqa: PLR2004  (success)


def words_of(reply: Reply) -> str:
    """The server's own words, made printable; empty where it has none."""
    return printable(_said(_json(reply)))


def read_refusal(reply: Reply, payload: Payload) -> Refusal | None:
    """What was refused for good; None where the answer is about something else.

    That a server can read none of several lines does not come from the readings: something between
    has damaged the request, for example taken away that it is compressed.
    """
    body = _json(reply)
    lines = _lines(body)
    text = " ".join((_said(body), *lines.values()))
    unreadable = _UNREADABLE in text and len(payload.lines) == 1
    about_lines = lines or unreadable or _ABOUT_LINES.search(text)
    if reply.status not in _STATUSES or not about_lines:
        return None
    dropped = _DROPPED.search(text)
    return Refusal(
        words=printable(_said(body)),
        dropped=int(dropped[1]) if dropped else None,
        lines={number: printable(words) for number, words in lines.items()},
        fields=frozenset(name for found in _FIELD.findall(text) for name in found if name),
    )


def _json(reply: Reply) -> Mapping[str, object]:
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _said(body: Mapping[str, object]) -> str:
    said = body.get("error") or body.get("message")
    return said if isinstance(said, str) else ""


def _lines(body: Mapping[str, object]) -> dict[int, str]:
    """The lines that are named: in `data` by version 3, by `line` in others."""
    data = body.get("data")
    named: dict[int, str] = {}
    for entry in data if isinstance(data, list) else [data]:
        if isinstance(entry, dict) and isinstance(number := entry.get("line_number"), int):
            named[number] = str(entry.get("error_message") or "")
    if not named and isinstance(number := body.get("line"), int):
        named[number] = _said(body)
    return named
