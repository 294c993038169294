"""What a snapshot lists: every file with its size, its hash and where its pieces are named."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from pydantic import TypeAdapter, ValidationError

from pumphouse.core.errors import StoreCorrupt

__all__ = ["BackedFile", "Snapshot"]


@dataclass(frozen=True, slots=True)
class BackedFile:
    """A file of a snapshot.

    Attributes:
        name: its path below the folder into which it is restored.
        sha256: of its content.
        recipe: hash of the piece that lists its pieces.
    """

    name: str
    bytes: int
    sha256: str
    recipe: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup.

    Attributes:
        taken: when.
        pumphouse: which version has taken it.
        layout: of the store's tables.
        store: the name of the database among the files.
        timezone: whose days it holds.
        damage: what was known to be wrong with it when it was taken.
    """

    taken: datetime
    pumphouse: str
    layout: int
    store: str
    timezone: str
    damage: tuple[str, ...]
    files: tuple[BackedFile, ...]
    format: int = 1

    def to_json(self) -> bytes:
        """As it is written."""
        told = asdict(self) | {"taken": self.taken.isoformat()}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Snapshot":
        """As it was written.

        Raises:
            StoreCorrupt: it is no snapshot, or names files outside of its folder.
        """
        try:
            snapshot = _SNAPSHOT.validate_json(text)
        except ValidationError:
            raise StoreCorrupt(
                "this is no snapshot that this version understands: install a newer Pumphouse"
            ) from None
        for file in snapshot.files:
            path = PurePosixPath(file.name)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise StoreCorrupt("the snapshot names a file outside of its folder")
        return snapshot


_SNAPSHOT: Final = TypeAdapter(Snapshot)
