"""Values as people write them, and the pace at which a change is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.control.reading_back import read_back
from pumphouse.control.values import is_switch, on_step, parse, same, show
from pumphouse.core.errors import Unreachable, UsageError
from pumphouse.core.model import Option, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.testing.clock import FakeClock

KEY = PointKey("pump", "d", "1")
BOOST = Point(KEY, "Boost", options=(Option(0, "Off"), Option(1, "3 hours"), Option(4, "One-time")))
SWITCH = Point(KEY, "Cooling", options=(Option(0, "Off"), Option(1, "On")))
BARE_SWITCH = Point(KEY, "Night cooling", minimum=0.0, maximum=1.0, step=1.0)
ROOM = Point(KEY, "Room", unit=parse_unit("°C"), minimum=5.0, maximum=30.0, step=0.5)
POWER = Point(KEY, "Power", unit=parse_unit("W"), minimum=0.0, maximum=9000.0)


@pytest.mark.parametrize(
    ("point", "text", "value"),
    [
        (ROOM, "21.5", 21.5),
        (ROOM, " 21,5 °C ", 21.5),
        (ROOM, "21.5ºC", 21.5),
        (ROOM, "68 °F", 20.0),
        (ROOM, "+21", 21.0),
        (ROOM, "\N{MINUS SIGN}3", -3.0),
        (POWER, "4.5 kW", 4500.0),
        (BOOST, "3 hours", 1.0),
        (BOOST, "3  HOURS", 1.0),
        (BOOST, "4", 4.0),
        (BOOST, "off", 0.0),
        (SWITCH, "ON", 1.0),
        (SWITCH, "false", 0.0),
        (BARE_SWITCH, "On", 1.0),
        (BARE_SWITCH, "0", 0.0),
    ],
)
def test_what_people_write_is_understood(point, text, value):
    assert parse(point, text) == value


@pytest.mark.parametrize(
    ("point", "text", "sentence"),
    [
        (ROOM, "warm", '"warm" is no number; Room takes 5 °C to 30 °C'),
        (ROOM, "21 kW", '"kW" does not fit; Room takes 5 °C to 30 °C'),
        (ROOM, "nan", "is no number"),
        (ROOM, "1e999", "is no number"),
        (ROOM, "", "is no number"),
        (BOOST, "2 hours", 'Boost takes one of "Off", "3 hours", "One-time"'),
        (BOOST, "ON", "is none of its values"),
        (BOOST, "9", "is none of its values"),
        (BARE_SWITCH, "perhaps", "takes ON or OFF"),
        (Point(KEY, "X", unit=parse_unit("DM")), "low", "X takes a number in DM"),
    ],
)
def test_what_stands_for_nothing_is_said_to_people(point, text, sentence):
    with pytest.raises(UsageError) as refused:
        parse(point, text)
    assert sentence in str(refused.value)


@given(st.floats(-1e4, 1e4), st.sampled_from([ROOM, POWER]))
def test_what_is_shown_can_be_typed_again(value, point):
    value = float(f"{value:.6f}")
    assert same(parse(point, show(point, value)), value)


@given(st.integers(-1000, 1000), st.sampled_from([0.1, 0.5, 1.0, 2.0, 10.0]))
def test_multiples_are_on_the_step_and_halves_are_not(count, step):
    assert on_step(count * step, step)
    assert not on_step((count + 0.5) * step, step)


def test_a_switch_is_known_by_its_values():
    assert is_switch(SWITCH)
    assert is_switch(BARE_SWITCH)
    assert not is_switch(BOOST)
    assert not is_switch(ROOM)


class Slow:
    """A device that shows a change after so many seconds."""

    def __init__(self, clock: FakeClock, after: float) -> None:
        self._clock, self._after = clock, after
        self.asked: list[float] = []

    async def check_consent(self) -> None:
        raise NotImplementedError

    async def read_back(self, point: Point) -> Reading | None:
        now = self._clock.monotonic()
        self.asked.append(now)
        if len(self.asked) == 2:
            raise Unreachable("it does not answer")
        return Reading(point.key, self._clock.now(), 1.0 if now >= self._after else 0.0)

    async def write(self, point: Point, value: float) -> str:
        raise AssertionError("reading back never writes")

    def visible_within(self, point: Point) -> float:
        raise AssertionError("the caller knows")

    def expires_after(self, point: Point, value: float) -> float | None:
        raise AssertionError("the caller knows")


@given(st.floats(0.0, 200.0), st.floats(0.0, 150.0))
async def test_a_change_is_seen_soon_after_it_shows_and_never_waited_for_longer(after, within):
    clock = FakeClock(impatient=True)
    device = Slow(clock, after)
    last = await read_back(device, ROOM, 1.0, within=within, clock=clock)
    assert device.asked[0] == 0.0
    assert device.asked[-1] <= within + 1e-6
    assert len(device.asked) <= 12
    if last is None or last.value == 0.0:
        assert device.asked[-1] == pytest.approx(within) or len(device.asked) == 2
    elif after <= within:
        assert device.asked[-1] >= after
