"""How the simulated air-source pump's values look on the wire, read from a data file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from pumphouse.simulator.myuplink.points import show
from pumphouse.simulator.myuplink.wire import MISSING, EnumValue, Point

__all__ = ["Profile", "load_profile"]

_RANGE: Final = (15, 25)


@dataclass(frozen=True, slots=True)
class _Row:
    """How one point is shown; limits are in display units here.

    Attributes:
        extra: delivered only to those who ask for it by id.
    """

    name: str
    unit: str = ""
    scale: float = 1.0
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    tag: str = ""
    options: tuple[tuple[int, str], ...] = ()
    extra: bool = False

    def show(self, identifier: str, value: float | None, category: str, timestamp: str) -> Point:
        enumeration: list[EnumValue] = [
            {"value": str(code), "text": text, "icon": ""} for code, text in self.options
        ]
        number = MISSING if value is None else self._round(value)
        point: Point = {
            "category": category,
            "parameterId": identifier,
            "parameterName": self.name,
            "parameterUnit": self.unit,
            "writable": self.writable,
            "timestamp": timestamp,
            "value": number,
            "strVal": "",
            "smartHomeCategories": [self.tag] if self.tag else [],
            "minValue": self._raw(self.minimum),
            "maxValue": self._raw(self.maximum),
            "stepValue": 1 if self.step is None else self._raw(self.step),
            "enumValues": enumeration,
            "scaleValue": f"{self.scale:g}",
            "zoneId": None,
        }
        point["strVal"] = show(point, number)
        return point

    def _round(self, value: float) -> float:
        """To the resolution of the point; whole numbers travel without a decimal point."""
        found = float(f"{round(value / self.scale) * self.scale:.12g}")
        return int(found) if found.is_integer() else found

    def _raw(self, limit: float | None) -> int | None:
        return None if limit is None else round(limit / self.scale)


@dataclass(frozen=True, slots=True)
class _Zone:
    name: str
    temperature: str
    setpoint: str


class Profile:
    """The points and zones of one product."""

    def __init__(self, rows: Mapping[str, _Row], zones: Mapping[int, _Zone]) -> None:
        self._rows = rows
        self._zones = zones

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._rows

    def show(self, identifier: str, value: float | None, category: str, timestamp: str) -> Point:
        """A point in its v2 form."""
        return self._rows[identifier].show(identifier, value, category, timestamp)

    def is_extra(self, identifier: str) -> bool:
        """Whether a point is delivered only to those who ask for it by id."""
        return identifier in self._rows and self._rows[identifier].extra

    def zone_setpoint(self, zone: int) -> str | None:
        """The id of the point that a zone's heating set point stands in."""
        return self._zones[zone].setpoint if zone in self._zones else None

    def zones(self, values: Mapping[str, float | None]) -> list[Mapping[str, object]]:
        """The zones with their temperatures; set points are in display units."""
        low, high = _RANGE
        return [
            {
                "zoneId": str(number),
                "name": zone.name,
                "commandOnly": False,
                "supportedModes": "",
                "mode": "heat",
                "temperature": _tenth(values.get(zone.temperature)),
                "setpoint": _tenth(values.get(zone.setpoint)),
                "setpointHeat": _tenth(values.get(zone.setpoint)),
                "setpointCool": None,
                "setpointRangeMin": low,
                "setpointRangeMax": high,
                "isCelsius": True,
                "indoorCo2": None,
                "indoorHumidity": None,
            }
            for number, zone in self._zones.items()
        ]


def load_profile() -> Profile:
    """The profile of the simulated S320 with its outdoor unit."""
    text = resources.files(__package__).joinpath("s320.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    rows = {identifier: _row(row) for identifier, row in data["points"].items()}
    zones = {int(number): _Zone(**zone) for number, zone in data["zones"].items()}
    return Profile(rows, zones)


def _row(data: Mapping[str, object]) -> _Row:
    options = data.get("options", {})
    assert isinstance(options, dict)
    return _Row(
        name=str(data["name"]),
        unit=str(data.get("unit", "")),
        scale=_number(data.get("scale")) or 1.0,
        writable=data.get("writable") is True,
        minimum=_number(data.get("min")),
        maximum=_number(data.get("max")),
        step=_number(data.get("step")),
        tag=str(data.get("tag", "")),
        options=tuple((int(code), str(text)) for code, text in options.items()),
        extra=data.get("extra") is True,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
