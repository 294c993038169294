"""Packs: pieces of files, each known by the SHA-256 of its content, some megabytes in one file.

A pack is named by the hash of its bytes, so damage is seen without any key. It begins with the
length of its list; then come the list (hash and size of each piece) and the pieces, each of both
sealed as a whole.
"""

import hashlib
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt
from pumphouse.runtime.backup.sealing import Sealing
from pumphouse.runtime.backup.whole_files import digest_of, remove_drafts, write_whole

__all__ = ["Packs"]

#: bytes of pieces in one pack
_FULL: Final = 8 << 20
_LENGTH: Final = struct.Struct("<I")
_ENTRY: Final = struct.Struct("<32sI")


class Packs:
    """All the packs of a backup; what is added is on the disk after `flush`.

    Args:
        folder: where they lie.

    Attributes:
        written: how many bytes were written.
        damaged: packs that cannot be used.
    """

    def __init__(self, folder: Path, sealing: Sealing) -> None:
        self._folder = folder
        self._sealing = sealing
        self._waiting: dict[bytes, bytes] = {}
        self._size = 0
        self._places: dict[bytes, Path] = {}
        self.written = 0
        self.damaged: list[Path] = []

    def open(self) -> None:
        """Learn which pieces there are; packs whose list is damaged are noted."""
        for path in sorted(self._folder.glob("*.pack")):
            try:
                listed = self._listed(path)
            except StoreCorrupt:
                self.damaged.append(path)
            else:
                self._places |= dict.fromkeys((piece for piece, _ in listed), path)

    def heal(self) -> None:
        """Read every pack whole before anything is built upon it; remove what was left undone.

        One that is damaged is set aside, so that its pieces are stored anew where they are needed.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        remove_drafts(self._folder)
        for path in sorted(self._folder.glob("*.pack")):
            if digest_of(path) != path.stem:
                path.rename(path.with_suffix(".damaged"))
                self.damaged.append(path)

    def add(self, content: bytes) -> bytes:
        """Keep a piece; its hash."""
        piece = hashlib.sha256(content).digest()
        if piece not in self._places and piece not in self._waiting:
            self._waiting[piece] = content
            self._size += len(content)
            if self._size >= _FULL:
                self.flush()
        return piece

    def flush(self) -> None:
        """Write what was added and wait until the disk has it.

        Raises:
            OSError: it cannot be written.
        """
        if not self._waiting:
            return
        entries = (_ENTRY.pack(piece, len(one)) for piece, one in self._waiting.items())
        listed = self._sealing.seal(b"".join(entries))
        pieces = self._sealing.seal(b"".join(self._waiting.values()))
        content = _LENGTH.pack(len(listed)) + listed + pieces
        path = self._folder / f"{hashlib.sha256(content).hexdigest()}.pack"
        write_whole(path, content)
        self.written += len(content)
        self._places |= dict.fromkeys(self._waiting, path)
        self._waiting = {}
        self._size = 0

    def read(self, wanted: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """The pieces `wanted`, each once, in no order but pack by pack: (hash, content).

        Raises:
            StoreCorrupt: one is missing, or a pack is damaged.
        """
        packs: dict[Path, set[bytes]] = {}
        for piece in wanted:
            if piece not in self._places:
                raise self._missing()
            packs.setdefault(self._places[piece], set()).add(piece)
        for path, pieces in packs.items():
            for piece, content in self._unpacked(path):
                if piece in pieces:
                    yield piece, content

    def keep_only(self, needed: Collection[bytes]) -> int:
        """Remove packs of which nothing is needed; what little is needed of one moves into a new.

        Returns:
            how many bytes became free.
        """
        freed = 0
        for path in sorted(set(self._places.values())):
            listed = self._listed(path)
            kept = sum(size for piece, size in listed if piece in needed)
            if 2 * kept >= sum(size for _, size in listed):
                continue
            contents = dict(self._unpacked(path)) if kept else {}
            for piece, _ in listed:
                if self._places.get(piece) == path:
                    del self._places[piece]
                    if piece in needed:
                        self.add(contents[piece])
            self.flush()
            freed += path.stat().st_size
            path.unlink()
        return freed

    def _missing(self) -> StoreCorrupt:
        if self.damaged:
            return StoreCorrupt(
                f"{self.damaged[0]} is damaged and needed for this snapshot: put it back from a"
                " copy of this folder, or choose another snapshot"
            )
        return StoreCorrupt(
            f"a pack is missing in {self._folder}: put it back, or choose another snapshot"
        )

    def has(self, piece: bytes) -> bool:
        """Whether there is such a piece."""
        return piece in self._places

    def _listed(self, path: Path) -> list[tuple[bytes, int]]:
        """The pieces of a pack with their sizes."""
        with path.open("rb") as file:
            head = file.read(_LENGTH.size)
            listed = file.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
        try:
            return list(_ENTRY.iter_unpack(self._sealing.unseal(listed)))
        except (StoreCorrupt, struct.error):
            raise StoreCorrupt(f"{path} is damaged") from None

    def _unpacked(self, path: Path) -> Iterator[tuple[bytes, bytes]]:
        """The pieces of a pack with their content; the whole pack is checked before."""
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != path.stem:
            raise StoreCorrupt(f"{path} is damaged: its content has changed since it was written")
        (length,) = _LENGTH.unpack_from(content)
        pieces = self._sealing.unseal(content[_LENGTH.size + length :])
        start = 0
        for piece, size in self._listed(path):
            yield piece, pieces[start : start + size]
            start += size
