"""What can be had for a while at one press, as the catalogue's data file says."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

__all__ = ["PresetChoice", "VendorPreset", "load_presets"]


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """One way to have it: one of `value`, `steps` and `add` is given.

    Attributes:
        points: native ids that are set alike.
        value: what the point is set to.
        steps: the value by the hours that it serves.
        add: how much is added to what the point is now.
    """

    points: Sequence[str]
    value: float | None = None
    steps: Mapping[float, float] = field(default_factory=dict)
    add: float | None = None

    def wanted(self, hours: float, current: float | None) -> float | None:
        """What to set for so many hours; None where that depends on what nobody knows."""
        if self.add is not None:
            return None if current is None else current + self.add
        if self.steps:
            long_enough = [step for step in self.steps if step >= hours]
            return self.steps[min(long_enough, default=max(self.steps))]
        return self.value


@dataclass(frozen=True, slots=True)
class VendorPreset:
    """Something that a vendor's pumps can do for a while.

    Attributes:
        name: in the letters of topics and addresses.
        label: for people.
        choices: the first one whose point a device has counts.
        hours: for how long, unless somebody says otherwise.
    """

    name: str
    label: str
    choices: Sequence[PresetChoice]
    hours: float


@cache
def load_presets() -> Mapping[str, Sequence[VendorPreset]]:
    """The presets that come with the program, by type of source; the file is read once."""
    text = files("pumphouse.catalogue").joinpath("presets.toml").read_text("utf-8")
    return {
        vendor: tuple(
            VendorPreset(
                name,
                table["label"],
                tuple(_choice(one) for one in table["choices"]),
                float(table["hours"]),
            )
            for name, table in presets.items()
        )
        for vendor, presets in tomllib.loads(text).items()
    }


def _choice(table: Mapping[str, object]) -> PresetChoice:
    points, steps = table["points"], table.get("steps", {})
    assert isinstance(points, list)
    assert isinstance(steps, dict)
    return PresetChoice(
        tuple(map(str, points)),
        _number(table.get("value")),
        {float(hours): float(value) for hours, value in steps.items()},
        _number(table.get("add")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
