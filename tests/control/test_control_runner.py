"""The control at work by the clock: restoring, schedules by price, and what expires."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from pumphouse.config.load import Settings
from pumphouse.config.schedules import ScheduleSettings, ThermostatSettings
from pumphouse.config.settings import SiteSettings, StoreSettings, WebSettings
from pumphouse.control import Outcome, Overrides, WriteRequest
from pumphouse.control.renewals import Renewal, renewal
from pumphouse.core.errors import RequestRefused, SourceError, Unreachable, UsageError
from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.ports import LoggedWrite, Purpose
from pumphouse.runtime.control import ControlRunner, control_runner, plan
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.thermostats import Thermostats
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi
from pumphouse.sources.nibe_uplink.source import NibeUplink

from .rig import House, open_house

#: the rig's clock begins at noon
MIDNIGHT = datetime(2026, 1, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRICE = PointKey("tibber", "home", "price")
NIBE, MYUPLINK = ["nibe_uplink"], ["myuplink"]


def installed(
    house: House, *, thermostats=MappingProxyType({}), **schedules: ScheduleSettings
) -> Installation:
    settings = Settings(
        site=SiteSettings(timezone="UTC"),
        store=StoreSettings(path=house.folder / "p.db"),
        web=WebSettings(),
        sources=house.settings,
        schedules=schedules,
        thermostats=thermostats,
    )
    made = Installation(settings, house.store, house.host, house.sources, {})
    object.__setattr__(made, "control", house.control)
    return made


async def announce(house: House, *prices: float) -> None:
    """Prices from midnight on, hour by hour."""
    await house.store.append(
        Batch(
            "tibber",
            devices=(Device("tibber", "home", "Home"),),
            points=(Point(PRICE, "Price", "electricity_price"),),
            readings=tuple(
                Reading(PRICE, MIDNIGHT + n * HOUR, price) for n, price in enumerate(prices)
            ),
        )
    )


def night(device: str, **changes: object) -> ScheduleSettings:
    told = {"device": device, "point": "3671", "value": 3, "hours": 2, "after": "00:00"}
    return ScheduleSettings.model_validate(told | {"before": "06:00"} | changes)


async def go_to(house: House, instant: datetime) -> None:
    await house.host.clock.sleep((instant - house.host.clock.now()).total_seconds())


async def through_the_night(house: House, runner: ControlRunner) -> list[float | None]:
    """What the offset is at half past each hour."""
    (device,) = {point.key.device for point in await house.store.points()} - {"home"}
    shown = []
    for hour in range(7):
        await go_to(house, MIDNIGHT + hour * HOUR)
        await runner.round()
        await go_to(house, MIDNIGHT + (hour + 0.5) * HOUR)
        await runner.round()
        shown.append(await house.shown(PointKey("myuplink", device, "3671")))
    return shown


async def device_of(house: House) -> str:
    (device,) = {point.key.device for point in await house.store.points()}
    return device


async def test_a_schedule_sets_in_the_cheapest_hours_and_sets_back_after_them(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house))
        await announce(house, 5, 1, 4, 2, 3, 6, 7)
        installation = installed(house, night=schedule)
        runner = control_runner(installation)
        assert runner is not None
        assert await through_the_night(house, runner) == [0, 3, 0, 3, 0, 0, 0]
        by = [one.by for one in await house.control.writes()]
        assert by == ["override 2", "schedule night", "override 1", "schedule night"]


async def test_the_preview_tells_the_hours_that_are_chosen(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        await announce(house, 5, 1, 4, 2, 3, 6, 7)
        device = await device_of_pump(house)
        shown = await plan(installed(house, night=night(device)), "night")
        assert [one.start.hour for one in shown.chosen] == [1, 3]
        assert [slot.price for slot in shown.prices] == [5, 1, 4, 2, 3, 6]
        one_piece = night(device, in_one_piece=True)
        shown = await plan(installed(house, night=one_piece), "night")
        assert [(one.start.hour, one.end.hour) for one in shown.chosen] == [(1, 3)]
        assert house.sent() == []


async def device_of_pump(house: House) -> str:
    return next(p.key.device for p in await house.store.points() if p.key.source == "myuplink")


async def test_who_ends_a_scheduled_hour_by_hand_is_not_overruled(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), hours=1)
        await announce(house, 5, 1, 4)
        installation = installed(house, night=schedule)
        await go_to(house, MIDNIGHT + HOUR)
        await ControlRunner(installation).round()
        await house.set("myuplink", "3671", 0)
        await ControlRunner(installation).round()
        assert [one.by for one in await house.control.writes()] == [
            "command line",
            "schedule night",
        ]


def failing(work, *errors: SourceError | None):
    """`work`, that raises these at its first calls; None is one that goes well."""
    left = list(errors)

    async def called(*given, **named):
        if left and (error := left.pop(0)) is not None:
            raise error
        return await work(*given, **named)

    return called


async def test_a_schedule_whose_vendor_does_not_answer_begins_as_soon_as_it_does(
    monkeypatch, tmp_path
):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), hours=1)
        await announce(house, 1, 5, 4)
        runner = ControlRunner(installed(house, night=schedule))
        source = house.sources["myuplink"]
        silence = Unreachable("myUplink does not answer.")
        monkeypatch.setattr(source, "read_back", failing(source.read_back, silence, silence))
        await go_to(house, MIDNIGHT)
        for _ in range(9):
            await runner.round()
            await house.host.clock.sleep(20)
        (running,) = await Overrides(house.control).running()
        assert running.until == MIDNIGHT + HOUR
        assert len(house.sent()) == 1


async def test_a_schedule_that_the_vendor_refuses_is_not_sent_again(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), hours=1)
        await announce(house, 1, 5, 4)
        runner = ControlRunner(installed(house, night=schedule))
        source = house.sources["myuplink"]
        monkeypatch.setattr(source, "write", failing(source.write, RequestRefused("No.")))
        await go_to(house, MIDNIGHT)
        for _ in range(9):
            await runner.round()
            await house.host.clock.sleep(20)
        assert [one.outcome for one in await house.control.writes()] == [Outcome.REFUSED]


async def test_prices_that_come_late_do_not_make_a_schedule_last_longer(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), hours=2)
        runner = ControlRunner(installed(house, night=schedule))
        point = await house.find("myuplink", "3671")
        await announce(house, 5)
        shown = []
        for quarter in range(24):
            if quarter == 6:
                await announce(house, 5, 3, 9, 1, 1, 9)
            await go_to(house, MIDNIGHT + quarter * HOUR / 4)
            await runner.round()
            shown.append(await house.shown(point.key))
        assert shown == [3] * 4 + [0] * 8 + [3] * 4 + [0] * 8


async def test_a_schedule_does_not_cut_short_what_somebody_wants_for_a_while(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), hours=2)
        await announce(house, 9, 1, 1)
        runner = ControlRunner(installed(house, night=schedule))
        point = await house.find("myuplink", "3671")
        until = MIDNIGHT + 1.5 * HOUR
        await Overrides(house.control).begin(WriteRequest(point.key, 5, "web"), until)
        shown = []
        for hours in (1, 1.6, 3.1):
            await go_to(house, MIDNIGHT + hours * HOUR)
            await runner.round()
            shown.append(await house.shown(point.key))
        assert shown == [5, 3, 0]


async def test_a_boost_by_price_lasts_as_long_as_its_hours(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        schedule = night(await device_of(house), point="hot_water_boost", value=None, hours=1)
        await announce(house, 5, 1, 4)
        await go_to(house, MIDNIGHT + HOUR)
        await ControlRunner(installed(house, night=schedule)).round()
        (running,) = await Overrides(house.control).running()
        assert running.until == MIDNIGHT + 2 * HOUR
        assert running.key.point == "4564"


async def test_a_schedule_without_prices_waits_and_is_told_once(tmp_path, caplog):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        runner = ControlRunner(installed(house, night=night(await device_of(house))))
        await runner.round()
        await runner.round()
        assert house.sent() == []


async def test_an_override_is_restored_at_the_next_start_if_pumphouse_was_down(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        point = await house.find("myuplink", "3671")
        request = WriteRequest(point.key, 4, "test")
        until = house.host.clock.now() + HOUR
        await Overrides(house.control).begin(request, until)
        await go_to(house, until + 5 * HOUR)
        await ControlRunner(installed(house)).round()
        assert await house.shown(point.key) == 0


async def test_nothing_is_restored_while_writing_is_switched_off(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK, write=False) as house:
        assert control_runner(installed(house)) is None


async def mode(house: House) -> float | None:
    return await house.shown((await house.find("nibe_uplink", "smart_home_mode")).key)


async def test_the_mode_of_nibe_uplink_is_kept_alive_and_ends_cleanly(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        runner = ControlRunner(installed(house))
        away = await house.set("nibe_uplink", "smart_home_mode", 1)
        assert away.outcome is Outcome.CONFIRMED
        for _ in range(12):
            await house.host.clock.sleep(600)
            await runner.round()
            assert await mode(house) == 1
        (logged,) = await house.control.writes()
        assert 5 <= logged.renewals <= 7
        await house.set("nibe_uplink", "smart_home_mode", 0)
        sent = len(house.sent())
        await house.host.clock.sleep(7200)
        await runner.round()
        assert await mode(house) == 0
        assert len(house.sent()) == sent


async def test_a_renewal_that_fails_is_tried_again_before_the_mode_is_forgotten(
    monkeypatch, tmp_path
):
    async with open_house(tmp_path, vendors=NIBE) as house:
        runner = ControlRunner(installed(house))
        await house.set("nibe_uplink", "smart_home_mode", 1)
        source = house.sources["nibe_uplink"]
        silence = Unreachable("NIBE Uplink does not answer.")
        monkeypatch.setattr(source, "write", failing(source.write, silence, silence))
        for _ in range(120):
            await house.host.clock.sleep(30)
            await runner.round()
            assert await mode(house) == 1
        (logged,) = await house.control.writes()
        assert logged.renewals == 3


async def test_a_renewal_that_is_refused_is_not_sent_again_at_once(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        runner = ControlRunner(installed(house))
        await house.set("nibe_uplink", "smart_home_mode", 1)
        asked = []

        async def refuses(point, value):
            asked.append(value)
            raise RequestRefused("No.")

        monkeypatch.setattr(house.sources["nibe_uplink"], "write", refuses)
        for _ in range(50):
            await house.host.clock.sleep(30)
            await runner.round()
        assert asked == [1]


async def test_a_mode_for_a_while_that_ended_while_pumphouse_was_down_is_not_sent_again(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        point = await house.find("nibe_uplink", "smart_home_mode")
        until = house.host.clock.now() + 2 * HOUR
        await Overrides(house.control).begin(WriteRequest(point.key, 1, "test"), until)
        await go_to(house, until + HOUR)
        runner = ControlRunner(installed(house))
        for _ in range(3):
            await runner.round()
            await house.host.clock.sleep(900)
        assert await mode(house) == 0
        assert len(house.sent()) == 1


async def test_a_mode_for_a_while_goes_back_to_one_that_is_kept_alive(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        await house.set("nibe_uplink", "smart_home_mode", 2)
        point = await house.find("nibe_uplink", "smart_home_mode")
        runner = ControlRunner(installed(house))
        until = house.host.clock.now() + HOUR
        await Overrides(house.control).begin(WriteRequest(point.key, 1, "test"), until)
        shown = []
        for _ in range(12):
            await house.host.clock.sleep(600)
            await runner.round()
            shown.append(await mode(house))
        assert shown == [1] * 5 + [2] * 7


async def test_a_mode_that_somebody_else_has_ended_is_not_sent_again(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        runner = ControlRunner(installed(house))
        await house.set("nibe_uplink", "smart_home_mode", 1)
        point = await house.find("nibe_uplink", "smart_home_mode")
        await house.sources["nibe_uplink"].write(point, 2)
        sent = len(house.sent())
        for _ in range(8):
            await house.host.clock.sleep(600)
            await runner.round()
        assert len(house.sent()) == sent
        given_up, _ = await house.control.writes()
        assert given_up.purpose is Purpose.RENEWAL
        assert "Smart home mode is Vacation now. Somebody has changed it" in given_up.detail


async def thermostats(house: House):
    source = house.sources["nibe_uplink"]
    assert isinstance(source, NibeUplink)
    asked = NibeUplinkApi(source._client)
    return [(one.name, one.current_temperature) for one in await asked.thermostats(80105)]


async def test_a_thermostat_is_kept_alive_while_it_measures_and_then_forgotten(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        section = ThermostatSettings(
            device="80105", sensor="room", sensor_device="bus", target=21.0
        )
        room = PointKey("bus", "bus", "room")
        runner = ControlRunner(installed(house, thermostats={"living": section}))
        for _ in range(6):
            reading = Reading(room, house.host.clock.now(), 20.5)
            await house.store.append(Batch("bus", points=(Point(room, "r"),), readings=(reading,)))
            await runner.round()
            assert await thermostats(house) == [("living", "20.5°C")]
            await house.host.clock.sleep(900)
        (logged,) = await house.control.writes()
        assert (logged.key.point, logged.renewals) == ("thermostat living", 5)
        for _ in range(3):
            await runner.round()
            await house.host.clock.sleep(900)
        assert await thermostats(house) == []
        assert (
            house.sent() == ["POST /nibeuplink/api/v1/systems/80105/smarthome/thermostats 204"] * 8
        )


async def measured(house: House) -> None:
    """A new reading of the room that the sections below name."""
    room = PointKey("bus", "bus", "room")
    reading = Reading(room, house.host.clock.now(), 20.5)
    await house.store.append(Batch("bus", points=(Point(room, "r"),), readings=(reading,)))


def in_room(sensor: str = "room") -> ThermostatSettings:
    return ThermostatSettings(device="80105", sensor=sensor, sensor_device="bus", target=21.0)


async def test_a_thermostat_that_is_wrongly_configured_does_not_stop_the_others(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        sections = {"attic": in_room("nothing"), "living": in_room(), "cellar": in_room("none")}
        told = Thermostats(installed(house, thermostats=sections))
        await measured(house)
        with pytest.raises(UsageError, match=r"thermostats\.attic: .*; thermostats\.cellar: "):
            await told.round()
        assert await thermostats(house) == [("living", "20.5°C")]


async def test_a_thermostat_is_told_again_soon_if_the_vendor_did_not_answer(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        runner = ControlRunner(installed(house, thermostats={"living": in_room()}))
        source = house.sources["nibe_uplink"]
        assert isinstance(source, NibeUplink)
        silence = Unreachable("NIBE Uplink does not answer.")
        told = failing(source.renew_thermostat, None, silence, silence)
        monkeypatch.setattr(source, "renew_thermostat", told)
        for _ in range(100):
            await measured(house)
            await runner.round()
            assert await thermostats(house) == [("living", "20.5°C")]
            await house.host.clock.sleep(25)


NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "current", "what"),
    [
        (10, 1.0, Renewal.WAIT),
        (10, 0.0, Renewal.WAIT),
        (16, 1.0, Renewal.SEND),
        (16, 0.0, Renewal.GIVE_UP),
        (16, None, Renewal.WAIT),
        (31, 0.0, Renewal.SEND),
        (300, 0.0, Renewal.SEND),
        (1439, 0.0, Renewal.SEND),
        (1440, 0.0, Renewal.GIVE_UP),
        (1440, 1.0, Renewal.SEND),
    ],
)
def test_when_a_value_that_expires_is_sent_again(minutes, current, what):
    asked_at = NOW - timedelta(minutes=minutes)
    write = LoggedWrite(PointKey("a", "b", "c"), 1.0, "test", asked_at, "x")
    assert renewal(write, current, NOW, timedelta(minutes=30)) is what


def test_what_was_asked_for_until_a_certain_time_is_sent_again_however_long_nobody_did():
    asked_at = NOW - timedelta(days=5)
    write = LoggedWrite(PointKey("a", "b", "c"), 1.0, "test", asked_at, "x", override=7)
    assert renewal(write, 0.0, NOW, timedelta(minutes=30)) is Renewal.SEND


async def test_a_mode_of_an_old_log_is_not_sent_days_later_and_the_log_says_why(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        await house.set("nibe_uplink", "smart_home_mode", 1)
        sent = len(house.sent())
        await house.host.clock.sleep(3 * 86400)
        await ControlRunner(installed(house)).round()
        assert await mode(house) == 0
        assert len(house.sent()) == sent
        note = (await house.control.writes())[0]
        assert note.outcome is Outcome.IGNORED
        assert "more than a day ago" in note.detail
