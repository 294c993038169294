"""Every recorded pump, through login, poll and latest: one right reading per present sensor.

What is right is worked out here from the recordings alone, by the rules of the vendors' documents
and of `recordings/README.md`, without a line of the program's own parsing.
"""

import json
import math
import shutil
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[1] / "recordings"
MISSING = -32768

#: what the table `expected` is known to have wrong, as divisors (README of the recordings)
CORRECTED = {
    43084: 100,
    41189: 10,
    41190: 10,
    44700: 10,
    44866: 10,
    48991: 10,
    10069: 1000,
}
SPELLED = {"ºC": "°C", "l/m": "l/min", "hrs": "h", "m3/h": "m³/h", "days": "d", "sec": "s"}
CANONICAL = {
    "kW": ("W", 1000),
    "h": ("s", 3600),
    "min": ("s", 60),
    "d": ("s", 86400),
    "öre/kWh": ("SEK/kWh", 0.01),
}
#: what the vendor sends without a unit, or with a wrong one, and the documents know better
DOCUMENTED: dict[str, tuple[str, str]] = {
    "43064": ("", "K"),
    "43065": ("", "K"),
    "43146": ("°C", "K"),
    "43124": ("", "m³/h"),
    "40940": ("", "DM"),
    "40941": ("", "DM"),
    "43081": ("", "h"),
    "43108": ("%", ""),  # a mode
    # differences of temperatures, which the vendor gives in °C
    "41011": ("°C", "K"),
    "41019": ("°C", "K"),
    "47028": ("°C", "K"),
    "47378": ("°C", "K"),
    "47379": ("°C", "K"),
    "47539": ("°C", "K"),
    "47544": ("°C", "K"),
    "47545": ("°C", "K"),
    "48642": ("°C", "K"),
    "48643": ("°C", "K"),
}


def canonical(point, value, unit):
    """A vendor's value and unit as the house tells them."""
    spelled = SPELLED.get(unit.strip(), unit.strip())
    wrong, right = DOCUMENTED.get(point.rpartition("/")[2], (None, ""))
    if spelled == wrong:
        spelled = right
    symbol, factor = CANONICAL.get(spelled, (spelled, 1))
    return value * factor, symbol


def nibe_sensors(recording):
    """Point -> (value, unit) of every present sensor of a NIBE Uplink recording."""
    present = {}
    for section in ("categories", "parameters"):
        for unit, content in recording.get(section, {}).items():
            rows = content
            if section == "categories":
                rows = [row for category in content for row in category["parameters"]]
            for row in rows:
                register = row["parameterId"]
                if register == 0 or row["displayValue"] == "--" or row["rawValue"] == MISSING:
                    continue
                point = str(register) if unit == "0" else f"{unit}/{register}"
                divisor = recording["expected"][unit][str(register)]["divisor"]
                divisor = CORRECTED.get(register, divisor) or 1
                if register == 41427:
                    divisor = 10 if row["unit"] == "cent" else 1
                present[point] = canonical(point, row["rawValue"] / divisor, row["unit"])
    return present


def myuplink_sensors(points):
    """Point -> (value, unit) of every present sensor of a myUplink recording.

    Of points with the same id the one with a unit counts, then with limits, then the newest.
    """
    best: dict[str, tuple[tuple[bool, bool, str], float, str]] = {}
    for row in points:
        value = row["value"]
        if value is None or float(value) == MISSING:
            continue
        low, high = row["minValue"], row["maxValue"]
        limits = isinstance(low, int | float) and isinstance(high, int | float) and low <= high
        rank = (bool(row["parameterUnit"].strip()), limits, row["timestamp"])
        name = row["parameterId"]
        if name not in best or rank > best[name][0]:
            best[name] = (rank, float(value), row["parameterUnit"])
    return {name: canonical(name, value, unit) for name, (_, value, unit) in best.items()}


def served_alone(path, folder):
    """The folder of recordings with this one file in it."""
    place = folder / "recordings" / path.parent.name
    place.mkdir(parents=True)
    shutil.copy(path, place)
    return str(place.parent)


def compare(rows, expected):
    """Exactly the expected readings with their values; returns the units that differ."""
    numbers = {
        row["point"]: row for row in rows if not row["point"].split("/")[-1].startswith("0:")
    }
    assert len(numbers) == len([row for row in rows if row["point"] in numbers])
    assert numbers.keys() == expected.keys()
    wrong: dict[str, object] = {}
    for point, (value, unit) in expected.items():
        row = numbers[point]
        if row["text"] is None and row["unit"] != unit:
            wrong[point] = (unit, row["unit"], value, row["value"])
        elif not math.isclose(row["value"], value, rel_tol=1e-9):
            wrong[point] = (value, row["value"])
    return wrong


@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("nibe_uplink/*.json")), ids=lambda path: path.stem
)
def test_a_recorded_nibe_uplink_system_reads_right(path, pumphouse, simulate):
    recording = json.loads(path.read_text())
    clouds = simulate("--recordings", served_alone(path, pumphouse.home))
    pumphouse.write_config(clouds, pump="nibe_uplink")
    pumphouse.log_in("pump")
    pumphouse("poll")
    rows = pumphouse("latest", "--json").json()
    (system,) = recording["systems"]
    assert {row["device"] for row in rows} == {str(system["systemId"])}
    assert {row["time"] for row in rows} == {system["lastActivityDate"]}
    assert compare(rows, nibe_sensors(recording)) == {}
    texts = {row["point"]: row["text"] for row in rows if row["point"].startswith("0:")}
    assert texts["0:serial number"] == system["serialNumber"]
    assert all(texts.values())


@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("myuplink/*.json")), ids=lambda path: path.stem
)
def test_a_recorded_myuplink_account_reads_right(path, pumphouse, simulate):
    recording = json.loads(path.read_text())
    clouds = simulate("--recordings", served_alone(path, pumphouse.home))
    pumphouse.write_config(clouds, pump="myuplink")
    pumphouse.log_in("pump")
    pumphouse("poll")
    rows = pumphouse("latest", "--json").json()
    for device, points in recording["points"].items():
        mine = [row for row in rows if row["device"] == device]
        assert compare(mine, myuplink_sensors(points)) == {}
    assert {row["device"] for row in rows} == set(recording["points"])
