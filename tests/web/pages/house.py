"""A house with two pumps in its store, and an eye for markup."""

import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from tests.web.rig import Running, session

from pumphouse.config.load import parse
from pumphouse.core.model import Batch, Device, Option, Point, PointKey, Reading
from pumphouse.core.ports import Host, SourceState, SourceStatus, Store
from pumphouse.core.units import DIMENSIONLESS, parse_unit
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.installation import Installation, build_sources
from pumphouse.runtime.plugins import source_types
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock
from pumphouse.web.app import create_app
from pumphouse.web.serve import build_context, listen, serving

UPLINK = """
[sources.house]
type = "myuplink"
client_id = "me"
client_secret = "secret"
grant = "client_credentials"
"""
NASTY = "<img src=x onerror=alert(1)> & \"'"
VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})

_STATUS = (Option(20, "Off"), Option(60, "Running"))
_PRIORITY = (Option(10, "Off"), Option(20, "Hot water"), Option(30, "Heating"))

GROUND: dict[str, float] = {
    "outdoor_temperature": 0.5,
    "supply_temperature": 33.6,
    "return_temperature": 28.1,
    "calculated_supply_temperature": 34.2,
    "brine_in_temperature": 6.9,
    "brine_out_temperature": 2.2,
    "hot_water_top_temperature": 47.4,
    "degree_minutes": -26.4,
    "compressor_status": 60,
    "priority": 30,
}
AIR: dict[str, float] = {
    "outdoor_temperature": 0.7,
    "supply_temperature": 30.5,
    "outdoor_unit_fan_speed": 640,
    "compressor_frequency": 0,
    "priority": 10,
}
_UNITS = {"degree_minutes": "DM", "outdoor_unit_fan_speed": "rpm", "compressor_frequency": "Hz"}


def points(device: str, metrics: dict[str, float]) -> list[Point]:
    return [
        Point(
            PointKey("house", device, str(40000 + n)),
            f"{metric} {NASTY}",
            metric,
            parse_unit("°C")
            if metric.endswith("temperature")
            else parse_unit(_UNITS.get(metric, "")),
            options={"compressor_status": _STATUS, "priority": _PRIORITY}.get(metric, ()),
        )
        for n, metric in enumerate(metrics)
    ]


def pump(name: str, metrics: dict[str, float], time: datetime) -> Batch:
    """One pump, all of whose points have a reading at `time`."""
    own = points(name, metrics)
    readings = [
        Reading(point.key, time, value) for point, value in zip(own, metrics.values(), strict=True)
    ]
    device = Device("house", name, f"{name} {NASTY}", model=f"Model {NASTY}", connected=True)
    return Batch("house", (device,), tuple(own), tuple(readings))


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock, sources: str = UPLINK) -> AsyncIterator[Running]:
    """The app of a house with an empty store.

    Args:
        sources: sections of the configuration.
    """
    text = f"""
[site]
timezone = "Europe/Stockholm"
[store]
path = "{folder / "house.db"}"
{sources}"""
    configured = parse(text, source_types(), {})
    site = configured.site.site()
    grants = FileGrantStore(configured.store.grants)
    host = Host(grants, clock, random.Random(7), "tests", site)
    async with open_store(configured.store.path, site=site, clock=clock) as store:
        built = build_sources(configured, host)
        context = build_context(Installation(configured, store, host, built, {}))
        listener = listen("127.0.0.1", 0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            serving(create_app(context), listener, stopping=context.live.close),
            session() as browser,
        ):
            yield Running(context, address, browser)


async def furnish(store: Store, now: datetime, *, answering: bool = True) -> None:
    """Two pumps, a day of outdoor temperatures, a setting and a point without a reading."""
    time = now - timedelta(minutes=2)
    await store.append(pump("ground", GROUND, time))
    await store.append(pump("air", AIR, time))
    setting = Point(
        PointKey("house", "ground", "47011"), f"offset {NASTY}", "heating_offset", writable=True
    )
    silent = Point(PointKey("house", "ground", "99999"), "never read", None, DIMENSIONLESS)
    outdoor = points("ground", GROUND)[0]
    day = [
        Reading(outdoor.key, time - timedelta(hours=hour), -float(hour)) for hour in range(1, 24)
    ]
    offset = Reading(setting.key, time, 1.0)
    await store.append(Batch("house", (), (setting, silent), (offset, *day)))
    last = now - timedelta(minutes=1 if answering else 90)
    await store.save_source_status(
        SourceStatus(
            "house",
            SourceState.OK if answering else SourceState.RETRYING,
            since=last,
            last_success=last,
            last_error=None if answering else f"no answer {NASTY}",
            interval=60,
            polls=7,
            failures=0 if answering else 2,
        )
    )


class Outline(HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self._look(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.problems.append(f"<{tag}> has an attribute twice")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"<{tag} {name}=…> is refused by the policy")
            if name in {"id", "data-live"}:
                self.ids.append(f"{name}={value}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.problems.append("a script stands in the page")
        if tag in {"style", "img"}:
            self.problems.append(f"<{tag}> has no business here")


def problems_of(html: str) -> list[str]:
    """What is wrong with the markup of a page; empty where nothing is."""
    outline = Outline()
    outline.feed(html)
    outline.close()
    twice = {one for one in outline.ids if outline.ids.count(one) > 1}
    left = [f"<{tag}> stays open" for tag in outline.open]
    return [*outline.problems, *left, *(f"{one} is there twice" for one in twice)]


def plain(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
