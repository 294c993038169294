"""How much CPU one poll cycle of a 130-parameter pump costs, from the bytes of the wire to commit.

Run alone: `python bench/poll_cycle.py`. No network: what is measured is ours.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Site
from pumphouse.core.ports import SystemClock
from pumphouse.sources.myuplink import wire as myuplink
from pumphouse.sources.myuplink.mapping import DeviceMapper, device_of
from pumphouse.sources.nibe_uplink import wire as nibe
from pumphouse.sources.nibe_uplink.mapping import SystemMapper
from pumphouse.sources.nibe_uplink.reader import UnitValues
from pumphouse.sources.selection import Selection
from pumphouse.stores.sqlite import open_store

PARAMETERS = 130
CYCLES = 200
START = datetime(2026, 1, 1, tzinfo=UTC)


def nibe_cycle() -> Callable[[int], Batch]:
    """A NIBE Uplink system whose values all change in every cycle."""
    rows: list[dict[str, object]] = [
        {
            "parameterId": 40000 + n, "name": str(40000 + n), "title": f"point {n}",
            "designation": "BT1", "unit": "°C", "displayValue": "12.3°C", "rawValue": 123,
        }
        for n in range(PARAMETERS)
    ]  # fmt: skip
    body = json.dumps([{"categoryId": "STATUS", "name": "status", "parameters": rows}]).encode()
    mapper = SystemMapper("house", load_catalogue(), Selection())
    unit = nibe.SystemUnit.model_validate({"systemUnitId": 0})

    def cycle(number: int) -> Batch:
        (category,) = nibe.CATEGORIES.validate_python(json.loads(body))
        system = nibe.System.model_validate({"systemId": 1, "lastActivityDate": instant(number)})
        return mapper.batch(system, [UnitValues(unit, category.parameters or [])], START)

    return cycle


def myuplink_cycle() -> Callable[[int], Batch]:
    """A myUplink device whose values all change in every cycle."""
    mapper = DeviceMapper("cloud", load_catalogue(), Selection())
    device = device_of("cloud", myuplink.SystemDevice.model_validate({"id": "device"}))

    def body(number: int) -> bytes:
        rows: list[dict[str, object]] = [
            {
                "category": "S735", "parameterId": str(n), "parameterName": f"point\u00ad {n}",
                "parameterUnit": "°C", "writable": False, "timestamp": instant(number),
                "value": 12.3, "strVal": "12.3°C", "smartHomeCategories": [], "minValue": 50,
                "maxValue": 350, "stepValue": 5, "enumValues": [], "scaleValue": "0.1",
                "zoneId": None,
            }
            for n in range(PARAMETERS)
        ]  # fmt: skip
        return json.dumps(rows).encode()

    bodies = [body(number) for number in range(CYCLES)]

    def cycle(number: int) -> Batch:
        return mapper.batch(
            device, myuplink.POINTS.validate_python(json.loads(bodies[number])), START
        )

    return cycle


def instant(number: int) -> str:
    """The device's own time in a cycle: five minutes after the one before."""
    return (START + timedelta(minutes=5 * number)).isoformat()


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU milliseconds per cycle: from bytes to batch, and from batch to commit."""

    parse: float
    store: float


async def measure() -> Mapping[str, Figures]:
    """Measure both vendors in temporary folders; takes a second or two."""
    return {
        "nibe_uplink": await _measured(nibe_cycle()),
        "myuplink": await _measured(myuplink_cycle()),
    }


async def _measured(cycle: Callable[[int], Batch]) -> Figures:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        async with open_store(path, site=Site(), clock=SystemClock()) as store:
            began = time.process_time()
            batches = [cycle(number) for number in range(CYCLES)]
            parsed = time.process_time()
            for batch in batches:
                await store.append(batch)
            stored = time.process_time()
    return Figures((parsed - began) / CYCLES * 1e3, (stored - parsed) / CYCLES * 1e3)


def main() -> None:
    """Print the table."""
    print(f"CPU per poll cycle, {PARAMETERS} parameters, mean of {CYCLES} cycles")
    print(f"{'vendor':<14}{'parse ms':>10}{'store ms':>10}{'total ms':>10}")
    for vendor, cost in asyncio.run(measure()).items():
        total = cost.parse + cost.store
        print(f"{vendor:<14}{cost.parse:>10.2f}{cost.store:>10.2f}{total:>10.2f}")


if __name__ == "__main__":
    main()
