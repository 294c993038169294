"""The process that computes: a request on stdin, the answer on stdout, both JSON.

It is started by `runtime.analyst` as `python -m pumphouse.runtime.analysis`.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Device, Interval, Site
from pumphouse.core.ports import Store, SystemClock
from pumphouse.runtime.curve_document import curve_document
from pumphouse.runtime.cycles_document import cycles_document
from pumphouse.runtime.efficiency import Hints, daily_values, recording_of, report_of
from pumphouse.runtime.efficiency_document import report_document
from pumphouse.runtime.house_price import currency_at
from pumphouse.runtime.season_document import season_document
from pumphouse.stores.sqlite import open_store

__all__ = ["ANSWERS", "Request", "main"]

_POLITENESS: Final = 10  # polling and pages come first

Request = Mapping[str, object]
_Answer = Callable[[Store, Device, Interval, ZoneInfo, Hints], Awaitable[object]]


async def _days(
    store: Store, device: Device, day: Interval, _zone: ZoneInfo, hints: Hints
) -> object:
    return await daily_values(store, device, day, hints)


async def _report(
    store: Store, device: Device, interval: Interval, zone: ZoneInfo, hints: Hints
) -> object:
    found = await report_of(store, device, interval, zone, hints)
    return report_document(device, found, await currency_at(store, interval.end))


async def _season(
    store: Store, device: Device, interval: Interval, zone: ZoneInfo, hints: Hints
) -> object:
    found = await report_of(store, device, interval, zone, hints)
    return season_document(device, found, zone, hints, await currency_at(store, interval.end))


async def _cycles(
    store: Store, device: Device, interval: Interval, _zone: ZoneInfo, hints: Hints
) -> object:
    return cycles_document(device, await recording_of(store, device, interval, hints))


async def _curve(
    store: Store, device: Device, interval: Interval, _zone: ZoneInfo, hints: Hints
) -> object:
    return curve_document(device, await recording_of(store, device, interval, hints))


ANSWERS: Final[Mapping[str, _Answer]] = MappingProxyType(
    {"days": _days, "report": _report, "season": _season, "cycles": _cycles, "curve": _curve}
)
"""What can be asked for about each period: its daily metrics, a report in figures, the same with
all that a season is drawn from, the compressor's runs, or the heating curve."""


async def _answer(request: Request) -> Sequence[object]:
    site, hints = Site(timezone=str(request["timezone"])), request["hints"]
    async with open_store(Path(str(request["store"])), site=site, clock=SystemClock()) as store:
        devices = {(one.source, one.id): one for one in await store.devices()}
        periods = request["periods"]
        assert isinstance(periods, list)
        assert isinstance(hints, dict)
        return [
            await ANSWERS[str(request["what"])](
                store,
                devices[source, device],
                Interval(datetime.fromisoformat(start), datetime.fromisoformat(end)),
                ZoneInfo(site.timezone),
                hints.get(device, {}),
            )
            for source, device, start, end in periods
        ]


def main() -> None:
    """Answer one request."""
    with suppress(OSError):  # a hardened service may not change its priority
        os.nice(_POLITENESS)
    try:
        answer: Mapping[str, object] = {"answer": asyncio.run(_answer(json.load(sys.stdin)))}
    except StoreError as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
