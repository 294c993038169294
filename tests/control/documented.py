"""Recordings of devices that have every documented setting, written from the catalogue."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pumphouse.catalogue.catalogue import NativePoint, load_catalogue

SYSTEM, DEVICE = 400200, "U-everything"
#: functions of the clouds that stand among the points
FUNCTIONS = {"smart_home_mode"}


def documented(vendor: str) -> Mapping[str, NativePoint]:
    """The settings that a vendor documents, by native id; of alternatives the first."""
    found: dict[str, NativePoint] = {}
    for native in load_catalogue().vendor(vendor).points():
        if native.writable and native.id not in FUNCTIONS:
            found.setdefault(native.id, native)
    return found


def write_nibe_uplink(folder: Path, **system: object) -> Path:
    """A system of NIBE Uplink with eight climate systems; `system` overlays its object."""
    rows = [_parameter(native) for native in documented("nibe_uplink").values()]
    names = ["STATUS", *(f"SYSTEM_{number}" for number in range(1, 9))]
    recording = {
        "systems": [
            {
                "systemId": SYSTEM,
                "name": "Everything",
                "productName": "NIBE F1255",
                "securityLevel": "MANAGER",
                "serialNumber": "06500000000001",
                "lastActivityDate": "2026-01-15T11:58:00Z",
                "connectionStatus": "ONLINE",
                "hasAlarmed": False,
            }
            | system
        ],
        "units": [{"systemUnitId": 0, "name": "master", "product": "F1255-6 R PC"}],
        "categories": {
            "0": [{"categoryId": name, "name": name, "parameters": []} for name in names]
        },
        "parameters": {"0": rows},
    }
    return _written(folder, "nibe_uplink", recording)


def _parameter(native: NativePoint) -> Mapping[str, object]:
    number = 0 if native.kind != "number" else native.minimum or 0
    unit = "°C" if native.metric and "setpoint" in native.metric else ""
    return {
        "parameterId": int(native.id),
        "name": native.id,
        "title": f"setting {native.id}",
        "designation": "",
        "unit": unit,
        "displayValue": f"{number:g}{unit}",
        "rawValue": round(number * (native.divisor or 1)),
    }


def write_myuplink(folder: Path) -> Path:
    """A device of myUplink, without zones."""
    product = {"serialNumber": "06600000000001", "name": "S1255-12 R"}
    device = {"id": DEVICE, "connectionState": "Connected", "product": product}
    system = {"systemId": "system-1", "name": "Everything", "devices": [device]}
    recording = {
        "systems": {"page": 1, "itemsPerPage": 10, "numItems": 1, "systems": [system]},
        "devices": {DEVICE: device},
        "points": {DEVICE: list(_points())},
    }
    return _written(folder, "myuplink", recording)


def _points() -> Iterator[Mapping[str, object]]:
    for native in documented("myuplink").values():
        coded = native.kind in ("enum", "bool")
        options = native.options or ()
        unit = "" if coded or native.unit is None else native.unit.symbol
        if native.id == "47212":
            unit = "kW"
        low, high = native.minimum or 0, native.maximum or 40
        yield {
            "category": "S1255",
            "parameterId": native.id,
            "parameterName": f"setting {native.id}",
            "parameterUnit": unit,
            "writable": native.id not in ("50225", "50233", "50241"),
            "timestamp": "2026-01-15T11:58:00+00:00",
            "value": 0 if coded else low,
            "strVal": "",
            "smartHomeCategories": _tags(native),
            "minValue": None if coded else round(low / 0.1),
            "maxValue": None if coded else round(high / 0.1),
            "stepValue": 5,
            "enumValues": [
                {"value": f"{one.value:g}", "text": one.label, "icon": ""} for one in options
            ]
            or ([{"value": "0", "text": "no"}, {"value": "1", "text": "yes"}] if coded else []),
            "scaleValue": "1" if coded else "0.1",
            "zoneId": None,
        }


def _tags(native: NativePoint) -> list[str]:
    overrides = {
        "50225": "sh-indoorTempOverride",
        "50233": "sh-indoorSpHeatOverride",
        "50241": "sh-indoorSpCoolOverride",
    }
    return [overrides[native.id]] if native.id in overrides else []


def _written(folder: Path, vendor: str, recording: Mapping[str, object]) -> Path:
    place = folder / "recordings" / vendor
    place.mkdir(parents=True, exist_ok=True)
    (place / "everything.json").write_text(json.dumps(recording))
    return folder / "recordings"
