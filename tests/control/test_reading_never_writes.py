"""No way of reading changes anything at a vendor: told by the clouds' own log of requests."""

import inspect

import pytest

from pumphouse.control import Overrides, Presets, WriteRequest
from pumphouse.core.errors import PumphouseError
from pumphouse.runtime.control import ControlRunner
from pumphouse.sources.myuplink.source import MyUplink
from pumphouse.sources.nibe_uplink.source import NibeUplink

from .rig import VENDORS, open_house
from .test_control_runner import installed

#: the only methods of a source that may change anything
WRITING = {"write", "renew_thermostat"}
#: what else a source offers, called without anything but perhaps a point
READING = {"read", "notifications", "record", "read_back", "check_consent"}


@pytest.mark.parametrize("source", [NibeUplink, MyUplink])
def test_every_method_of_a_source_that_asks_the_vendor_is_known_here(source):
    asking = {
        name
        for name, method in inspect.getmembers(source, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert asking - WRITING == READING


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("vendor", VENDORS)
async def test_no_reading_method_of_a_source_writes(tmp_path, vendor, write):
    async with open_house(tmp_path, vendors=[vendor], write=write) as house:
        source = house.sources[vendor]
        for name in sorted(READING - {"read_back"}):
            await getattr(source, name)()
        for setting in await house.control.settings():
            await source.read_back(setting.point)
        assert len(house.simulator.requests) > 10
        assert house.sent() == []


async def test_looking_at_the_control_writes_nothing(tmp_path):
    async with open_house(tmp_path) as house:
        control = house.control
        for setting in await control.settings():
            await control.write(WriteRequest(setting.point.key, 0.0, "test", dry_run=True))
        await control.writes()
        await control.recover()
        await Overrides(control).running()
        await Presets(control, house.settings).all()
        await ControlRunner(installed(house)).round()
        assert house.sent() == []


async def test_with_write_switched_off_no_call_of_the_control_writes(tmp_path):
    async with open_house(tmp_path, write=False) as house:
        control, presets = house.control, Presets(house.control, house.settings)
        until = house.host.clock.now().replace(hour=23)
        for point in await house.store.points():
            for value in (-1.0, 0.0, 1.0, 20.0):
                request = WriteRequest(point.key, value, "test")
                assert (await control.write(request)).outcome == "refused"
            assert (await Overrides(control).begin(request, until)).outcome == "refused"
        for preset in await presets.all():
            key = preset.point.key
            boosted = await presets.begin(key.source, key.device, preset.name, "test")
            assert boosted.outcome == "refused"
        with pytest.raises(PumphouseError):
            await control.undo(1, "test")
        await ControlRunner(installed(house)).round()
        assert house.sent() == []
