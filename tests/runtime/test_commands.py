"""What comes by a sink: carried out once, the newest first, refused in a sentence."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from tests.web.writable import WritableHouse, writable_house

from pumphouse.control import Presets
from pumphouse.core.model import PointKey
from pumphouse.core.ports import Boost, Command
from pumphouse.runtime.commands import Commands
from pumphouse.runtime.delivery import Delivery

from .sinks import ScriptedLiveSink, until

OFFSET = PointKey("ground", "80105", "47011")


class Commanding(ScriptedLiveSink):
    """A live sink that hands on what the test says, and notes what is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.said: asyncio.Queue[Command | Exception] = asyncio.Queue()
        self.refused: list[tuple[Command, str]] = []

    async def commands(self) -> AsyncIterator[Command]:
        while True:
            said = await self.said.get()
            if isinstance(said, Exception):
                raise said
            yield said

    async def refuse(self, command: Command, why: str) -> None:
        self.refused.append((command, why))


@pytest.fixture
async def house(tmp_path):
    async with writable_house(tmp_path) as found:
        yield found


@pytest.fixture
async def sink(house):
    """A sink whose commands are obeyed."""
    found = Commanding()
    task = asyncio.create_task(commands_of(house).obey(found))
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def commands_of(house: WritableHouse, changed: list[int] | None = None) -> Commands:
    control = house.installation.control
    presets = Presets(control, house.installation.settings.sources)
    seen = changed if changed is not None else []
    return Commands(control, presets, by="mqtt broker", changed=lambda: seen.append(1))


async def test_what_may_be_set_is_offered_with_the_limits_that_hold(house):
    points = await house.installation.store.points()
    offered = commands_of(house).settable(points)
    settings = await house.installation.control.settings()
    assert offered == {one.point.key: one.point for one in settings if one.writable}
    assert (offered[OFFSET].minimum, offered[OFFSET].maximum) == (-10, 10)


async def test_boosts_are_offered_by_device(house):
    names = {(one.source, one.name) for one in await commands_of(house).boosts()}
    assert ("ground", "heating_boost") in names
    assert ("air", "hot_water_boost") in names


async def test_where_nothing_may_be_changed_nothing_is_offered(tmp_path):
    async with writable_house(tmp_path, write=False) as house:
        commands = commands_of(house)
        assert commands.settable(await house.installation.store.points()) == {}
        assert list(await commands.boosts()) == []


async def test_a_command_is_carried_out_and_told_as_a_change(house):
    changed: list[int] = []
    sink = Commanding()
    task = asyncio.create_task(commands_of(house, changed).obey(sink))
    sink.said.put_nowait(Command(OFFSET, "2"))
    await until(lambda: bool(changed))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await house.value("ground", "47011") == 2
    assert sink.refused == []


async def test_of_one_point_the_newest_wish_counts_and_others_do_not_wait(house, sink):
    for value in ("1", "2", "3", "4"):
        sink.said.put_nowait(Command(OFFSET, value))
    sink.said.put_nowait(Command(PointKey("ground", "80105", "47398"), "20.5"))

    async def done() -> bool:
        return [await house.value("ground", name) for name in ("47011", "47398")] == [4, 20.5]

    await until(done)
    assert len(house.sent()) <= 3


@pytest.mark.parametrize(
    ("target", "text", "why"),
    [
        (OFFSET, "warm", "no number"),
        (OFFSET, "11", "out of range"),
        (PointKey("ground", "80105", "40004"), "20", "documented"),
        (PointKey("ground", "80105", "nothing"), "20", "there is no point"),
        (Boost("ground", "80105", "nothing", "Nothing"), "ON", 'has no "nothing"'),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(house, sink, target, text, why):
    sink.said.put_nowait(Command(target, text))
    await until(lambda: bool(sink.refused))
    ((command, said),) = sink.refused
    assert command.target == target
    assert why in said
    assert house.sent() == []


async def test_a_boost_begins_an_override(house, sink):
    sink.said.put_nowait(Command(Boost("ground", "80105", "heating_boost", "Warmer"), "ON"))

    async def begun() -> bool:
        return bool(await house.value("ground", "47011") == 2)

    await until(begun)
    (override,) = await house.installation.store.write_log.overrides()
    assert (override.restore_to, override.by) == (0, "mqtt broker")


async def test_who_leaves_breaks_off_no_change(house):
    sink = Commanding()
    task = asyncio.create_task(commands_of(house).obey(sink))
    sink.said.put_nowait(Command(OFFSET, "2"))
    await until(lambda: bool(house.sent()))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async def stored() -> bool:
        return bool(await house.value("ground", "47011") == 2)

    await until(stored)
    (logged,) = await house.installation.control.writes()
    assert logged.outcome is not None


async def test_a_sink_is_told_what_may_be_set_and_its_bug_is_a_failed_delivery(house):
    installation = house.installation
    sink = Commanding()
    delivery = Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        clock=installation.host.clock,
        rng=random.Random(7),
        commands=commands_of(house),
    )
    task = asyncio.create_task(delivery.run())
    await until(lambda: bool(sink.told))
    assert OFFSET in sink.told[0].settable
    assert sink.told[0].boosts
    entered = sink.entered
    sink.said.put_nowait(ValueError("a bug"))
    await until(lambda: sink.entered > entered)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_without_commands_a_sink_is_told_that_nothing_may_be_set(house):
    installation = house.installation
    sink = Commanding()
    delivery = Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        clock=installation.host.clock,
        rng=random.Random(7),
    )
    task = asyncio.create_task(delivery.run())
    await until(lambda: bool(sink.told))
    assert (sink.told[0].settable, sink.told[0].boosts) == ({}, ())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
