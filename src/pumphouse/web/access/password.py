"""The one password: hashed by argon2, checked beside the event loop, one at a time."""

import asyncio
from functools import partial
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

__all__ = ["LONGEST", "PasswordCheck", "hashed"]

#: bytes of a password that is looked at; longer ones are refused before they cost anything
LONGEST: Final = 1024


def hashed(password: str) -> str:
    """The hash to put into the configuration (argon2id, parameters of RFC 9106's second choice)."""
    return PasswordHasher().hash(password)


class PasswordCheck:
    """Compares what people type with a hash.

    Args:
        hash_: as `hashed` made it.
    """

    def __init__(self, hash_: str) -> None:
        self._hash = hash_
        # One check takes 64 MiB and 50 ms of a core: on a small machine two at once are too many.
        self._turn = asyncio.Lock()

    async def matches(self, password: str) -> bool:
        """Whether it is the password."""
        if len(password.encode()) > LONGEST:
            return False
        async with self._turn:
            return await asyncio.to_thread(partial(_verify, self._hash, password))


def _verify(hash_: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hash_, password)
    except (Argon2Error, InvalidHashError):
        return False
