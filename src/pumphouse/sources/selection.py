"""Which points a user wants to keep."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

__all__ = ["Selection"]


class Selection:
    """`include` and `exclude` of a source: patterns over native ids and metric names."""

    def __init__(self, include: Sequence[str] = ("*",), exclude: Sequence[str] = ()) -> None:
        self._include = tuple(include)
        self._exclude = tuple(exclude)
        self._known: dict[tuple[str, str | None], bool] = {}

    def keeps(self, point: str, metric: str | None) -> bool:
        """Whether a point is included by its native id or its metric, and excluded by neither."""
        known = self._known.get((point, metric))
        if known is None:
            names = (point,) if metric is None else (point, metric)
            known = _matches(names, self._include) and not _matches(names, self._exclude)
            self._known[point, metric] = known
        return known


def _matches(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
