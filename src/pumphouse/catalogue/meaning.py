"""What a metric is and what a native id means: the rows of the catalogue."""

from dataclasses import dataclass
from typing import Literal

from pumphouse.core.model import Option
from pumphouse.core.units import Quantity, Unit

__all__ = ["Kind", "Metric", "NativePoint", "StateClass"]

StateClass = Literal["measurement", "total", "total_increasing"]
Kind = Literal["number", "enum", "bool", "text"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A vendor-neutral meaning; every name a user sees is made from it.

    Attributes:
        name: stable and English, for example ``supply_temperature``; never ends in ``_<number>``.
        group: what it belongs to, for headings: ``heating``, ``compressor``, ``settings`` …
        unit: the canonical unit of `quantity`.
        state_class: None for enumerations, texts and settings, which are not worth statistics.
        options: what an enumeration can say. The labels are shared by all vendors; a reading keeps
            its vendor's code, whose label stands in the options of its point.
        text: whether the value is a text.
        enabled: one of the few a new user should see at first.
    """

    name: str
    group: str
    quantity: Quantity
    unit: Unit
    state_class: StateClass | None
    label: str
    description: str
    options: tuple[Option, ...] = ()
    text: bool = False
    enabled: bool = False


@dataclass(frozen=True, slots=True)
class NativePoint:
    """What one vendor's native id means.

    Attributes:
        id: the vendor's id.
        metric: the name of its metric, None where it has no shared meaning.
        instance: climate system, compressor or sensor number; 1 is the plain name.
        divisor: value = raw value / divisor; None where unknown, then it has to be derived. Where
            the vendor sends scaled values it is 1.
        unit: what the value is in, whatever the wire says; None: trust the wire.
        kind: how to read the value; a `number` is never an enumeration, whatever the wire says.
        options: the codes of an enumeration; empty where only the wire knows them.
        writable: documented as settable, also where the vendor's own hint denies it.
        read_only: not to be set, also where the vendor's own hint allows it.
        minimum, maximum, step: documented limits in `unit` (where that is None, in the unit of the
            wire); None where unknown.
        name: a name for people where the vendor's own is useless, else None.
        reason: why it deliberately has no metric.
        rank: its place in the vendor's order of preference; the smaller wins a name.
    """

    id: str
    metric: str | None = None
    instance: int = 1
    divisor: float | None = None
    unit: Unit | None = None
    kind: Kind = "number"
    options: tuple[Option, ...] = ()
    writable: bool = False
    read_only: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    name: str | None = None
    reason: str | None = None
    rank: int = 0
