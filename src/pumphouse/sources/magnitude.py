"""How large a number that somebody sends may be."""

from typing import Final

__all__ = ["LARGEST"]

#: nothing that is measured is beyond it, and an integer of JSON may be too large for a float
LARGEST: Final = 1e300
