"""How what is backed up becomes bytes on a disk: compressed, and encrypted where it is to be.

One random identity of age encrypts everything; a passphrase protects only that identity, because
making a key of a passphrase is slow on purpose.
"""

import zlib
from typing import Final, Protocol

from pumphouse.core.errors import StoreCorrupt, UsageError

__all__ = ["Encrypted", "Plain", "Sealing"]

_LEVEL: Final = 6
#: age makes a key in about a second, and refuses what would take sixteen
_TOO_SLOW: Final = "Excessive work"
#: age judges this computer by a millisecond's work, which is slow whenever something comes between
_TRIES: Final = 50


class Sealing(Protocol):
    """A way to keep bytes."""

    def seal(self, content: bytes) -> bytes:
        """What is written for `content`."""
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """What was sealed.

        Raises:
            StoreCorrupt: it is not as it was written.
        """
        ...


class Plain:
    """Compressed, for everybody to read."""

    def seal(self, content: bytes) -> bytes:
        """What is written for `content`."""
        return zlib.compress(content, _LEVEL)

    def unseal(self, sealed: bytes) -> bytes:
        """What was sealed; see `Sealing`."""
        try:
            return zlib.decompress(sealed)
        except zlib.error as problem:
            raise StoreCorrupt(f"a part of the backup is damaged ({problem})") from None


class Encrypted:
    """Compressed and encrypted by age (X25519).

    Args:
        identity: its secret text, `AGE-SECRET-KEY-…`.
    """

    def __init__(self, identity: str) -> None:
        from pyrage import x25519  # noqa: PLC0415  (loaded only where there is a passphrase)

        self._identity = x25519.Identity.from_str(identity)
        self._plain = Plain()

    @classmethod
    def new(cls, passphrase: str) -> tuple["Encrypted", bytes]:
        """A new identity, and its secret text encrypted by a passphrase."""
        from pyrage import passphrase as by_passphrase  # noqa: PLC0415  (as above)
        from pyrage import x25519  # noqa: PLC0415

        identity = str(x25519.Identity.generate())
        return cls(identity), by_passphrase.encrypt(identity.encode(), passphrase)

    @classmethod
    def opened(cls, wrapped: bytes, passphrase: str) -> "Encrypted":
        """The identity that `new` has wrapped.

        Raises:
            UsageError: the passphrase is another one.
        """
        from pyrage import DecryptError  # noqa: PLC0415  (as above)
        from pyrage import passphrase as by_passphrase  # noqa: PLC0415

        for _ in range(_TRIES):
            try:
                return cls(by_passphrase.decrypt(wrapped, passphrase).decode())
            except DecryptError as problem:
                if _TOO_SLOW not in str(problem):
                    raise UsageError(
                        "the passphrase does not fit this backup: give the one it was begun with"
                    ) from None
        raise UsageError(
            "this backup was begun on a computer many times as fast as this one is just"
            " now: try again when it is idle, or on a faster one"
        )

    def seal(self, content: bytes) -> bytes:
        """What is written for `content`."""
        from pyrage import encrypt  # noqa: PLC0415  (as above)

        sealed: bytes = encrypt(self._plain.seal(content), [self._identity.to_public()])
        return sealed

    def unseal(self, sealed: bytes) -> bytes:
        """What was sealed; see `Sealing`."""
        from pyrage import DecryptError, decrypt  # noqa: PLC0415  (as above)

        try:
            return self._plain.unseal(decrypt(sealed, [self._identity]))
        except DecryptError:
            raise StoreCorrupt("a part of the backup cannot be decrypted: it is damaged") from None
