"""Timed changes: they go back by themselves, once, whatever happened meanwhile."""

from datetime import timedelta

import pytest

from pumphouse.control import Outcome, Overrides, Presets, WriteRequest
from pumphouse.core.errors import RequestRefused, TransientError, UsageError
from pumphouse.core.model import Interval
from pumphouse.core.ports import OverrideState

from .rig import House, open_house

NIBE, MYUPLINK = ["nibe_uplink"], ["myuplink"]


async def begin(house: House, name: str, value: float, hours: float = 2.0):
    (source,) = house.sources
    point = await house.find(source, name)
    until = house.host.clock.now() + timedelta(hours=hours)
    overrides = Overrides(house.control)
    return overrides, await overrides.begin(WriteRequest(point.key, value, "test"), until)


async def pass_time(house: House, hours: float) -> None:
    await house.host.clock.sleep(hours * 3600)


async def restore_due(overrides: Overrides):
    return [await overrides.restore(one) for one in await overrides.due()]


async def test_an_override_goes_back_when_its_time_is_over_and_not_before(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, result = await begin(house, "3671", 3)
        assert result.outcome is Outcome.CONFIRMED
        assert result.override == 1
        await pass_time(house, 1.9)
        assert await restore_due(overrides) == []
        await pass_time(house, 0.2)
        (restored,) = await restore_due(overrides)
        assert restored.outcome is Outcome.CONFIRMED
        assert await house.shown(result.key) == 0
        assert await restore_due(overrides) == []
        assert len(house.sent()) == 2
        assert [one.by for one in await house.control.writes()] == ["override 1", "test"]


async def test_what_somebody_changed_meanwhile_is_left_alone_and_the_log_says_so(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, result = await begin(house, "3671", 3)
        await house.sources["myuplink"].write(await house.find("myuplink", "3671"), 5)
        await pass_time(house, 3)
        assert await restore_due(overrides) == [None]
        assert await house.shown(result.key) == 5
        assert await overrides.running() == []
        (ended,) = await house.store.write_log.overrides(ended=True)
        assert ended.detail == (
            "Heating offset climate system 1 was changed meanwhile to 5 and is left so."
        )
        now = house.host.clock.now()
        around = Interval(now - timedelta(hours=9), now)
        titles = [one.title for one in await house.store.events(around)]
        assert ended.detail in titles


async def test_what_went_back_by_itself_needs_no_change(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, _ = await begin(house, "3671", 3)
        await house.sources["myuplink"].write(await house.find("myuplink", "3671"), 0)
        sent = len(house.sent())
        await pass_time(house, 3)
        assert await restore_due(overrides) == [None]
        assert len(house.sent()) == sent


async def test_setting_the_point_by_hand_makes_it_stay(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, result = await begin(house, "3671", 3)
        await house.set("myuplink", "3671", 3)
        assert await overrides.running() == []
        await pass_time(house, 3)
        assert await restore_due(overrides) == []
        assert await house.shown(result.key) == 3


async def test_a_second_override_prolongs_the_first_and_restores_what_was_before_it(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, _ = await begin(house, "3671", 3, hours=1)
        overrides, second = await begin(house, "3671", 5, hours=4)
        assert second.override == 1
        await pass_time(house, 2)
        assert await restore_due(overrides) == []
        await pass_time(house, 2.5)
        await restore_due(overrides)
        assert await house.shown(second.key) == 0


async def test_undoing_what_prolonged_an_override_sets_what_was_before_the_first(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        await begin(house, "3671", 3, hours=1)
        overrides, second = await begin(house, "3671", 5, hours=4)
        assert second.id is not None
        undone = await house.control.undo(second.id, "test")
        assert (undone.outcome, undone.after) == (Outcome.CONFIRMED, 0)
        assert await overrides.running() == []


async def test_a_second_override_that_is_refused_leaves_the_first_as_it_was(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=NIBE, allow=("47041",)) as house:
        overrides, first = await begin(house, "heating_offset", 3, hours=1)
        source = house.sources["nibe_uplink"]
        monkeypatch.setattr(source, "write", refused)
        _, second = await begin(house, "heating_offset", 5, hours=4)
        monkeypatch.undo()
        assert second.outcome is Outcome.REFUSED
        await pass_time(house, 1.5)
        (restored,) = await restore_due(overrides)
        assert restored.outcome is Outcome.CONFIRMED
        assert await house.shown(first.key) == 0


async def refused(point, value):
    raise RequestRefused("NIBE Uplink refuses it.")


async def test_an_override_that_the_vendor_refuses_has_ended(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        source = house.sources["nibe_uplink"]
        monkeypatch.setattr(source, "write", refused)
        overrides, result = await begin(house, "heating_offset", 3)
        assert result.outcome is Outcome.REFUSED
        assert await overrides.running() == []


async def test_what_cannot_be_restored_is_tried_again_later(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        overrides, result = await begin(house, "heating_offset", 3)
        await pass_time(house, 3)
        source = house.sources["nibe_uplink"]
        monkeypatch.setattr(source, "write", refused)
        (failed,) = await restore_due(overrides)
        assert failed.outcome is Outcome.REFUSED
        (waiting,) = await overrides.running()
        assert waiting.state is OverrideState.ACTIVE
        monkeypatch.undo()
        (restored,) = await restore_due(overrides)
        assert restored.outcome is Outcome.CONFIRMED
        assert await house.shown(result.key) == 0


async def test_an_override_of_a_point_that_says_nothing_is_kept(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, _ = await begin(house, "3671", 3)
        await pass_time(house, 3)

        async def silent(point):
            return None

        monkeypatch.setattr(house.sources["myuplink"], "read_back", silent)
        with pytest.raises(TransientError, match="does not tell what it is now"):
            await restore_due(overrides)
        monkeypatch.undo()
        (restored,) = await restore_due(overrides)
        assert restored.outcome is Outcome.CONFIRMED


async def test_an_override_is_ended_by_hand_before_its_time(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        overrides, result = await begin(house, "3671", 3)
        ended = await overrides.end(result.override, "web")
        assert ended.outcome is Outcome.CONFIRMED
        assert [one.by for one in await house.control.writes()] == ["web", "test"]
        with pytest.raises(UsageError, match="no override 1 holds"):
            await overrides.end(1, "web")


async def test_two_processes_restore_an_override_once(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house, house.another() as other:
        overrides, _ = await begin(house, "3671", 3)
        await pass_time(house, 3)
        (due,) = await overrides.due()
        results = [await Overrides(one).restore(due) for one in (house.control, other)]
        assert [result is None for result in results].count(False) == 1
        assert len(house.sent()) == 2


@pytest.mark.parametrize("hours", [-1, 0, 32 * 24])
async def test_an_end_that_makes_no_sense_is_a_mistake_of_the_caller(tmp_path, hours):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        with pytest.raises(UsageError, match="an override ends later than now"):
            await begin(house, "3671", 3, hours=hours)


@pytest.mark.parametrize(
    ("vendor", "device", "name", "point", "hours", "value"),
    [
        ("nibe_uplink", "80105", "hot_water_boost", "48132", None, 1),
        ("nibe_uplink", "80105", "hot_water_boost", "48132", 5, 2),
        ("nibe_uplink", "80105", "ventilation_boost", "47260", None, 4),
        ("nibe_uplink", "80105", "heating_boost", "47011", None, 2),
        ("myuplink", None, "hot_water_boost", "4564", 12, 12),
        ("myuplink", None, "ventilation_boost", "8121", None, 1),
        ("myuplink", None, "heating_boost", "3671", None, 2),
    ],
)
async def test_a_boost_sets_its_point_and_goes_back(
    tmp_path, vendor, device, name, point, hours, value
):
    async with open_house(tmp_path, vendors=[vendor]) as house:
        presets = Presets(house.control, house.settings)
        offered = {one.name: one for one in await presets.all()}
        assert offered.keys() == {"hot_water_boost", "ventilation_boost", "heating_boost"}
        boosted = offered[name].point.key
        assert device in (None, boosted.device)
        result = await presets.begin(vendor, boosted.device, name, "web", hours=hours)
        assert result.outcome is Outcome.CONFIRMED
        assert result.key.point == point
        assert await house.shown(result.key) == value
        await pass_time(house, (hours or offered[name].hours) + 0.1)
        (restored,) = await restore_due(Overrides(house.control))
        ended_by_the_pump = restored is None
        assert ended_by_the_pump or restored.outcome is Outcome.CONFIRMED
        assert await house.shown(result.key) == 0


async def test_an_unknown_boost_is_a_mistake_of_the_caller(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        presets = Presets(house.control, house.settings)
        with pytest.raises(UsageError, match='device 80105 has no "sauna"'):
            await presets.begin("nibe_uplink", "80105", "sauna", "web")
