"""Frames of a websocket, as RFC 6455 has them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.websocket_frames import (
    Frame,
    FrameReader,
    Opcode,
    WebSocketViolation,
    accept_key,
    encode,
)


def masked(opcode: int, payload: bytes, mask: bytes = b"\x37\xfa\x21\x3d", *, final=True) -> bytes:
    """A client's frame."""
    head = bytes([(0x80 if final else 0) | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += struct.pack("!BH", 0x80 | 126, size)
    else:
        head += struct.pack("!BQ", 0x80 | 127, size)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def test_the_standard_s_examples_hold():
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert encode(Opcode.TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    frame = bytes.fromhex("818537fa213d7f9f4d5158")
    assert list(FrameReader().feed(frame)) == [Frame(Opcode.TEXT, b"Hello")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Opcode)),
            st.binary(max_size=200),
            st.binary(min_size=4, max_size=4),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.integers(1, 5000),
)
def test_frames_are_the_same_however_they_arrive(frames, piece):
    stream = b"".join(masked(code, data, mask, final=end) for code, data, mask, end in frames)
    reader = FrameReader()
    seen = [
        frame
        for start in range(0, len(stream), piece)
        for frame in reader.feed(stream[start : start + piece])
    ]
    assert seen == [Frame(code, data, end) for code, data, _, end in frames]


@pytest.mark.parametrize("size", [126, 65_535, 65_536, 200_000])
def test_long_messages_are_read_too(size):
    payload = b"x" * size
    assert list(FrameReader().feed(masked(2, payload))) == [Frame(Opcode.BINARY, payload)]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_a_length_is_written_in_as_many_bytes_as_it_takes(size):
    frame = encode(Opcode.BINARY, b"x" * size)
    expected = 2 + (0 if size < 126 else 2 if size < 65536 else 8)
    assert len(frame) == expected + size


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (encode(Opcode.TEXT, b"not masked"), 1002),
        (bytes([0x83, 0x80, 0, 0, 0, 0]), 1002),
        (bytes([0xC1, 0x80, 0, 0, 0, 0]), 1002),
        (struct.pack("!BBQ", 0x82, 0xFF, 1 << 40) + bytes(4), 1009),
    ],
)
def test_who_breaks_the_rules_is_told_why(frame, code):
    with pytest.raises(WebSocketViolation) as violation:
        list(FrameReader().feed(frame))
    assert violation.value.code == code
