"""Families of samples, collected under their names: each is written once, with all its samples."""

from collections.abc import Iterator, Mapping
from typing import Literal

from prometheus_client.metrics_core import Metric

__all__ = ["Families"]

_TOTAL = "_total"


class Families:
    """Collects samples in any order and gives them out family by family."""

    def __init__(self) -> None:
        self._families: dict[str, Metric] = {}

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._families.values())

    def gauge(self, name: str, meaning: str, labels: Mapping[str, str], value: float) -> None:
        """Add a sample of something that goes up and down."""
        self._add("gauge", name, meaning, labels, value)

    def counter(self, name: str, meaning: str, labels: Mapping[str, str], value: float) -> None:
        """Add a sample of something that only grows, or starts again; `name` ends in `_total`."""
        self._add("counter", name, meaning, labels, value)

    def states(
        self, name: str, meaning: str, labels: Mapping[str, str], states: Mapping[str, bool]
    ) -> None:
        """Add one sample per state of an enumeration: 1 for the one that is, 0 for the others."""
        for state, holds in states.items():
            self._add("gauge", name, meaning, {**labels, "state": state}, float(holds))

    def _add(
        self,
        kind: Literal["gauge", "counter"],
        name: str,
        meaning: str,
        labels: Mapping[str, str],
        value: float,
    ) -> None:
        family = self._families.get(name)
        if family is None:
            family = Metric(name.removesuffix(_TOTAL) if kind == "counter" else name, meaning, kind)
            self._families[name] = family
        family.add_sample(name, dict(labels), value)
