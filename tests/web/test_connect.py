"""Connecting an account in the browser, against the simulated clouds."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio

from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.web.logins import PATIENCE_SECS

from .rig import LOCKED, form_token, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGE = {"code": "a-code<b>", "state": "unknown"}


def source(clouds, port=8400, grant="authorization_code", vendor="myuplink"):
    return f"""
[sources.house]
type = "{vendor}"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{getattr(clouds, vendor)}"
redirect_uri = "http://localhost:{port}/oauth/callback"
grant = "{grant}"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clouds():
    async with Simulator(SimulatorOptions(auto_consent=True)) as simulator:
        yield simulator.announcement


@pytest_asyncio.fixture(loop_scope="module")
async def connected(tmp_path, clock, clouds):
    async with running(tmp_path, clock, sources=source(clouds)) as up:
        yield up


async def consented(house, page):
    """Where the vendor sends the browser after the consent that a page leads to."""
    address = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    async with house.browser.get(address, allow_redirects=False) as reply:
        return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


async def pressed(house, path="/sources/house/connect", **data):
    token = await house.form_token("/sources")
    return await house.post(path, data={"csrf_token": token, **data})


async def grant(house):
    return await house.context.installation.host.grants.load("house")


async def test_the_whole_dance(connected):
    told: list[str] = []
    connected.context.installation.connected["house"] = lambda: told.append("house")
    page = (await pressed(connected)).text
    fields = await consented(connected, page)
    assert told == []
    done = await connected.get("/oauth/callback", params=fields)
    assert told == ["house"]
    assert (done.status, done.headers["Location"]) == (
        303,
        f"{connected.address}/sources#source-house",
    )
    assert (await grant(connected)).refresh_token
    assert "The account is connected" in (await connected.get("/sources")).text


async def test_the_same_answer_twice_is_no_second_login(connected):
    fields = await consented(connected, (await pressed(connected)).text)
    for _ in range(2):
        assert (await connected.get("/oauth/callback", params=fields)).status == 303
    assert connected.context.logins.lately()["house"].succeeded
    assert (await grant(connected)).generation == 1


async def test_an_answer_may_arrive_in_a_browser_that_has_not_logged_in(tmp_path, clock, clouds):
    """The redirect leads to localhost, the browser began at 127.0.0.1: its cookies differ."""
    async with running(tmp_path, clock, LOCKED, source(clouds)) as house:
        await house.log_in()
        fields = await consented(house, (await pressed(house)).text)
        async with house.stranger() as other:
            done = await other.get("/oauth/callback", params=fields)
        assert done.headers["Location"].startswith(f"{house.address}/sources")
        assert (await grant(house)) is not None


async def test_an_answer_that_comes_too_late_is_not_used(connected, clock):
    fields = await consented(connected, (await pressed(connected)).text)
    await clock.advance(PATIENCE_SECS + 1)
    seen = await connected.get("/oauth/callback", params=fields)
    assert seen.status == 200
    assert "--paste" in seen.text
    assert await grant(connected) is None


async def test_an_unknown_state_shows_the_code_to_copy(connected):
    seen = await connected.get("/oauth/callback", params=STRANGE)
    assert seen.status == 200
    assert "a-code&lt;b&gt;" in seen.text
    assert "pumphouse login house --paste" in seen.text
    assert await grant(connected) is None


async def test_a_refusal_of_the_vendor_is_told_in_words(connected):
    page = (await pressed(connected)).text
    state = (await consented(connected, page))["state"]
    fields = {"state": state, "error": "access_denied", "error_description": "not today"}
    assert (await connected.get("/oauth/callback", params=fields)).status == 303
    outcome = connected.context.logins.lately()["house"]
    assert not outcome.succeeded
    assert "not today" in outcome.sentences[0]
    assert "not today" in (await connected.get("/sources")).text


async def test_old_outcomes_are_told_no_more(connected, clock):
    fields = await consented(connected, (await pressed(connected)).text)
    await connected.get("/oauth/callback", params=fields)
    await clock.advance(PATIENCE_SECS + 1)
    assert "The account is connected" not in (await connected.get("/sources")).text


async def test_where_the_vendor_leads_elsewhere_the_address_can_be_pasted(connected):
    page = (await pressed(connected)).text
    assert 'name="answer"' in page
    assert "http-equiv" not in page
    fields = await consented(connected, page)
    wrong = await pressed(
        connected, "/sources/house/paste", answer="http://localhost/?code=a&state=b"
    )
    assert wrong.status == 303
    assert not connected.context.logins.lately()["house"].succeeded
    right = await pressed(connected, "/sources/house/paste", answer=fields["code"])
    assert right.status == 303
    assert await grant(connected) is not None


async def test_where_the_vendor_leads_back_here_the_page_goes_on_by_itself(tmp_path, clock, clouds):
    async with running(tmp_path, clock, sources=source(clouds)) as house:
        token = form_token((await house.get("/sources")).text)
        seen = await house.post(
            "/sources/house/connect",
            data={"csrf_token": token},
            headers={"Host": "127.0.0.1:8400"},
        )
    assert 'http-equiv="refresh"' in seen.text
    assert 'name="answer"' not in seen.text


async def test_client_credentials_need_no_browser(tmp_path, clock, clouds):
    async with running(
        tmp_path, clock, sources=source(clouds, grant="client_credentials")
    ) as house:
        assert (await pressed(house)).status == 303
        assert (await grant(house)).kind == "client_credentials"


async def test_the_implicit_grant_comes_as_a_fragment_that_a_script_hands_over(
    tmp_path, clock, clouds
):
    implicit = source(clouds, grant="implicit", vendor="nibe_uplink")
    async with running(tmp_path, clock, sources=implicit) as house:
        page = (await pressed(house)).text
        address = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
        async with house.browser.get(address, allow_redirects=False) as reply:
            fields = dict(parse_qsl(urlsplit(reply.headers["Location"]).fragment))
        waiting = (await house.get("/oauth/callback")).text
        assert "/oauth/fragment.js" in waiting
        assert "location.hash" in (await house.get("/oauth/fragment.js")).text
        fields["csrf_token"] = form_token(waiting)
        assert (await house.post("/oauth/callback", data=fields)).status == 303
        assert (await grant(house)).kind == "implicit"


async def test_a_source_can_be_disconnected(connected):
    fields = await consented(connected, (await pressed(connected)).text)
    await connected.get("/oauth/callback", params=fields)
    assert (await pressed(connected, "/sources/house/disconnect")).status == 303
    assert await grant(connected) is None


@pytest.mark.parametrize("action", ["connect", "disconnect", "paste"])
async def test_a_source_that_is_not_there_is_named(connected, action):
    seen = await pressed(connected, f"/sources/nowhere/{action}", answer="x")
    assert seen.status == 404
    assert "nowhere" in seen.text


async def test_a_code_without_a_login_is_not_taken(connected):
    assert (await pressed(connected, "/sources/house/paste", answer="x")).status == 404
