"""How long does a simulated year of the house take?

Both pumps, minute by minute, with meters and truth; and the demo's month told every five minutes.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pumphouse.simulator.house import House

START = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> None:
    """Measure and print one table."""
    house = House(1, START)
    begin = house.truth("80105", START, house.now)["heat_kwh"]
    year = seconds(lambda: house.advance_to(START + timedelta(days=365)))
    heat = house.truth("80105", START, house.now)["heat_kwh"] - begin
    month_house = House(1, START)
    month = seconds(lambda: sum(1 for _ in month_house.history(until=START + timedelta(days=30))))
    print(f"{'simulated house':<34}{'seconds':>9}{'steps/s':>11}")
    print(f"{'a year of two pumps':<34}{year:>9.2f}{2 * 365 * 1440 / year:>11,.0f}")
    print(f"{'30 days, told every 5 minutes':<34}{month:>9.2f}{2 * 30 * 1440 / month:>11,.0f}")
    print(f"(the ground-source pump gave {heat:,.0f} kWh of heat)")


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds that an action takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
