"""How long something lives until it is killed, learnt from the lives before."""

import random

__all__ = ["Lifetimes"]

#: by how much the next lives are shorter or longer than the last one
_STEP = 1.2


class Lifetimes:
    """Instants spread over a whole task and beyond, however busy the machine is, and becomes.

    A task that was over before it was killed makes the next lives shorter, one that was not makes
    them longer: so in the long run half of the tasks are killed in the middle.

    Args:
        secs: a first thought of what the task takes.
        chance: chooses the instants.
        shortest: a life, as a share of what the task is thought to take.
        longest: likewise.
    """

    def __init__(
        self, secs: float, chance: random.Random, *, shortest: float = 0.0, longest: float = 1.4
    ) -> None:
        self._secs = secs
        self._chance = chance
        self._shortest, self._longest = shortest, longest

    def secs(self) -> float:
        """How long the next one may live, in seconds."""
        return self._secs * self._chance.uniform(self._shortest, self._longest)

    def learn(self, *, over: bool) -> None:
        """Take note of whether a task was over before it was killed."""
        self._secs *= 1 / _STEP if over else _STEP
