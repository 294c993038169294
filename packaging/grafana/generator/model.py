"""What a dashboard is made of, without a word about databases or Grafana."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "Board",
    "Change",
    "Curve",
    "Figure",
    "Kind",
    "Panel",
    "Quotient",
    "Row",
    "Spread",
    "State",
    "Value",
]


@dataclass(frozen=True, slots=True)
class Value:
    """A metric over time."""

    metric: str


@dataclass(frozen=True, slots=True)
class State:
    """An enumeration over time."""

    metric: str


@dataclass(frozen=True, slots=True)
class Change:
    """How much a counter grows in each stretch of time, `per` as both databases write it: `1d`."""

    metric: str
    per: str = "1d"


@dataclass(frozen=True, slots=True)
class Quotient:
    """The growth of one counter over that of another, such as heat over electricity."""

    label: str
    over: str
    under: str
    per: str = "1d"


@dataclass(frozen=True, slots=True)
class Spread:
    """One metric minus another at the same time."""

    label: str
    upper: str
    lower: str


@dataclass(frozen=True, slots=True)
class Figure:
    """Something about the data themselves, asked in the database's own words.

    Attributes:
        promql, influxql: the query; None where that database cannot tell.
        legend: names the series; `{{label}}` stands for a label or tag.
        unit: as Grafana calls it.
    """

    legend: str
    promql: str | None = None
    influxql: str | None = None
    unit: str = "short"


Curve = Value | State | Change | Quotient | Spread | Figure


class Kind(Enum):
    """How a panel is drawn."""

    LINES = "lines"
    BARS = "bars"
    STATES = "states"
    NUMBER = "number"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture.

    Attributes:
        width: of 24.
    """

    title: str
    kind: Kind
    curves: Sequence[Curve]
    description: str = ""
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: it answers one question.

    Attributes:
        name: its file and the end of its uid; never changes.
        past: how far it looks back at first.
    """

    name: str
    title: str
    question: str
    rows: Sequence[Row]
    past: str = "now-7d"
