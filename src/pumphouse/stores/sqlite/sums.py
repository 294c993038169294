"""A checksum of every page of a store, in a file beside it: SQLite itself has none.

A page reaches the file in one way only: from the write-ahead log, when what is committed is moved.
So sums are taken from the log just before that, with everybody kept from writing. A bit that flips
on the disk later, in a value or in a corner that nobody reads, does not fit its sum any more.

Each page has two sums, of its newest content and of the one before: whatever a power cut leaves of
a move, one of them fits until SQLite has repeated it. A page without a sum is taken as it is.

The file of the sums carries the time of change of the store's own file, as long as nobody else has
written there: then it need not be read again to know that it is whole.
"""

import os
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from struct import Struct
from typing import Final

from pumphouse.core.errors import StoreCorrupt
from pumphouse.stores.sqlite.write_ahead_log import frames

__all__ = [
    "PageSums",
    "checked",
    "forget",
    "is_known_whole",
    "keeping_mark",
    "load",
    "mark_untouched",
    "save",
    "seal",
    "sums_path",
]

_SUFFIX: Final = "-sums"
_HEAD: Final = Struct("<8sIQ")
_MAGIC: Final = b"PUMPSUM2"
_SUM: Final = Struct("<I")
#: times of a file that says of no state of the store that it knows all of it
_UNMARKED: Final = (0, 0)


@dataclass(slots=True)
class PageSums:
    """The sums of a file.

    Attributes:
        page_size: bytes of a page, 0 while that is not known.
        sums: for each page its newest and its earlier sum; 0 where it has none.
        whole_at: when all pages were last read and found to fit, in seconds since 1970.
    """

    page_size: int = 0
    sums: "array[int]" = field(default_factory=lambda: array("I"))
    whole_at: int = 0

    @property
    def pages(self) -> int:
        """How many pages have a place here."""
        return len(self.sums) // 2

    def fits(self, page: int, content: bytes) -> bool | None:
        """Whether a page, counted from 1, is as it was written; None where nobody knows."""
        if page > self.pages or not self.sums[2 * page - 2]:
            return None
        return _sum(content) in self.sums[2 * page - 2 : 2 * page]

    def note(self, sums: Mapping[int, int], pages: int) -> bool:
        """Take over the sums of pages in a file of so many; whether anything is new."""
        changed = self.pages != pages
        if changed:
            self.sums = self.sums[: 2 * pages]
            self.sums.extend([0] * (2 * pages - len(self.sums)))
        for page, new in sums.items():
            place = 2 * page - 2
            if page <= pages and self.sums[place] != new:
                self.sums[place + 1] = self.sums[place]
                self.sums[place] = new
                changed = True
        return changed


def sums_path(store: Path) -> Path:
    """The file with the sums of a store."""
    return store.with_name(store.name + _SUFFIX)


def load(store: Path) -> PageSums:
    """The sums of a store; empty where nobody has taken any.

    Raises:
        StoreCorrupt: their file is damaged.
    """
    path = sums_path(store)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return PageSums()
    body, end = content[_HEAD.size : -_SUM.size], content[-_SUM.size :]
    if len(content) < _HEAD.size + _SUM.size or _SUM.unpack(end)[0] != zlib.crc32(
        content[: -_SUM.size]
    ):
        raise StoreCorrupt(
            f"the checksums {path} are damaged: `pumphouse check --deep --trust-pages` makes new"
            " ones"
        )
    if content[: len(_MAGIC)] != _MAGIC:  # another version's: new ones are taken
        return PageSums()
    sums = array("I")
    sums.frombytes(body)
    if sys.byteorder == "big":
        sums.byteswap()
    _, page_size, whole_at = _HEAD.unpack_from(content)
    return PageSums(page_size, sums, whole_at)


def save(store: Path, sums: PageSums) -> None:
    """Replace the sums of a store, wholly or not at all, and wait for the disk.

    Raises:
        OSError: they cannot be written.
    """
    path = sums_path(store)
    body = array("I", sums.sums)
    if sys.byteorder == "big":
        body.byteswap()
    content = _HEAD.pack(_MAGIC, sums.page_size, sums.whole_at) + body.tobytes()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content + _SUM.pack(zlib.crc32(content)))
            file.flush()
            os.utime(file.fileno(), ns=_UNMARKED)  # now might be when the store is written to, too
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def forget(store: Path) -> None:
    """Remove the sums of a store: none are better than wrong ones."""
    sums_path(store).unlink(missing_ok=True)


def is_known_whole(store: Path, since: float, now: float) -> bool:
    """Whether all pages were read and fitted since an instant, and nobody else has written there.

    Args:
        since: in seconds since 1970; so is `now`, behind which no clock can have noted anything.
    """
    if _is_touched(store):
        return False
    with suppress(StoreCorrupt):
        return since <= load(store).whole_at <= now
    return False


def _is_touched(store: Path) -> bool:
    """Whether somebody may have changed the file of a store who takes no sums."""
    try:
        return store.stat().st_mtime_ns != sums_path(store).stat().st_mtime_ns
    except FileNotFoundError:
        return True


def mark_untouched(store: Path, changed_at: int) -> None:
    """Note that all of a file, as it was last changed, is known by its sums.

    Args:
        changed_at: in nanoseconds since 1970.
    """
    with suppress(FileNotFoundError):
        os.utime(sums_path(store), ns=(changed_at, changed_at))


@contextmanager
def keeping_mark(store: Path) -> Iterator[None]:
    """What is done to the file of a store meanwhile has its sums, and touches it in no way."""
    was_touched = _is_touched(store)
    yield
    if not was_touched:
        mark_untouched(store, store.stat().st_mtime_ns)


def seal(store: Path) -> None:
    """Take the sums of what lies in the log; nobody may write to either meanwhile.

    Raises:
        OSError: they cannot be written.
    """
    found: dict[int, int] = {}
    waiting: dict[int, int] = {}
    pages = page_size = 0
    for frame in takewhile(lambda one: one.is_current, frames(store)):
        waiting[frame.page] = _sum(frame.content)
        if frame.pages:
            pages, page_size = frame.pages, len(frame.content)
            found |= waiting
            waiting = {}
    if not found:
        return
    try:
        sums = load(store)
    except StoreCorrupt:
        sums = PageSums()
    if sums.page_size != page_size:
        sums = PageSums(page_size)
    if sums.note(found, pages):
        save(store, sums)


def checked(sums: PageSums, content: Iterable[bytes], damaged: list[int]) -> Iterator[bytes]:
    """The content of a store as it comes; pages that do not fit are added to `damaged`.

    Pages without a sum are given one.
    """
    page, rest, size = 0, b"", sums.page_size
    fresh: dict[int, int] = {}
    for part in content:
        yield part
        rest += part
        size = size or int.from_bytes(rest[16:18]) or 1 << 16
        whole = len(rest) - len(rest) % size
        for start in range(0, whole, size):
            page += 1
            one = rest[start : start + size]
            match sums.fits(page, one):
                case False:
                    damaged.append(page)
                case None:
                    fresh[page] = _sum(one)
        rest = rest[whole:]
    damaged += range(page + 1, sums.pages + 1)
    sums.page_size = size
    sums.note(fresh, max(page, sums.pages))


def _sum(content: bytes | memoryview) -> int:
    """The sum of a page; never 0, which means that there is none."""
    return zlib.crc32(content) or 1
