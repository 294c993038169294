"""Taking the house and its people out of what a vendor answered, without changing its shape."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["invented_serial", "kept", "replaced", "rows"]

_SHORTEST: Final = 4  # a shorter name would be replaced inside innocent words
_ARTICLE_DIGITS: Final = 6


def rows(value: object) -> list[dict[str, object]]:
    """The objects of a JSON list; what is no object is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def kept(row: Mapping[str, object], members: Iterable[str]) -> dict[str, object]:
    """Only these members of `row`: what is not known cannot be known to be harmless."""
    return {name: row[name] for name in members if name in row}


def invented_serial(serial: object, rng: random.Random) -> str:
    """A serial number of the same kind: the article number in front is kept."""
    return f"{str(serial or '')[:_ARTICLE_DIGITS]}99{rng.randrange(10**6):06d}"


def replaced(value: object, secrets: Mapping[str, str]) -> object:
    """`value` with each private text replaced wherever it occurs inside a text or a key.

    Args:
        value: parsed JSON.
        secrets: private text to what stands for it; longer ones are replaced first.
    """
    order = sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in order:
            text = text.replace(secret, secrets[secret])
        return text

    def walk(part: object) -> object:
        if isinstance(part, str):
            return clean(part)
        if isinstance(part, list):
            return [walk(item) for item in part]
        if isinstance(part, dict):
            return {clean(str(name)): walk(item) for name, item in part.items()}
        return part

    return walk(value)
