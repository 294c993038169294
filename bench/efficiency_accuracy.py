"""How far are the efficiency figures from what really happened in the simulated house?

Over some seeds and a winter quarter, told every minute and every five minutes. Energies and
coefficients pass where every seed's quarter is within its limit and the stated error bars cover the
truth on at least 90 % of all days; events, heat loss and balance point as their columns say.

    python bench/efficiency_accuracy.py [--seeds N] [--days N]
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.analytics.energy_rows import EnergyRow, rows_energy
from tests.analytics.event_rows import EventRow, rows_events
from tests.analytics.house_recordings import DeviceRecord, record_house
from tests.analytics.house_rows import HouseRow, rows_house

STEPS = (60, 300)
LEAST_COVERED = 0.9
LEAST_FOUND = 0.95
START_LIMITS: Mapping[str, float] = {"starts, counted": 0.0, "starts, seen": 0.03}
HEAT_LOSS_LIMIT, BALANCE_LIMIT = 0.05, 0.7  # relative; K


class Table:
    """What is told at one sampling interval, over all seeds and both pumps."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._energies: dict[str, list[EnergyRow]] = defaultdict(list)
        self._events: dict[str, list[EventRow]] = defaultdict(list)
        self._houses: dict[str, list[HouseRow]] = defaultdict(list)
        self.passed = True

    def add(self, name: str, device: DeviceRecord) -> None:
        """One pump of one seed."""
        for energy in rows_energy(device):
            self._energies[f"{name} {energy.name}"].append(energy)
        for event in rows_events(device):
            self._events[f"{name} {event.name}"].append(event)
        for house in rows_house(device):
            self._houses[f"{name} {house.name}"].append(house)

    def lines(self) -> Iterator[str]:
        """The table, line by line; `passed` is known behind the last."""
        yield f"\ntold every {self._step} s"
        yield (
            f"{'energies and COP':<34}{'source':<14}{'days':>7}{'quarter':>9}{'limit':>8}"
            f"{'worst day':>11}{'bar':>7}{'covered':>9}"
        )
        for name, energies in self._energies.items():
            if any(row.days for row in energies):
                yield self._energy(name, energies)
        yield f"\n{'events':<48}{'true':>7}{'found':>9}{'precision':>11}{'recall':>8}"
        for name, events in self._events.items():
            if sum(row.truth for row in events):
                yield self._event(name, events)
        yield f"\n{'house':<48}{'true':>7}{'off by':>9}{'limit':>8}{'covered':>9}"
        for name, houses in self._houses.items():
            yield self._house(name, houses)

    def _energy(self, name: str, rows: list[EnergyRow]) -> str:
        quarter = max((abs(row.whole) for row in rows if row.whole is not None), default=0.0)
        days = sum(len(row.days) for row in rows)
        covered = sum(row.hits for row in rows) / days
        bar = statistics.median(bar for row in rows for bar in row.bars)
        limit = max(row.limit for row in rows)
        return (
            f"{name:<34}{rows[0].source:<14}{days:>7}{quarter:>9.2%}{limit:>8.0%}"
            f"{max(row.worst for row in rows):>11.1%}{bar:>7.1%}{covered:>9.0%}"
            f"{self._verdict(quarter <= limit and covered >= LEAST_COVERED)}"
        )

    def _event(self, name: str, rows: list[EventRow]) -> str:
        truth, found = sum(row.truth for row in rows), sum(row.found for row in rows)
        limit = START_LIMITS.get(rows[0].name)
        if limit is not None:
            off = max(abs(row.found - row.truth) / max(1.0, row.truth) for row in rows)
            good = off <= limit
            columns = f"{'':>11}{'':>8}"
        else:
            precision = sum(row.precision * row.found for row in rows) / max(1.0, found)
            recall = sum(row.recall * row.truth for row in rows) / truth
            good = min(precision, recall) >= LEAST_FOUND
            columns = f"{precision:>11.1%}{recall:>8.1%}"
        return f"{name:<48}{truth:>7.0f}{found:>9.0f}{columns}{self._verdict(good)}"

    def _house(self, name: str, rows: list[HouseRow]) -> str:
        told = [(row.figure.value, row.truth) for row in rows if row.figure is not None]
        relative = "W/K" in name
        limit = HEAT_LOSS_LIMIT if relative else BALANCE_LIMIT
        off = max(
            (abs(found - true) / (true if relative else 1.0) for found, true in told), default=0.0
        )
        covered = sum(row.honest for row in rows) / len(rows)
        shown = f"{off:>9.1%}{limit:>8.0%}" if relative else f"{off:>7.2f} K{limit:>6.1f} K"
        truth = statistics.mean(row.truth for row in rows)
        return f"{name:<48}{truth:>7.1f}{shown}{covered:>9.0%}{self._verdict(off <= limit)}"

    def _verdict(self, good: bool) -> str:
        self.passed &= good
        return "  ok" if good else "  FAILED"


def tables(seeds: Iterable[int], days: int) -> list[Table]:
    """One table per sampling interval."""
    found = {step: Table(step) for step in STEPS}
    for seed in seeds:
        for step, table in found.items():
            for name, device in record_house(seed, days=days, step=step).items():
                table.add(name, device)
    return list(found.values())


def main() -> int:
    """Print the tables; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    began = time.perf_counter()
    found = tables(range(1, options.seeds + 1), options.days)
    for table in found:
        for line in table.lines():
            print(line)
    print(
        f"\n{options.seeds} seeds, {options.days} days, {time.perf_counter() - began:.0f} s; "
        "quarter and off by: the worst seed; bar: median of what is stated"
    )
    return 0 if all(table.passed for table in found) else 1


if __name__ == "__main__":
    sys.exit(main())
