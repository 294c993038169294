"""Names and labels as people read them."""

from typing import Final

__all__ = ["readable"]

SOFT_HYPHEN: Final = "\u00ad"


def readable(text: str | None) -> str:
    """A name or label without soft hyphens, line breaks and repeated blanks, which clouds send."""
    return " ".join((text or "").replace(SOFT_HYPHEN, "").split())
