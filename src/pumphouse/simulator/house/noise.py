"""Chance that can be asked for any instant: the same seed and place give the same number.

A sequence of random numbers depends on how often it was asked. Here every number is a function of
(seed, name, index), so a simulation may start anywhere and be sliced in any way.
"""

import math
import zlib

__all__ = ["Noise"]

_MASK = (1 << 64) - 1


class Noise:
    """One independent stream of chance.

    Attributes:
        key: what the seed and the name were mixed to.
    """

    __slots__ = ("key",)

    def __init__(self, seed: int, name: str) -> None:
        self.key = _scramble((seed << 32) ^ zlib.crc32(name.encode()))

    def chance(self, index: int) -> float:
        """A number in [0, 1), uniform over indices."""
        return _scramble(self.key + index * 0x9E3779B97F4A7C15) / 2.0**64

    def wave(self, position: float) -> float:
        """A smooth curve in [-1, 1] through one random node at each whole position."""
        node = math.floor(position)
        share = position - node
        share *= share * (3.0 - 2.0 * share)
        before, after = self.chance(node), self.chance(node + 1)
        return 2.0 * (before + (after - before) * share) - 1.0


def _scramble(number: int) -> int:
    """Mix 64 bits (the finaliser known as splitmix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
