"""Every documented setting of both clouds: written, confirmed, told, and set back."""

from datetime import timedelta

import pytest

from pumphouse.control import Control, Outcome
from pumphouse.core.model import EventKind, Interval, Point
from pumphouse.simulator.server import SimulatorOptions

from .documented import documented, write_myuplink, write_nibe_uplink
from .rig import VENDORS, House, open_house

#: room set points of zones: as points they are dropped silently
OF_ZONES = {"47751", "47752"}


def another_value(control: Control, point: Point, now: float) -> float:
    limited = control.rules.limited(point)
    if limited.options:
        return next(option.value for option in limited.options if option.value != now)
    assert limited.minimum is not None
    assert limited.maximum is not None
    step = limited.step or 1.0
    return now + step if now + step <= limited.maximum else now - step


async def write_and_undo(house: House, point: Point) -> list[str]:
    """What was not as it ought to be, as sentences."""
    before = await house.shown(point.key)
    assert before is not None
    value = another_value(house.control, point, before)
    changed = await house.set(point.key.source, point.key.point, value)
    problems = []
    if changed.outcome is not Outcome.CONFIRMED or await house.shown(point.key) != value:
        problems.append(f"{point.key.point} = {value}: {changed.outcome}: {changed.detail}")
        return problems
    assert changed.id is not None
    undone = await house.control.undo(changed.id, "test")
    if undone.outcome is not Outcome.CONFIRMED or await house.shown(point.key) != before:
        problems.append(f"{point.key.point} back to {before}: {undone.detail}")
    return problems


@pytest.mark.parametrize("vendor", VENDORS)
async def test_every_documented_setting_is_written_confirmed_and_restored(tmp_path, vendor):
    folder = {"nibe_uplink": write_nibe_uplink, "myuplink": write_myuplink}[vendor](tmp_path)
    options = SimulatorOptions(auto_consent=True, limited=False, recordings=folder)
    async with open_house(
        tmp_path, vendors=[vendor], options=options, writes_per_hour=1000
    ) as house:
        settings = {setting.point.key.point: setting for setting in await house.control.settings()}
        assert settings.keys() - {"smart_home_mode"} == documented(vendor).keys()
        problems = []
        for native_id in sorted(settings.keys() - OF_ZONES):
            problems += await write_and_undo(house, await house.find(vendor, native_id))
        assert problems == []
        written = 2 * len(settings.keys() - OF_ZONES)
        assert len(house.sent()) == written
        logged = await house.control.writes(limit=1000)
        assert len(logged) == written
        assert {one.outcome for one in logged} == {Outcome.CONFIRMED}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_every_setting_of_the_simulated_house_is_written_and_restored(tmp_path, vendor):
    async with open_house(tmp_path, vendors=[vendor], writes_per_hour=1000) as house:
        problems = []
        for setting in await house.control.settings():
            assert setting.writable, setting.refusal
            problems += await write_and_undo(house, setting.point)
        assert problems == []


async def test_a_change_is_told_as_an_event_with_who_what_and_the_vendors_words(tmp_path):
    async with open_house(tmp_path, vendors=["nibe_uplink"]) as house:
        await house.set("nibe_uplink", "heating_offset", 2)
        now = house.host.clock.now()
        (event,) = [one for one in await events(house, now) if one.kind is EventKind.WRITE]
        assert event.title == "Heating offset set to 2 by command line: confirmed"
        assert event.source == "nibe_uplink"
        assert event.device == "80105"
        assert event.detail["before"] == "0"
        assert event.detail["after"] == "2"
        assert "NIBE Uplink says DONE" in event.detail["detail"]


async def events(house: House, now):
    return await house.store.events(Interval(now - timedelta(hours=1), now + timedelta(hours=1)))


async def test_what_was_read_back_is_the_newest_reading_at_once(tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        await house.set("myuplink", "47751", 22.5)
        latest = {point.key.point: one.value for point, one in await house.store.latest()}
        assert latest["47751"] == 22.5
