"""Every way in which a change comes to nothing: its outcome, its sentence, and what was sent."""

import json
from datetime import timedelta

import pytest

from pumphouse.control import Outcome, WriteRequest
from pumphouse.core.errors import LoginRequired, ServerFailure, Unreachable, UsageError
from pumphouse.core.model import PointKey
from pumphouse.simulator.server import SimulatorOptions

from .documented import write_myuplink, write_nibe_uplink
from .rig import VENDORS, open_house

NIBE = ("nibe_uplink",)


def recorded(folder) -> SimulatorOptions:
    return SimulatorOptions(auto_consent=True, limited=False, recordings=folder)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_without_write_nothing_is_sent_and_the_sentence_says_what_to_do(tmp_path, vendor):
    async with open_house(tmp_path, write=False) as house:
        result = await house.set(vendor, "heating_offset", 1)
        assert result.outcome is Outcome.REFUSED
        assert f"Write write = true in [sources.{vendor}]" in result.detail
        assert f"pumphouse login {vendor}" in result.detail
        assert all(not one.writable for one in await house.control.settings())
        assert house.sent() == []


@pytest.mark.parametrize(
    ("source", "point", "value", "sentence"),
    [
        ("nibe_uplink", "47011", 11, "11 is out of range: Heating offset takes -10 to 10."),
        ("nibe_uplink", "47011", 0.5, "in steps of 1."),
        ("nibe_uplink", "47398", 220, "220 °C is out of range"),
        ("nibe_uplink", "47398", 21.3, "in steps of 0.5 °C."),
        ("nibe_uplink", "48132", 9, "9 is none of the values of Temporary Lux: Off, 3 hours"),
        ("nibe_uplink", "40004", 5, "is none of the settings that are documented"),
        ("nibe_uplink", "47041", 1, 'write allow = ["47041"] in [sources.nibe_uplink]'),
        ("myuplink", "781", 100, "is not to be set: it is a measurement or a counter"),
        ("myuplink", "47751", 50, "out of range"),
        ("myuplink", "30338", 7, "is none of the values of Hot water demand: Small"),
    ],
)
async def test_what_breaks_a_rule_is_refused_before_anything_is_sent(
    tmp_path, source, point, value, sentence
):
    async with open_house(tmp_path, vendors=[source]) as house:
        for dry_run in (True, False):
            result = await house.set(source, point, value, dry_run=dry_run)
            assert result.outcome is Outcome.REFUSED
            assert sentence in result.detail
            assert result.id is None
        assert house.sent() == []
        assert await house.control.writes() == []


async def test_what_the_owner_allows_is_sent_and_refused_by_the_vendor_in_a_sentence(tmp_path):
    async with open_house(tmp_path, vendors=NIBE, allow=("47041",)) as house:
        result = await house.set("nibe_uplink", "47041", 2)
        assert result.outcome is Outcome.REFUSED
        assert "does not take this setting from outside. (NIBE Uplink error 14)" in result.detail
        assert house.sent() == ["PUT /nibeuplink/api/v1/systems/80105/parameters 400"]
        (logged,) = await house.control.writes()
        assert logged.outcome is Outcome.REFUSED


async def test_limits_of_the_owner_count_where_the_vendor_tells_none(tmp_path):
    allow = ("47206 from -100 to -30 step 10", "47007")
    async with open_house(tmp_path, vendors=NIBE, allow=allow) as house:
        low = await house.set("nibe_uplink", "47206", -110, dry_run=True)
        assert "takes -100 DM to -30 DM" in low.detail
        assert (await house.set("nibe_uplink", "47206", -60, dry_run=True)).outcome == "dry run"
        unknown = await house.set("nibe_uplink", "47007", 5, dry_run=True)
        assert unknown.outcome is Outcome.REFUSED


async def test_a_setting_without_known_limits_is_refused_until_somebody_names_them(tmp_path):
    folder = write_myuplink(tmp_path)
    path = folder / "myuplink" / "everything.json"
    recording = json.loads(path.read_text())
    for points in recording["points"].values():
        for point in points:
            if point["parameterId"] == "40940":
                point.update(minValue=None, maxValue=None)
    path.write_text(json.dumps(recording))
    async with open_house(tmp_path, vendors=["myuplink"], options=recorded(folder)) as house:
        result = await house.set("myuplink", "40940", -100)
        assert "has no known limits" in result.detail
        assert 'allow = ["40940 from 0 to 10 step 1"]' in result.detail


async def test_a_pump_that_is_offline_refuses(tmp_path):
    folder = write_nibe_uplink(tmp_path, connectionStatus="OFFLINE")
    async with open_house(tmp_path, vendors=NIBE, options=recorded(folder)) as house:
        result = await house.set("nibe_uplink", "47011", 1)
        assert result.outcome is Outcome.REFUSED
        assert "The pump is offline" in result.detail
        assert len(house.sent()) == 1


async def test_without_premium_the_vendor_refuses(tmp_path):
    for write, vendor in ((write_nibe_uplink, "nibe_uplink"), (write_myuplink, "myuplink")):
        folder = write(tmp_path)
        path = folder / vendor / "everything.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"premium": False}))
    async with open_house(tmp_path, options=recorded(folder)) as house:
        for vendor in VENDORS:
            result = await house.set(vendor, "47011", 1)
            assert result.outcome is Outcome.REFUSED
            assert "Premium Manage" in result.detail


async def test_a_disconnected_device_refuses(tmp_path):
    folder = write_myuplink(tmp_path)
    path = folder / "myuplink" / "everything.json"
    path.write_text(path.read_text().replace('"Connected"', '"Disconnected"'))
    async with open_house(tmp_path, vendors=["myuplink"], options=recorded(folder)) as house:
        result = await house.set("myuplink", "47011", 1)
        assert result.outcome is Outcome.REFUSED
        assert "offline or busy" in result.detail


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_consent_without_the_write_scope_asks_for_a_new_login(tmp_path, vendor):
    async with open_house(tmp_path, vendors=[vendor], scopes="READSYSTEM") as house:
        result = await house.set(vendor, "heating_offset", 1)
        assert result.outcome is Outcome.REFUSED
        assert "also needs WRITESYSTEM" in result.detail
        assert f"pumphouse login {vendor}" in result.detail
        assert isinstance(result.cause, LoginRequired)
        assert house.sent() == []
        assert await house.control.writes() == []


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_consent_without_the_write_scope_still_reads_and_says_so(tmp_path, vendor):
    async with open_house(tmp_path, vendors=[vendor], scopes="READSYSTEM") as house:
        batch = await house.sources[vendor].read()
        assert batch.readings
        (problem,) = batch.problems
        assert "also needs WRITESYSTEM" in problem
        assert f"pumphouse login {vendor}" in problem


async def test_a_change_that_is_accepted_and_dropped_is_ignored(tmp_path):
    folder = write_nibe_uplink(tmp_path)
    path = folder / "nibe_uplink" / "everything.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"deaf": [47011]}))
    async with open_house(tmp_path, vendors=NIBE, options=recorded(folder)) as house:
        result = await house.set("nibe_uplink", "47011", 1)
        assert result.outcome is Outcome.IGNORED
        assert "After 120 s the device still shows -10" in result.detail
        assert len(house.sent()) == 1


async def test_a_room_set_point_that_a_device_drops_silently_is_ignored(tmp_path):
    folder = write_myuplink(tmp_path)
    async with open_house(tmp_path, vendors=["myuplink"], options=recorded(folder)) as house:
        result = await house.set("myuplink", "47751", 20)
        assert result.outcome is Outcome.IGNORED
        assert 'myUplink says "modified".' in result.detail


@pytest.mark.parametrize("kind", ["server_error", "disconnect", "html_error"])
async def test_a_change_without_an_answer_is_read_back_and_never_sent_again(
    monkeypatch, tmp_path, kind
):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        source = house.sources["myuplink"]
        original = source.write

        async def unanswered(point, value):
            house.simulator.faults.add("myuplink", kind, 1)
            return await original(point, value)

        monkeypatch.setattr(source, "write", unanswered)
        result = await house.set("myuplink", "3671", 3)
        assert result.outcome is Outcome.IGNORED
        assert result.detail.startswith("Nobody said that it arrived: ")
        assert "The change most likely never arrived." in result.detail
        assert len([one for one in house.sent() if one.startswith("PATCH")]) == 1


async def test_a_change_whose_answer_got_lost_is_confirmed_by_reading_it_back(
    monkeypatch, tmp_path
):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        source = house.sources["myuplink"]
        original = source.write

        async def unheard(point, value):
            await original(point, value)
            raise Unreachable("myUplink did not answer in time.")

        monkeypatch.setattr(source, "write", unheard)
        result = await house.set("myuplink", "3671", 3)
        assert result.outcome is Outcome.CONFIRMED
        assert result.detail == (
            "Nobody said that it arrived: myUplink did not answer in time. The device shows 3."
        )
        assert len(house.sent()) == 1


async def test_what_cannot_be_read_back_is_accepted_at_best(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        source = house.sources["myuplink"]
        original = source.write

        async def then_silence(point, value):
            words = await original(point, value)
            house.simulator.faults.add("myuplink", "server_error", 1000)
            return words

        monkeypatch.setattr(source, "write", then_silence)
        result = await house.set("myuplink", "3671", 3)
        assert result.outcome is Outcome.ACCEPTED
        assert "could not be read back within 60 s whether it is 3 now" in result.detail


async def test_a_vendor_that_does_not_answer_is_asked_nothing(tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        house.simulator.faults.add("myuplink", "server_error", 1)
        result = await house.set("myuplink", "3671", 3)
        assert result.outcome is Outcome.REFUSED
        assert result.detail.endswith("Nothing was sent.")
        assert isinstance(result.cause, ServerFailure)
        assert house.sent() == []


async def test_more_than_six_changes_of_a_point_within_an_hour_are_refused(tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"]) as house:
        for number in range(6):
            assert (await house.set("myuplink", "3671", number)).outcome is Outcome.CONFIRMED
        result = await house.set("myuplink", "3671", 9)
        assert result.outcome is Outcome.REFUSED
        assert "changed 6 times within the last hour" in result.detail
        assert len(house.sent()) == 6
        await house.host.clock.sleep(timedelta(hours=1).total_seconds())
        assert (await house.set("myuplink", "3671", 9)).outcome is Outcome.CONFIRMED


async def test_more_than_thirty_changes_of_a_source_within_an_hour_are_refused(tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"], writes_per_hour=2) as house:
        await house.set("myuplink", "3671", 1)
        await house.set("myuplink", "30338", 1)
        result = await house.set("myuplink", "3830", 1)
        assert "writes_per_hour allows 2" in result.detail
        assert len(house.sent()) == 2


async def test_what_was_one_change_too_many_can_be_undone_all_the_same(tmp_path):
    async with open_house(tmp_path, vendors=["myuplink"], writes_per_hour=2) as house:
        await house.set("myuplink", "3671", 1)
        mistaken = await house.set("myuplink", "3671", 2)
        assert mistaken.id is not None
        undone = await house.control.undo(mistaken.id, "test")
        assert (undone.outcome, undone.after) == (Outcome.CONFIRMED, 1.0)


async def test_a_dry_run_says_what_would_be_done_and_asks_nobody(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        asked = len(house.simulator.requests)
        result = await house.set("nibe_uplink", "heating_offset", 2, dry_run=True)
        assert result.outcome is Outcome.DRY_RUN
        assert "Heating offset would be set to 2; it was 0" in result.detail
        assert len(house.simulator.requests) == asked
        assert await house.control.writes() == []


async def test_an_unknown_point_is_a_mistake_of_the_caller(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        key = PointKey("nibe_uplink", "80105", "99999")
        with pytest.raises(UsageError, match="there is no point"):
            await house.control.write(WriteRequest(key, 1.0, "test"))


async def test_undoing_what_somebody_has_changed_since_is_refused(tmp_path):
    async with open_house(tmp_path, vendors=NIBE) as house:
        first = await house.set("nibe_uplink", "heating_offset", 2)
        await house.set("nibe_uplink", "heating_offset", 5)
        assert first.id is not None
        result = await house.control.undo(first.id, "test")
        assert result.outcome is Outcome.REFUSED
        assert "It was changed since: it is 5 now." in result.detail
        assert len(house.sent()) == 2
        with pytest.raises(UsageError, match="there is no change 99"):
            await house.control.undo(99, "test")


async def test_a_change_that_was_refused_cannot_be_undone(tmp_path):
    folder = write_nibe_uplink(tmp_path, connectionStatus="OFFLINE")
    async with open_house(tmp_path, vendors=NIBE, options=recorded(folder)) as house:
        refused = await house.set("nibe_uplink", "47011", 1)
        assert refused.id is not None
        with pytest.raises(UsageError, match="was refused: there is nothing to be undone"):
            await house.control.undo(refused.id, "test")
