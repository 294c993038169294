"""How often reading fails, counted by kind since the start of this process."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from pumphouse.core.errors import PermanentError, SourceError, TransientError

__all__ = ["KINDS", "Failures"]

_ROOT_MODULE: Final = SourceError.__module__
#: what a read can fail with, by name: every leaf of the tree of errors below `SourceError`
KINDS: Final = tuple(
    kind.__name__
    for parent in (TransientError, PermanentError)
    for kind in parent.__subclasses__()
    if kind.__module__ == _ROOT_MODULE
)


class Failures:
    """Counts the failed reads of each source, those that were tried again at once included.

    Args:
        sources: whose counters there are from the beginning, all of them zero: who watches a
            counter sees its first step only if it was there before.
    """

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._counts = {source: Counter(dict.fromkeys(KINDS, 0)) for source in sources}

    def count(self, source: str, error: SourceError) -> None:
        """Note that a read of `source` has failed."""
        self._counts.setdefault(source, Counter())[_kind(error)] += 1

    def by_source(self) -> Mapping[str, Mapping[str, int]]:
        """Source -> name of the error -> how often."""
        return {source: dict(counts) for source, counts in self._counts.items()}


def _kind(error: SourceError) -> str:
    """Its name in our own tree, for a stranger's plugin may have errors of its own."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == _ROOT_MODULE)
