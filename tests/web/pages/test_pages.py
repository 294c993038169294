"""The pages as they are answered: what stands in them, and that their markup is sound."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.web.rig import LOCKED

from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.ports import Gap, SourceState, SourceStatus
from pumphouse.testing.clock import FakeClock
from pumphouse.web.pages import points
from pumphouse.web.pages.rendering import asset

from .house import NASTY, UPLINK, opened, plain, problems_of, pump

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGIN_NEEDED = f"""
{UPLINK.replace("client_credentials", "authorization_code")}
redirect_uri = "http://localhost:8400/oauth/callback"
"""
FRAGMENT = {"HX-Request": "true"}
PAGES = (
    "/",
    "/?device=ground",
    "/?device=air",
    "/points",
    "/points?q=outdoor",
    "/sensors",
    "/sources",
)


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
@pytest.mark.parametrize("path", PAGES)
async def test_the_markup_is_sound_and_nothing_of_a_vendor_becomes_markup(furnished, path, headers):
    page = await furnished.get(path, headers=headers)
    assert page.status == 200
    assert problems_of(page.text) == []
    assert "onerror=alert(1)>" not in page.text
    assert ("<html" in page.text) is not bool(headers)


@pytest.mark.parametrize("path", ["/login", "/no/such/page"])
async def test_the_pages_at_the_door_are_sound_and_tell_nothing_of_the_house(tmp_path, path):
    async with opened(tmp_path, FakeClock(), f"[web]\n{LOCKED}") as up:
        page = await up.get(path)
        if page.status == 303:
            page = await up.get(page.headers["Location"])
    assert page.status in {200, 404}
    assert problems_of(page.text) == []
    assert "Europe/Stockholm" not in page.text
    assert 'href="/sources"' not in page.text


async def test_the_drawing_of_a_ground_source_pump_has_a_brine_loop_and_no_fan(furnished):
    page = (await furnished.get("/?device=ground")).text
    assert 'data-live="pipe-brine"' in page
    assert "Brine in" in page
    assert 'data-live="fan"' not in page
    assert 'data-live="tank"' in page


async def test_the_drawing_of_an_air_source_pump_has_an_outdoor_unit_and_no_brine(furnished):
    page = (await furnished.get("/?device=air")).text
    assert 'data-live="fan"' in page
    assert "Brine" not in page
    assert 'data-live="tank"' not in page
    assert 'data-live="addition"' not in page


async def test_what_moves_is_drawn_as_moving(furnished):
    running = (await furnished.get("/?device=ground")).text
    resting = (await furnished.get("/?device=air")).text
    assert 'class="pipe refrigerant hot on"' in running
    assert "Heating the house" in plain(running)
    assert 'class="pipe refrigerant hot"' in resting
    assert "Resting" in plain(resting)


async def test_a_device_can_be_chosen_and_an_unknown_one_falls_back_to_a_pump(furnished):
    assert 'data-device="air"' in (await furnished.get("/?device=air")).text
    fallback = (await furnished.get("/?device=nobody")).text
    assert 'data-device="air"' in fallback


async def test_old_values_are_visibly_old(silent):
    page = (await silent.get("/?device=ground")).text
    assert "The source does not answer" in page
    assert "Last known" in page
    assert 'class="read large stale"' in page
    assert '<tr class="stale">' in page
    assert "flow on" not in page


async def test_fresh_values_are_not_marked(furnished):
    page = (await furnished.get("/?device=ground")).text
    assert "stale" not in page
    assert "Last known" not in page


async def test_a_value_that_is_missing_is_absent(furnished):
    page = plain((await furnished.get("/?device=ground")).text)
    assert "Room" not in page
    assert "Brine in 6.9 °C" in page


async def test_an_alarm_is_said_first(empty, now):
    await empty.context.installation.store.append(
        pump("ground", {"priority": 10, "alarm_number": 251}, now)
    )
    assert "The pump reports alarm 251." in (await empty.get("/?device=ground")).text


async def test_a_bus_of_sensors_has_figures_and_no_drawing(empty, now):
    key = PointKey("house", "bus", "28.1")
    device = Device("house", "bus", "Cellar")
    point = Point(key, "wine", "sensor_temperature")
    batch = Batch("house", (device,), (point,), (Reading(key, now, 12.0),))
    await empty.context.installation.store.append(batch)
    page = (await empty.get("/?device=bus")).text
    assert "<figure" not in page
    assert problems_of(page) == []


async def test_every_age_can_be_read_by_a_machine(furnished, now):
    page = (await furnished.get("/?device=ground")).text
    two_minutes_ago = (now - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert f'<time datetime="{two_minutes_ago}"' in page
    assert ">2 min ago</time>" in page


async def test_a_page_that_waits_for_readings_says_so(empty):
    waiting = (await empty.get("/")).text
    assert "Waiting for the first readings" in waiting
    assert "data-await" in waiting
    assert "There are no points yet" in (await empty.get("/points")).text


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ("", "Welcome to Pumphouse"),
        (LOGIN_NEEDED, "One step is left"),
        (UPLINK, "Waiting for the first readings"),
    ],
)
async def test_an_empty_house_says_which_step_comes_next(tmp_path, sources, said):
    async with opened(tmp_path, FakeClock(), sources) as up:
        page = (await up.get("/")).text
        assert said in page
        assert problems_of(page) == []
        assert problems_of((await up.get("/sources")).text) == []


async def test_points_are_found_by_name_number_metric_and_group(furnished):
    for query in ("brine in", "40004", "brine_in_temperature", "BRINE"):
        page = (await furnished.get("/points", params={"q": query})).text
        assert "Brine in" in page
        assert "Hot water, top" not in page


async def test_a_search_without_an_answer_says_so_and_repeats_nothing_as_markup(furnished):
    page = (await furnished.get("/points", params={"q": NASTY})).text
    assert "0 points" in page
    assert problems_of(page) == []


async def test_a_point_shows_whether_it_can_be_set_and_whether_it_was_ever_read(furnished):
    page = plain((await furnished.get("/points?q=47011")).text)
    assert "can be set" in page
    assert "no reading" in plain((await furnished.get("/points?q=99999")).text)


async def test_few_points_come_with_their_lines_and_many_get_them_later(furnished, monkeypatch):
    few = (await furnished.get("/points?q=outdoor_temperature")).text
    assert "<polyline" in few
    assert "hx-get" not in few.split('id="found"')[1]
    monkeypatch.setattr(points, "DRAWN_AT_ONCE", 3)
    many = (await furnished.get("/points?q=temperature")).text
    assert "<polyline" not in many
    assert 'hx-get="/points/lines?source=house&amp;device=air&amp;group=heating' in many


async def test_the_lines_of_one_group_can_be_asked_for(furnished):
    found = await furnished.get(
        "/points/lines", params={"source": "house", "device": "ground", "group": "heating"}
    )
    assert "<polyline" in found.text
    assert found.text.lstrip().startswith("<tbody")
    assert "hx-get" not in found.text


async def test_a_query_that_is_too_long_is_refused_with_a_sentence(furnished):
    page = await furnished.get("/points", params={"q": "x" * 101})
    assert page.status == 422
    assert problems_of(page.text) == []


async def test_a_source_that_fails_says_why_and_what_to_do(silent, now):
    store = silent.context.installation.store
    await store.open_gap(Gap("house", now - timedelta(minutes=90), None, f"gap {NASTY}"))
    page = (await silent.get("/sources")).text
    said = plain(page)
    assert problems_of(page) == []
    assert "no answer" in said
    assert "it is asked again" in said
    assert "1 gap in the data" in said
    assert "still open" in said


async def test_listening_to_a_source_that_is_polled_too_has_a_card_of_its_own(silent, now):
    heard = SourceStatus("house live", SourceState.RETRYING, since=now, last_error="gone quiet")
    await silent.context.installation.store.save_source_status(heard)
    page = (await silent.get("/sources")).text
    assert problems_of(page) == []
    assert 'id="source-house-live"' in page
    assert "gone quiet" in plain(page)
    assert 'action="/sources/house%20live/connect"' not in page


async def test_an_asset_s_address_changes_with_its_content():
    address = asset("style.css")
    assert address.startswith("/static/style.css?v=")
    assert asset("style.css") == address
    assert asset("now.js").partition("?")[2] != address.partition("?")[2]


async def test_the_pages_ask_nothing_of_another_host(furnished):
    for path in PAGES:
        page = (await furnished.get(path)).text
        assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in page


async def test_going_back_in_the_browser_brings_a_whole_page(furnished):
    headers = {**FRAGMENT, "HX-History-Restore-Request": "true"}
    assert "<html" in (await furnished.get("/points", headers=headers)).text


async def test_devices_of_one_name_can_be_told_apart(empty, now):
    store = empty.context.installation.store
    for number in ("6001", "6002"):
        batch = pump(f"pump-{number}", {"priority": 10}, now)
        twin = replace(batch.devices[0], name="Twin")
        await store.append(replace(batch, devices=(twin,)))
    page = (await empty.get("/")).text
    assert "Twin \u00b7 6001" in page
    assert "Twin \u00b7 6002" in page
