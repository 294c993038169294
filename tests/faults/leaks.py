"""Looking for secrets in everything that is said."""

from collections.abc import Iterable
from urllib.parse import quote

#: a leaked part of a secret this long is found, wherever it begins
SHORTEST_FOUND = 36
_PIECE = SHORTEST_FOUND // 2


def pieces(secret: str) -> set[str]:
    """Parts of a secret, plain and percent-encoded, one of which stands in every long leak."""
    forms = {secret, quote(secret, safe="")}
    return {
        form[start : start + _PIECE]
        for form in forms
        for start in range(0, max(1, len(form) - _PIECE + 1), _PIECE)
    }


def leaked(text: str, secrets: Iterable[str]) -> list[str]:
    """Which parts of `secrets` stand in `text`."""
    return [piece for secret in secrets for piece in pieces(secret) if piece in text]
