"""The frames of a websocket (RFC 6455), read and written by the server's side."""

import base64
import hashlib
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from pumphouse.core.errors import PumphouseError

__all__ = ["Frame", "FrameReader", "Opcode", "WebSocketViolation", "accept_key", "encode"]

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST_BYTES: Final = 1_000_000
_SHORT: Final = 125
_MEDIUM: Final = 0xFFFF
_TAKES_16_BITS: Final = 126
_TAKES_64_BITS: Final = 127


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class WebSocketViolation(PumphouseError):
    """A client broke the protocol; `code` is what its connection is closed with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Frame(NamedTuple):
    """One frame; `final` is False where its message goes on in the next one."""

    opcode: Opcode
    payload: bytes
    final: bool = True


class FrameReader:
    """Cuts a stream of bytes into the frames that a client sent."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame that is complete now.

        Raises:
            WebSocketViolation: a frame is not masked, too long or of an unknown kind.
        """
        self._buffer += data
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        buffer = self._buffer
        if len(buffer) < 2:  # noqa: PLR2004 - the shortest header
            return None
        first, second = buffer[0], buffer[1]
        if not second & 0x80:
            raise WebSocketViolation(1002, "a client's frames are masked")
        if first & 0x70 or first & 0x0F not in list(Opcode):
            raise WebSocketViolation(1002, "there is no such frame")
        length, start = second & 0x7F, 2
        if length == _TAKES_16_BITS:
            length, start = int.from_bytes(buffer[2:4]), 4
        elif length == _TAKES_64_BITS:
            length, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) >= start and length > _MOST_BYTES:
            raise WebSocketViolation(1009, "the frame is too long")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        mask = buffer[start : start + 4]
        payload = bytes(
            byte ^ mask[place % 4] for place, byte in enumerate(buffer[start + 4 : end])
        )
        del buffer[:end]
        return Frame(Opcode(first & 0x0F), payload, bool(first & 0x80))


def encode(opcode: Opcode, payload: bytes) -> bytes:
    """One whole message as one frame of a server, which masks nothing."""
    head = bytes([0x80 | opcode])
    if len(payload) <= _SHORT:
        head += bytes([len(payload)])
    elif len(payload) <= _MEDIUM:
        head += struct.pack("!BH", _TAKES_16_BITS, len(payload))
    else:
        head += struct.pack("!BQ", _TAKES_64_BITS, len(payload))
    return head + payload


def accept_key(key: str) -> str:
    """The server's answer to a client's `Sec-WebSocket-Key`."""
    digest = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
