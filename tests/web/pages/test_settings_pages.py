"""Settings in the browser: shown with limits, asked for twice, sent once, told, undone."""

import asyncio
import html
import re

import pytest
from tests.web.rig import form_token
from tests.web.writable import app_of, writable_house

from pumphouse.core.errors import UsageError
from pumphouse.web import changes
from pumphouse.web.changes import Changes

from .house import plain, problems_of

OFFSET = {"source": "ground", "device": "80105", "point": "47011"}


@pytest.fixture
async def house(tmp_path):
    async with writable_house(tmp_path) as found:
        yield found


@pytest.fixture
async def app(house):
    async with app_of(house) as running:
        yield running


@pytest.fixture
async def closed_house(tmp_path):
    async with writable_house(tmp_path, write=False) as found:
        yield found


@pytest.fixture
async def closed_app(closed_house):
    async with app_of(closed_house) as running:
        yield running


async def page(app, path, status=200, **params):
    """A page without a mistake in its markup."""
    seen = await app.get(path, params=params)
    assert seen.status == status, plain(seen.text)
    assert problems_of(seen.text) == []
    return seen.text


async def send(app, path, **fields):
    """Send a form, and see the page that it leads to."""
    token = await app.form_token(
        "/settings/change?" + "&".join(f"{k}={v}" for k, v in OFFSET.items()) + "&value=1"
    )
    seen = await app.post(path, data={"csrf_token": token, **fields})
    assert seen.status == 303, plain(seen.text)
    return await page(app, seen.headers["Location"])


async def test_every_setting_stands_there_with_its_value_its_limits_and_its_age(app):
    text = plain(await page(app, "/settings"))
    for words in (
        "Heating offset",
        "47011 · \N{MINUS SIGN}10 … 10",
        "5.0 … 30.0 °C",
        "just now",
        "Medium",
    ):
        assert words in text
    assert "write = true" not in text
    assert "Nothing has been changed yet" in text


async def test_a_change_is_shown_before_it_is_sent_and_sent_once(app, house):
    asked = await page(app, "/settings/change", **OFFSET, value="2")
    assert "0 → to 2" in plain(asked).replace("from", "")
    assert "Set to 2" in asked
    assert house.sent() == []
    told = await send(app, "/settings/change", **OFFSET, value="2")
    assert "Confirmed" in told
    assert "The device shows 2" in told
    assert len(house.sent()) == 1
    assert await house.value("ground", "47011") == 2
    text = plain(await page(app, "/settings"))
    assert "Heating offset: 0 → 2" in text
    assert "web" in text


async def test_looking_again_at_what_became_of_it_sends_nothing(app, house):
    token = form_token(await page(app, "/settings/change", **OFFSET, value="2"))
    seen = await app.post("/settings/change", data={"csrf_token": token, **OFFSET, "value": "2"})
    for _ in range(3):
        await page(app, seen.headers["Location"])
    assert len(house.sent()) == 1


async def test_a_change_is_undone_from_the_log(app, house):
    await send(app, "/settings/change", **OFFSET, value="2")
    (link,) = re.findall(r'href="(/settings/undo[^"]*)"', await page(app, "/settings"))
    asked = await page(app, html.unescape(link))
    assert "Set to 0" in asked
    assert "Confirmed" in await send(app, "/settings/undo", write="1")
    assert await house.value("ground", "47011") == 0


async def test_a_label_is_chosen_from_those_that_there_are(app, house):
    fields = {"source": "ground", "device": "80105", "point": "47260"}
    text = await page(app, "/settings")
    assert "<option>Speed 2</option>" in text
    assert "Confirmed" in await send(app, "/settings/change", **fields, value="Speed 2")
    assert await house.value("ground", "47260") == 2


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("11", "out of range"),
        ("0.5", "not on a step"),
        ("warm", "no number"),
        ("", "no number"),
        ("<script>", "no number"),
    ],
)
async def test_what_cannot_be_is_refused_and_asked_for_again(app, house, value, says):
    text = await page(app, "/settings/change", 422, **OFFSET, value=value)
    assert says in text
    assert 'name="value"' in text
    assert house.sent() == []


async def test_for_some_hours_it_goes_back_by_itself_or_at_a_press(app, house):
    told = await send(app, "/settings/change", **OFFSET, value="2", hours="3")
    assert "Confirmed" in told
    text = plain(await page(app, "/settings"))
    assert "Goes back to 0" in text
    assert "in 3 h" in text
    assert "Confirmed" in await send(app, "/settings/end", override="1")
    assert await house.value("ground", "47011") == 0
    assert "Goes back" not in await page(app, "/settings")


async def test_a_boost_is_asked_for_with_its_hours(app, house):
    links = re.findall(r'href="(/settings/boost[^"]*)"', await page(app, "/settings"))
    warmer = next(html.unescape(one) for one in links if "80105" in one and "heating" in one)
    asked = await page(app, warmer)
    assert '<option value="4"' not in asked or "selected" in asked
    fields = {"source": "ground", "device": "80105", "name": "heating_boost"}
    assert "Confirmed" in await send(app, "/settings/boost", **fields, hours="2")
    (override,) = await house.installation.store.write_log.overrides()
    assert (override.until - override.started).total_seconds() == pytest.approx(7200, abs=60)


async def test_without_the_form_s_own_token_nothing_is_sent(app, house):
    for path, fields in (
        ("/settings/change", {**OFFSET, "value": "2"}),
        ("/settings/boost", {"source": "ground", "device": "80105", "name": "heating_boost"}),
        ("/settings/undo", {"write": "1"}),
        ("/settings/end", {"override": "1"}),
    ):
        assert (await app.post(path, data=fields)).status == 403
    assert house.sent() == []


@pytest.mark.parametrize(
    "path",
    [
        "/settings/change?source=ground&device=80105&point=40004&value=1",
        "/settings/change?source=x&device=y&point=z&value=1",
        "/settings/boost?source=ground&device=80105&name=x",
        "/settings/undo?write=7",
        "/settings/changes/never",
    ],
)
async def test_what_is_not_there_is_said_so(app, path):
    assert (await app.get(path)).status == 404


async def test_where_nothing_may_be_changed_the_page_says_what_to_write(closed_app, closed_house):
    text = await page(closed_app, "/settings")
    assert "[sources.ground]\nwrite = true" in text
    assert "pumphouse login ground" in text
    assert "<input" not in text
    assert "Heating offset" in text
    assert "switched off" in await page(closed_app, "/settings/change", 422, **OFFSET, value="1")
    token = await closed_app.form_token("/sources")
    for path, fields in (
        ("/settings/change", {**OFFSET, "value": "2"}),
        ("/settings/change", {**OFFSET, "value": "2", "hours": "1"}),
        ("/settings/boost", {**OFFSET, "name": "heating_boost", "hours": "1"}),
    ):
        seen = await closed_app.post(path, data={"csrf_token": token, **fields})
        told = plain(await page(closed_app, seen.headers["Location"]))
        assert "Refused" in told
    assert closed_house.sent() == []


async def test_what_takes_long_is_told_as_on_its_way(app, house, monkeypatch):
    monkeypatch.setattr(changes, "PATIENCE_SECS", 0.01)
    ready = asyncio.Event()
    done = await house.installation.control.writes()
    assert done == []

    async def slow():
        await ready.wait()

    name = await app.context.changes.begin("Heating offset", slow())
    seen = await app.get(f"/settings/changes/{name}")
    assert "On its way" in seen.text
    assert seen.headers["Refresh"] == "2"
    ready.set()
    await app.context.changes.find(name).task
    seen = await app.get(f"/settings/changes/{name}")
    assert "Nothing to do" in seen.text
    assert "Refresh" not in seen.headers


async def test_changes_are_forgotten_when_there_are_many_and_their_bugs_are_told():
    async def failing(error):
        raise error

    known = Changes()
    first = await known.begin("x", failing(UsageError("no such thing")))
    assert problem_of(known, first) == "no such thing"
    bug = await known.begin("x", failing(ValueError("secret")))
    assert "ValueError" in problem_of(known, bug)
    assert "secret" not in problem_of(known, bug)
    for _ in range(99):
        await known.begin("x", failing(UsageError("again")))
    assert known.find(first) is None
    assert known.find(bug) is not None


def problem_of(known: Changes, name: str) -> str:
    change = known.find(name)
    assert change is not None
    return change.problem or ""
