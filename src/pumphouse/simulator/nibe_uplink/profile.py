"""How the simulated ground-source pump's values look on the wire, read from a data file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from pumphouse.simulator.nibe_uplink.wire import MISSING, Category, Parameter

__all__ = ["Profile", "load_profile"]

_IMAGE_SIZES: Final = ((75, 100), (150, 200), (225, 300))


@dataclass(frozen=True, slots=True)
class _Row:
    """How one register is shown.

    Attributes:
        divisor: raw units per human unit.
        decimals: shown after the point; what the register has beyond is cut off.
        texts: labels of an enumeration.
    """

    title: str
    designation: str = ""
    unit: str = ""
    divisor: int = 1
    decimals: int = 0
    texts: Mapping[int, str] = field(default_factory=dict)

    def show(self, register: int, value: float | None) -> Parameter:
        raw = MISSING if value is None else round(value * self.divisor)
        return {
            "parameterId": register,
            "name": str(register),
            "title": self.title,
            "designation": self.designation,
            "unit": self.unit,
            "displayValue": "--" if value is None else self._display(raw),
            "rawValue": raw,
        }

    def _display(self, raw: int) -> str:
        if raw in self.texts:
            return self.texts[raw]
        shown = int(raw * 10**self.decimals / self.divisor) / 10**self.decimals
        return f"{shown:.{self.decimals}f}{self.unit}"


class Profile:
    """The categories and rows of one product."""

    def __init__(
        self, rows: Mapping[int, _Row], groups: Mapping[str, tuple[str, list[int]]]
    ) -> None:
        self._rows = rows
        self._groups = groups
        self._grouped = {register for _, registers in groups.values() for register in registers}

    def categories(self, values: Mapping[str, float | None]) -> list[Category]:
        """All categories with what the pump has of them."""
        return [
            {"categoryId": group, "name": name, "parameters": self._show(registers, values)}
            for group, (name, registers) in self._groups.items()
        ]

    def settings(self, values: Mapping[str, float | None]) -> list[Parameter]:
        """What the pump has and no category shows."""
        return self._show([one for one in self._rows if one not in self._grouped], values)

    def text(self, title: str, text: str) -> Parameter:
        """A row that is a text."""
        return {**_Row(title).show(0, None), "name": None, "displayValue": text}

    def image(self) -> Mapping[str, object]:
        """The product's picture; the addresses are relative to the vendor's web site."""
        sizes = [
            {"width": w, "height": h, "url": f"/Content/Products/F1245_{w}x{h}.png"}
            for w, h in _IMAGE_SIZES
        ]
        return {"name": "NIBE_F1245", "sizes": sizes}

    def _show(self, registers: list[int], values: Mapping[str, float | None]) -> list[Parameter]:
        return [
            self._rows[register].show(register, values[str(register)])
            for register in registers
            if str(register) in values
        ]


def load_profile() -> Profile:
    """The profile of the simulated F1245."""
    text = resources.files(__package__).joinpath("f1245.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    rows = {int(register): _row(row) for register, row in data["parameters"].items()}
    groups = {key: (group["name"], group["ids"]) for key, group in data["categories"].items()}
    return Profile(rows, groups)


def _row(data: Mapping[str, object]) -> _Row:
    enumeration = data.get("texts", {})
    assert isinstance(enumeration, dict)
    texts = {int(code): str(text) for code, text in enumeration.items()}
    return _Row(
        title=str(data["title"]),
        designation=str(data.get("designation", "")),
        unit=str(data.get("unit", "")),
        divisor=int(str(data.get("divisor", 1))),
        decimals=int(str(data.get("decimals", 0))),
        texts=texts,
    )
