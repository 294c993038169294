"""Server-sent events: the parser, which does no I/O, and reading them through an `ApiClient`.

The format is that of the HTML standard: fields line by line, a blank line ends an event.
"""

import codecs
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pumphouse.core.errors import BadResponse
from pumphouse.http.session import ApiClient

__all__ = ["EventParser", "ServerSentEvent", "read_events"]

_LARGEST_EVENT_CHARS: Final = 1024 * 1024  # a thousand times a real one
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Accept": "text/event-stream", "Cache-Control": "no-store"}
)
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event; what it holds never appears in its `repr`.

    Attributes:
        event: its type; `message` where the server names none.
        data: its lines, joined.
        id: the newest id that the server has given, "" for none.
    """

    event: str
    data: str = field(repr=False)
    id: str = ""


class EventParser:
    """Turns the bytes of a stream into events, however they are cut."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._begun = False
        self._event = ""
        self._id = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """The events that `chunk` completes; what is left of it waits for the next one.

        Raises:
            BadResponse: an event is larger than any real one.
        """
        for line in self._lines(self._decode.decode(chunk)):
            if line:
                self._take(line)
            elif (event := self._finished()) is not None:
                yield event

    def _lines(self, text: str) -> list[str]:
        """The whole lines there are now, without their ends: CR LF, LF or CR alone."""
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix(_BYTE_ORDER_MARK)
        text = self._rest + text
        held = "\r" if text.endswith("\r") else ""  # its LF may be on the way
        text = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        self._rest = rest + held
        self._limit(len(self._rest))
        return lines

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
                self._size += len(value)
                self._limit(self._size)
            case "id" if "\0" not in value:
                self._id = value

    def _finished(self) -> ServerSentEvent | None:
        event, data = self._event, self._data
        self._event, self._data, self._size = "", [], 0
        return ServerSentEvent(event or "message", "\n".join(data), self._id) if data else None

    def _limit(self, size: int) -> None:
        if size > _LARGEST_EVENT_CHARS:
            raise BadResponse("An event of the stream is larger than any documented one.")


async def read_events(
    client: ApiClient, path: str, params: Sequence[tuple[str, str]] = (), *, silence_secs: float
) -> AsyncGenerator[ServerSentEvent, None]:
    """The events at `path`, as they come, until the server ends the stream.

    Close the generator when it is left early (`contextlib.aclosing`): that ends the connection.

    Args:
        client: asks, with token and limit.
        path: below the client's base address.
        params: the query.
        silence_secs: after how long without a byte the connection counts as dead.

    Raises:
        SourceError: as `ApiClient.get`; `Unreachable` for a silent or broken stream.
    """
    parser = EventParser()
    async with client.stream(path, params, _HEADERS, silence_secs=silence_secs) as chunks:
        async for chunk in chunks:
            for event in parser.feed(chunk):
                yield event
