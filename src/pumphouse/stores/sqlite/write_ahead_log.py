"""SQLite's write-ahead log as it lies on the disk, read without SQLite.

SQLite believes a log up to the first frame that does not fit its checksum. That is right after a
power cut, which tears the newest transaction only. But a bit that flips further up would silently
take back what was committed behind it; and while somebody uses the log, nobody looks at checksums.

Its format: https://sqlite.org/fileformat2.html#walformat
"""

import sys
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

__all__ = ["Frame", "damage", "frames"]

_HEAD: Final = Struct(">IIIIIIII")
_FRAME_HEAD: Final = Struct(">IIIIII")
#: of how much of each its checksum is; that of a frame is of its page too
_SUMMED_OF_HEAD, _SUMMED_OF_FRAME_HEAD = 24, 8
#: its lowest bit says that checksums are of big-endian words
_MAGIC: Final = 0x377F0682
_WORD: Final = 0xFFFFFFFF
#: frames that are told one by one
_SHOWN: Final = 20

_Sum = tuple[int, int]


class _Head(NamedTuple):
    """How a log begins.

    Attributes:
        salts: what the frames of this round repeat; those of earlier rounds have others.
    """

    is_big: bool
    page_size: int
    salts: tuple[int, int]
    sum: _Sum
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in a log.

    Attributes:
        number: its place, from 1.
        page: which page of the file it is.
        pages: how many pages the file has after the transaction that it ends; 0 where it ends none.
        is_current: whether it is of this round; what is left of earlier ones is not.
        content: the page.
    """

    number: int
    page: int
    pages: int
    is_current: bool
    content: memoryview
    _sum: _Sum
    _summed: memoryview
    _seed: _Sum
    _is_big: bool

    @property
    def fits(self) -> bool:
        """Whether it is as it was written; costs 50 microseconds of computing."""
        seed = _sum(self._seed, self._summed, is_big=self._is_big)
        return self.is_current and self._sum == _sum(seed, self.content, is_big=self._is_big)


def frames(store: Path) -> Iterator[Frame]:
    """Every frame in the log of a store, those of earlier rounds included; none without a log."""
    with suppress(FileNotFoundError), _path(store).open("rb") as log:
        head = _head(log.read(_HEAD.size))
        if head is None:
            return
        seed, size = head.sum, _FRAME_HEAD.size + head.page_size
        for number in count(1):
            frame = memoryview(log.read(size))
            if len(frame) < size:
                return
            page, pages, *salts, first, second = _FRAME_HEAD.unpack_from(frame)
            yield Frame(
                number,
                page,
                pages,
                tuple(salts) == head.salts,
                frame[_FRAME_HEAD.size :],
                (first, second),
                frame[:_SUMMED_OF_FRAME_HEAD],
                seed,
                head.is_big,
            )
            seed = first, second


def damage(store: Path) -> list[str]:
    """What has changed in the log of a store since it was written, a sentence each."""
    found = _changed(store)
    if found:  # somebody may have been writing there just now
        found &= _changed(store)
    path = _path(store)
    sentences = [
        f"{f'frame {place}' if place else 'the head'} of the log {path} has changed since it was"
        " written: the disk fails, or another program wrote there; what was committed from there"
        " on may be lost"
        for place in sorted(found)[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        sentences.append(f"and so have {len(found) - _SHOWN} more frames of it")
    return sentences


def _changed(store: Path) -> set[int]:
    """The frames that do not fit though a transaction behind theirs was committed; 0 is the head.

    Each commit waits for the disk. So a power cut may tear the newest transaction, and only that:
    nothing was committed behind it.
    """
    if not _is_head_whole(store):
        return {0}
    head = _head_of(store)
    found: set[int] = set()
    earlier: list[int] = []
    newest: list[int] = []
    for frame in frames(store):
        if not frame.fits:
            newest.append(frame.number)
        if frame.pages and frame.is_current:
            found.update(earlier)
            earlier, newest = newest, []
    # Where somebody has begun a new round meanwhile, frames of both rounds were seen.
    return found if _head_of(store) == head else set()


def _head_of(store: Path) -> bytes:
    with suppress(FileNotFoundError), _path(store).open("rb") as log:
        return log.read(_HEAD.size)
    return b""


def _is_head_whole(store: Path) -> bool:
    """Whether the log begins as it should; one without frames, or no log, does."""
    with suppress(FileNotFoundError), _path(store).open("rb") as log:
        head, is_used = _head(log.read(_HEAD.size)), bool(log.read(1))
        return not is_used or (head is not None and head.is_whole)
    return True


def _head(content: bytes) -> _Head | None:
    if len(content) < _HEAD.size:
        return None
    magic, _, page_size, _, *salts, first, second = _HEAD.unpack(content)
    if magic & ~1 != _MAGIC:
        return None
    is_big = bool(magic & 1)
    found = _sum((0, 0), memoryview(content)[:_SUMMED_OF_HEAD], is_big=is_big)
    return _Head(is_big, page_size, (salts[0], salts[1]), (first, second), found == (first, second))


def _sum(seed: _Sum, content: memoryview, *, is_big: bool) -> _Sum:
    """SQLite's checksum of pairs of words, which goes on from an earlier one."""
    words = array("I", bytes(content))
    if is_big != (sys.byteorder == "big"):
        words.byteswap()
    first, second = seed
    each = iter(words)
    for one, other in zip(each, each, strict=True):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return first, second


def _path(store: Path) -> Path:
    return store.with_name(store.name + "-wal")
