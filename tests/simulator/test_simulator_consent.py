"""The pages a user sees in the browser: login, consent, errors."""

from html.parser import HTMLParser

import pytest
from tests.simulator.conftest import REDIRECT

from pumphouse.simulator.server import SimulatorOptions


@pytest.fixture(params=("nibe", "myuplink"))
def cloud(request, nibe, myuplink):
    return nibe if request.param == "nibe" else myuplink


class Form(HTMLParser):
    """What a browser would send for a page as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"]
        if tag == "input" and (found["type"] != "checkbox" or "checked" in found):
            self.fields.append((found["name"], found["value"]))

    def without(self, name: str, value: str) -> list[tuple[str, str]]:
        return [pair for pair in self.fields if pair != (name, value)]


class TestConsentPage:
    @pytest.fixture
    def options(self) -> SimulatorOptions:
        return SimulatorOptions()

    async def test_accepting_the_page_as_it_stands_grants_everything(self, cloud):
        page = await cloud.authorize(scope="READSYSTEM WRITESYSTEM", state="a &+")
        assert page.status == 200
        assert page.headers["Content-Type"].startswith("text/html")
        form = Form(page.text)
        reply = await cloud.ask("POST", form.action, data=form.fields)
        assert reply.status == 302
        assert reply.location.query["state"] == "a &+"
        granted = (await cloud.redeem(reply.location.query["code"])).json
        assert granted["scope"] == "READSYSTEM WRITESYSTEM"

    async def test_denying_is_told_to_the_client(self, cloud):
        form = Form((await cloud.authorize()).text)
        reply = await cloud.ask("POST", form.action, data=[*form.fields, ("decision", "deny")])
        assert dict(reply.location.query) == {"error": "access_denied", "state": "s"}

    async def test_ticking_nothing_is_denying(self, cloud):
        form = Form((await cloud.authorize()).text)
        fields = form.without("scope", "READSYSTEM")
        reply = await cloud.ask("POST", form.action, data=fields)
        assert reply.location.query["error"] == "access_denied"

    async def test_without_the_offline_box_there_is_no_refresh_token(self, myuplink):
        form = Form((await myuplink.authorize(scope="READSYSTEM offline_access")).text)
        fields = form.without("scope", "offline_access")
        reply = await myuplink.ask("POST", form.action, data=fields)
        granted = (await myuplink.redeem(reply.location.query["code"])).json
        assert granted["scope"] == "READSYSTEM"
        assert "refresh_token" not in granted

    async def test_nobody_can_add_a_scope_that_was_not_asked_for(self, cloud):
        form = Form((await cloud.authorize()).text)
        fields = [*form.fields, ("scope", "WRITESYSTEM")]
        reply = await cloud.ask("POST", form.action, data=fields)
        granted = (await cloud.redeem(reply.location.query["code"])).json
        assert granted["scope"] == "READSYSTEM"

    async def test_without_a_password_the_page_comes_again(self, cloud):
        form = Form((await cloud.authorize()).text)
        fields = [(name, "" if name == "password" else value) for name, value in form.fields]
        again = await cloud.ask("POST", form.action, data=fields)
        assert again.status == 200
        assert 'role="alert"' in again.text
        reply = await cloud.ask("POST", form.action, data=Form(again.text).fields)
        assert reply.status == 302

    async def test_a_page_can_be_sent_once(self, cloud):
        form = Form((await cloud.authorize()).text)
        await cloud.ask("POST", form.action, data=form.fields)
        again = await cloud.ask("POST", form.action, data=form.fields)
        assert not again.headers.get("Location", "").startswith(REDIRECT)

    async def test_everything_on_it_is_escaped(self, cloud):
        evil = "http://localhost/\"'><script>alert(1)</script>"
        page = await cloud.authorize(redirect_uri=evil, state="<script>")
        assert "script" not in Form(page.text).tags
        assert "&lt;script&gt;alert(1)" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_error_pages_are_escaped(cloud):
    reply = await cloud.authorize(client_id="<script>alert(1)</script>")
    if "Location" in reply.headers:
        reply = await cloud.get(reply.headers["Location"])
    assert "<script>" not in reply.text
    reply = await cloud.get("/oauth/error?errorId=<script>alert(1)</script>")
    assert "<script>" not in reply.text
