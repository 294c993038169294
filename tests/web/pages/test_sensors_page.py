"""The page of the owner's own sensors: what it shows, and what its forms do."""

import pytest
from tests.web.rig import form_token

from pumphouse.web.api.sensors import SensorList

from .house import plain, problems_of, pump
from .radio import MINUTE, NEW, OLD, radio

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def sensors(empty, now):
    """A pump and a sensor that has changed its battery an hour ago."""

    async def furnish():
        store = empty.context.installation.store
        await store.append(pump("ground", {"outdoor_temperature": 1.0}, now))
        await store.append(radio(OLD, now - 70 * MINUTE))
        await store.append(radio(NEW, now - 60 * MINUTE))
        await store.append(radio(NEW, now - MINUTE, battery=0.0, doubts=(-80.0,)))
        return empty

    return furnish


async def press(house, action, **fields):
    token = form_token((await house.get("/sensors")).text)
    return await house.post(f"/sensors/{action}", data={"csrf_token": token, **fields})


async def test_without_sensors_it_says_how_to_get_some(empty):
    page = await empty.get("/sensors")
    assert problems_of(page.text) == []
    assert "onewire, rtl433 or mqtt" in plain(page.text)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
async def test_it_shows_values_batteries_signals_and_doubts(sensors, headers):
    house = await sensors()
    page = await house.get("/sensors", headers=headers)
    assert problems_of(page.text) == []
    assert "onerror=alert(1)>" not in page.text
    text = plain(page.text)
    for words in (
        "21.5 °C",
        "nearly empty",
        "\u22127.25 dB",
        "1 value was not believed today",
        "outside",
    ):
        assert words in text
    assert "ground" not in text, "a pump is no sensor"


async def test_a_new_battery_is_suggested_and_confirmed_by_a_button(sensors):
    house = await sensors()
    text = plain((await house.get("/sensors")).text)
    assert "with a new battery?" in text
    assert "the same model" in text
    done = await press(house, "bind", source="house", hardware=NEW, device=OLD)
    assert (done.status, done.headers["Location"]) == (303, f"/sensors#sensor-{OLD}")
    text = plain((await house.get("/sensors")).text)
    assert "with a new battery?" not in text
    assert f"{NEW} goes on as this sensor" in text
    store = house.context.installation.store
    assert [device.id for device in await store.devices()] == [OLD, "ground"]
    undone = await press(house, "unbind", source="house", hardware=NEW)
    assert undone.status == 303
    assert len(await store.devices()) == 3


async def test_a_sensor_gets_the_owners_name_and_loses_it_again(sensors):
    house = await sensors()
    done = await press(house, "name", source="house", device=NEW, name=" Living  room ")
    assert done.status == 303
    text = plain((await house.get("/sensors")).text)
    assert "Living room" in text
    assert "with a new battery?" not in text, "who has a name is nobody's successor"
    await press(house, "name", source="house", device=NEW)
    assert "Living room" not in plain((await house.get("/sensors")).text)


@pytest.mark.parametrize(
    ("action", "fields", "status", "words"),
    [
        ("name", {"device": "gone", "name": "x"}, 404, "no sensor gone"),
        ("name", {"device": NEW, "name": "x" * 81}, 409, "80 characters"),
        ("bind", {"hardware": OLD, "device": NEW}, 409, "two sensors, not one"),
        ("unbind", {"hardware": NEW}, 404, "not bound"),
    ],
)
async def test_what_cannot_be_done_is_explained(sensors, action, fields, status, words):
    house = await sensors()
    answer = await press(house, action, source="house", **fields)
    assert answer.status == status
    assert words in plain(answer.text)


@pytest.mark.parametrize("action", ["name", "bind", "unbind"])
async def test_nobody_else_s_form_changes_anything(sensors, action):
    house = await sensors()
    answer = await house.post(f"/sensors/{action}", data={"source": "house"})
    assert answer.status == 403


async def test_the_list_of_points_marks_what_has_doubtful_values(sensors):
    house = await sensors()
    page = await house.get("/points?q=temperature")
    assert problems_of(page.text) == []
    assert plain(page.text).count("1 value was not believed today") == 1


async def test_the_api_tells_the_same(sensors):
    house = await sensors()
    answer = await house.get("/api/sensors")
    told = SensorList.model_validate_json(answer.text)
    assert [(one.device, one.battery_low, one.signal) for one in told.sensors] == [
        (OLD, False, -7.25),
        (NEW, True, -7.25),
    ]
    assert [(one.hardware, one.device) for one in told.suggestions] == [(NEW, OLD)]
    (doubt,) = next(one for one in told.sensors if one.device == NEW).suspects
    assert (doubt.value, doubt.reason) == (-80.0, "outside")


async def test_a_chart_says_how_many_values_are_in_none_of_its_lines(sensors):
    house = await sensors()
    page = await house.get(f"/history?device={NEW}&point=sensor_temperature&last=1d")
    assert problems_of(page.text) == []
    assert "1 value of these lines was not believed between" in plain(page.text)
    other = await house.get(f"/history?device={OLD}&point=sensor_temperature&last=1d")
    assert "not believed" not in plain(other.text)
