"""Alarms in the browser and over the API: seen, understood, taken note of, and told."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Event, EventKind, Severity
from pumphouse.web.access.tokens import Scope

from .rig import LOCKED, MARKUP, form_token, news, running

TITLE = "Low brine out"


@pytest.fixture
async def app(tmp_path, clock):
    async with running(tmp_path, clock) as app:
        yield app


def alarm(clock, name="n/1 2", **changes):
    event = Event(
        name,
        clock.now() - timedelta(hours=2),
        EventKind.ALARM,
        TITLE,
        "house",
        "d1",
        Severity.ERROR,
        detail={"alarm_number": "60", "description": f"The vendor's words {MARKUP}"},
    )
    return replace(event, **changes)


async def happened(app, *events):
    await app.context.installation.store.append(Batch("house", events=events))


async def quieted(app):
    """Take note of what the rig's own house has."""
    store = app.context.installation.store
    over = [replace(one, ended=one.time) for one in await store.lasting_events()]
    await store.append(Batch("house", events=tuple(over)))


async def test_where_no_alarm_lasts_the_page_says_that_all_is_well(app):
    await quieted(app)
    page = await app.get("/alarms")
    assert "All is well" in page.text
    assert (page.status, 'class="badge"' in page.text) == (200, False)


async def test_what_lasts_is_shown_with_what_it_means_and_the_vendor_s_words(app, clock):
    await happened(app, alarm(clock))
    page = await app.get("/alarms")
    assert TITLE in page.text
    assert "too little flow" in page.text
    assert "alarm 60" in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert MARKUP not in page.text


async def test_taking_note_marks_an_alarm_without_any_script(app, clock):
    await quieted(app)
    await happened(app, alarm(clock))
    page = await app.get("/alarms")
    data = {"csrf_token": form_token(page.text), "id": "n/1 2", "source": "house"}
    answer = await app.post("/alarms/acknowledge", data=data)
    assert (answer.status, answer.headers["Location"]) == (303, "/alarms")
    assert "noted by web" in (await app.get("/alarms")).text
    assert TITLE not in (await app.get("/")).text
    (noted,) = await app.context.installation.store.acknowledgements()
    assert (noted.id, noted.source, noted.by) == ("n/1 2", "house", "web")


async def test_nobody_takes_note_without_a_form_of_ours(app, clock):
    await happened(app, alarm(clock))
    answer = await app.post("/alarms/acknowledge", data={"id": "n/1 2", "source": "house"})
    assert answer.status == 403
    assert await app.context.installation.store.acknowledgements() == []


async def test_an_alarm_that_is_not_there_is_not_found(app):
    token = form_token((await app.get("/alarms")).text)
    data = {"csrf_token": token, "id": "nothing"}
    assert (await app.post("/alarms/acknowledge", data=data)).status == 404


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"old", "note"}),
        ("?days=7", {"note"}),
        ("?severity=error", {"old"}),
        ("?device=d1&days=365", {"old", "note", "ancient"}),
        ("?device=other", set()),
        ("?everything=true", {"old", "note", "mode"}),
    ],
)
async def test_the_history_is_filtered_by_time_severity_device_and_kind(app, clock, query, seen):
    now = clock.now()
    made = {
        "old": alarm(clock, "old", time=now - timedelta(days=20), ended=now),
        "note": alarm(clock, "note", severity=Severity.INFO, ended=now),
        "ancient": alarm(clock, "ancient", time=now - timedelta(days=200), ended=now),
        "mode": alarm(clock, "mode", kind=EventKind.MODE),
    }
    await quieted(app)
    await happened(app, *(replace(one, title=f"title-{name}") for name, one in made.items()))
    page = await app.get(f"/alarms{query}")
    assert {name for name in made if f"title-{name}" in page.text} == seen


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=99999", "severity=" + "x" * 50])
async def test_a_question_that_makes_no_sense_is_refused(app, query):
    assert (await app.get(f"/alarms?{query}")).status == 422


async def test_a_script_gets_only_what_changes(app):
    whole, part = (
        await app.get("/alarms"),
        await app.get("/alarms", headers={"HX-Request": "true"}),
    )
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert 'data-live="lasting"' in part.text


async def test_every_page_counts_what_lasts(app, clock):
    await happened(app, alarm(clock))
    told = await news(app.context)
    lasting = await app.context.installation.store.lasting_events()
    await app.context.live.publish(replace(told, lasting=lasting))
    page = await app.get("/sources")
    assert f'aria-label="Alarms, {len(lasting)} last"' in page.text
    assert f'<span class="badge" aria-hidden="true">{len(lasting)}</span>' in page.text


async def test_the_front_page_tells_what_lasts_and_where_to_read_on(app, clock):
    await happened(app, alarm(clock), alarm(clock, "i", title="Filter", severity=Severity.INFO))
    page = await app.get("/")
    assert TITLE in page.text
    assert "Filter" not in page.text
    assert 'href="/alarms">What it means' in page.text


async def test_without_a_sink_of_messages_the_page_says_how_to_get_one(app):
    page = await app.get("/alarms")
    assert 'type = "apprise"' in page.text
    token = form_token((await app.get("/sources")).text)
    answer = await app.post("/alarms/test", data={"csrf_token": token})
    assert answer.status == 404
    assert "no sink carries messages" in answer.text


async def test_the_api_tells_what_lasts_and_what_was(app, clock):
    await quieted(app)
    old = alarm(clock, "old", time=clock.now() - timedelta(days=3), ended=clock.now())
    await happened(app, alarm(clock), old)
    (lasting,) = json.loads((await app.get("/api/alarms")).text)
    assert (lasting["id"], lasting["acknowledged"]) == ("n/1 2", None)
    assert lasting["steps"]
    found = json.loads((await app.get("/api/alarms?from=7d&device=d1")).text)
    assert {"n/1 2", "old"} <= {one["id"] for one in found}
    assert json.loads((await app.get("/api/alarms?device=other")).text) == []


async def test_a_token_that_may_write_takes_note_and_one_that_may_read_does_not(tmp_path, clock):
    async with running(tmp_path, clock, LOCKED) as app:
        await happened(app, alarm(clock))
        tokens = app.context.gate.tokens
        shown = {scope: tokens.add(scope.value, scope, clock.now()) for scope in Scope}
        bodies = {"json": {"id": "n/1 2"}}
        for path in ("/api/alarms/acknowledge", "/api/alarms/test", "/alarms/acknowledge"):
            headers = {"Authorization": f"Bearer {shown[Scope.READ]}"}
            assert (await app.post(path, headers=headers, **bodies)).status == 403
            assert (await app.post(path, **bodies)).status in {303, 401, 403}
        headers = {"Authorization": f"Bearer {shown[Scope.WRITE]}"}
        answer = await app.post("/api/alarms/acknowledge", headers=headers, **bodies)
        assert [one["id"] for one in json.loads(answer.text)] == ["n/1 2"]
        (noted,) = await app.context.installation.store.acknowledgements()
        assert noted.by == "api token write"
