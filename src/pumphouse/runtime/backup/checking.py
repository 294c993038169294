"""Whether a backup is as it was written; flipped bits are found without its passphrase."""

from pathlib import Path

from pumphouse.core.errors import StoreCorrupt
from pumphouse.runtime.backup.repository import damaged_files, open_existing

__all__ = ["check_backup"]


def check_backup(folder: Path, passphrase: str | None) -> list[str]:
    """What is wrong with the backup in `folder`, a sentence each; reads all of it.

    Raises:
        UsageError: there is no backup, or the passphrase is missing or wrong.
        StoreCorrupt: its mark or its key is damaged.
    """
    found = [f"{path} is damaged" for path in damaged_files(folder)]
    with open_existing(folder, passphrase) as repository:
        for name in repository.names:
            try:
                recipes = repository.recipes(repository.load(name))
            except StoreCorrupt as problem:
                found.append(f"{name} cannot be restored: {problem}")
                continue
            missing = sum(not repository.packs.has(p) for ps in recipes.values() for p in ps)
            if missing:
                found.append(f"{name} cannot be restored: {missing} pieces of it are missing")
    return found
