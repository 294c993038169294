"""API tokens for scripts: made on the command line, kept as hashes in a file that is private.

A token has 256 random bits, so a plain hash of it is enough; a slow one would only slow us down.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from pumphouse.config.settings import StoreSettings
from pumphouse.core.errors import StoreError, UsageError

__all__ = ["Scope", "Token", "TokenFile", "token_file"]

_PREFIX: Final = "pumphouse_"
_NAME: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Scope(StrEnum):
    """What a token is good for."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token.

    Attributes:
        sha256: of the token itself, which is not kept.
    """

    name: str
    scope: Scope
    sha256: str
    created: datetime


_FILE: Final = TypeAdapter(list[Token])


class TokenFile:
    """The tokens of one house, in a file that only its owner can read.

    Raises (by every method):
        StoreError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._tokens: list[Token] = []

    def all(self) -> list[Token]:
        """Every token, by name."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._seen:
                self._tokens = _FILE.validate_json(self._path.read_bytes())
                self._seen = stamp
        except FileNotFoundError:
            self._tokens, self._seen = [], None
        except OSError as problem:
            raise StoreError(f"{self._path} cannot be read: {problem.strerror}") from None
        except ValidationError:
            raise StoreError(f"{self._path} is damaged; delete it and make new tokens") from None
        return self._tokens

    def find(self, shown: str) -> Token | None:
        """The token that somebody shows, None where it is not ours."""
        digest, found = _digest(shown), None
        for token in self.all():
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def add(self, name: str, scope: Scope, now: datetime) -> str:
        """Make a token and return it; it cannot be seen again.

        Raises:
            UsageError: the name is taken or no name.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(f'"{name}" is no name for a token: take letters, digits, . _ and -')
        if any(token.name == name for token in self.all()):
            raise UsageError(
                f'there is a token "{name}" already; `pumphouse token remove` it first'
            )
        made = _PREFIX + secrets.token_urlsafe(32)
        self._save([*self.all(), Token(name, scope, _digest(made), now)])
        return made

    def remove(self, name: str) -> None:
        """Make a token useless.

        Raises:
            UsageError: there is none of this name.
        """
        kept = [token for token in self.all() if token.name != name]
        if len(kept) == len(self.all()):
            raise UsageError(f'there is no token "{name}"; `pumphouse token list` shows all')
        self._save(kept)

    def _save(self, tokens: list[Token]) -> None:
        """Write a second file and rename it over the first: each instant has a whole one."""
        text = json.dumps([asdict(one) for one in tokens], default=datetime.isoformat, indent=1)
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as problem:
            raise StoreError(f"{self._path} cannot be written: {problem.strerror}") from None


def token_file(settings: StoreSettings) -> TokenFile:
    """The tokens of the house with this store; they are kept beside it."""
    return TokenFile(settings.path.parent / "tokens.json")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
