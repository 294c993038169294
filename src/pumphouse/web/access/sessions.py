"""Sessions: a browser's cookie, and what this house remembers of it.

A cookie holds a name of 256 random bits and nothing else. That its bearer has logged in is known
here only, under the name's hash. At a login the browser gets a new name, so that nobody who gave
it the old one can follow. A restart of the house ends all sessions.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.ports import Clock

__all__ = ["LIFETIME", "Sessions", "cookie_name"]

#: how long a browser may stay away before it has to log in again
LIFETIME: Final = timedelta(days=30)
#: how many browsers may be logged in; the one that was away for longest makes room
MOST_SESSIONS: Final = 1000
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SALT_BYTES: Final = 16


def cookie_name(*, secure: bool) -> str:
    """What the cookie is called; the prefix makes a browser insist on https and on this host."""
    return "__Host-pumphouse" if secure else "pumphouse"


class Sessions:
    """Knows who has logged in, and makes and checks the tokens of forms (CSRF)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._ends: OrderedDict[bytes, datetime] = OrderedDict()

    @staticmethod
    def new() -> str:
        """A name for a browser that has not logged in."""
        return secrets.token_urlsafe(32)

    @staticmethod
    def is_name(text: str | None) -> bool:
        """Whether a cookie holds what `new` makes."""
        return text is not None and _NAME.fullmatch(text) is not None

    def log_in(self) -> str:
        """The new name of a browser that has shown the password."""
        name = self.new()
        self._ends[_hash(name)] = self._clock.now() + LIFETIME
        if len(self._ends) > MOST_SESSIONS:
            self._ends.popitem(last=False)
        return name

    def log_out(self, name: str) -> None:
        """Forget that this browser has logged in."""
        self._ends.pop(_hash(name), None)

    def is_logged_in(self, name: str) -> bool:
        """Whether this browser has shown the password; its time begins anew."""
        key, now = _hash(name), self._clock.now()
        ends = self._ends.get(key)
        if ends is None:
            return False
        if ends <= now:
            del self._ends[key]
            return False
        self._ends[key] = now + LIFETIME
        self._ends.move_to_end(key)
        return True

    def form_token(self, name: str) -> str:
        """A token that proves that a form is ours: different each time, so no use to compression.

        Args:
            name: the browser's; the token is good for no other.
        """
        salt = secrets.token_bytes(_SALT_BYTES)
        return base64.urlsafe_b64encode(salt + self._proof(salt, name)).decode()

    def is_form_token(self, token: str, name: str) -> bool:
        """Whether `form_token` made this token for this browser."""
        try:
            raw = _from_base64(token)
        except ValueError:
            return False
        salt, proof = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
        return hmac.compare_digest(proof, self._proof(salt, name))

    def _proof(self, salt: bytes, name: str) -> bytes:
        return hmac.digest(self._key, salt + name.encode(), "sha256")


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
