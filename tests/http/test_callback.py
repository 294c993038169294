import asyncio
import re
import socket
from dataclasses import replace
from urllib.parse import urlencode

import aiohttp
import pytest

from pumphouse.core.errors import LoginRequired, UsageError
from pumphouse.http.callback import CallbackServer
from pumphouse.http.login import authorize_address


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def here(registration, port):
    return replace(registration, redirect_uri=f"http://localhost:{port}/oauth/callback")


@pytest.fixture
def attempt(here):
    return authorize_address(here)


@pytest.fixture
async def browser():
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(browser, attempt, fields=None, *, method="GET", headers=None, data=None, path=""):
    url = attempt.registration.redirect_uri + path
    async with browser.request(
        method, url, params=fields or {}, headers=headers, data=data, allow_redirects=False
    ) as response:
        return response.status, await response.text(), response.headers


async def test_the_browsers_answer_becomes_a_saved_grant(attempt, vendor, host, grants, browser):
    async with CallbackServer(attempt, host=host) as callback:
        fields = {"code": vendor.code(challenge="x"), "state": attempt.state}
        status, text, headers = await ask(browser, attempt, fields)
        saved = await callback.grant()
    assert status == 200
    assert "Logged in" in text
    assert not vendor.leaked(text)
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert await grants.load("house") == saved


async def test_the_same_answer_sent_twice_is_redeemed_once(attempt, vendor, host, browser):
    async with CallbackServer(attempt, host=host) as callback:
        fields = {"code": vendor.code(), "state": attempt.state}
        answers = await asyncio.gather(*(ask(browser, attempt, fields) for _ in range(3)))
        await callback.grant()
    assert [status for status, _text, _headers in answers] == [200, 200, 200]
    assert len(vendor.token_requests) == 1


async def test_a_code_nobody_asked_for_is_shown_to_be_copied_and_not_used(
    attempt, vendor, host, browser
):
    async with CallbackServer(attempt, host=host) as callback:
        fields = {"code": "<b>4/0A&amp;</b>", "state": "<script>alert(1)</script>"}
        status, text, _headers = await ask(browser, attempt, fields)
        assert status == 400
        assert "&lt;b&gt;4/0A&amp;amp;&lt;/b&gt;" in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script" not in text
        assert not vendor.token_requests

        await ask(browser, attempt, {"code": vendor.code(), "state": attempt.state})
        await callback.grant()


async def test_the_vendors_error_is_shown_and_ends_the_attempt_it_belongs_to(
    attempt, host, browser
):
    async with CallbackServer(attempt, host=host) as callback:
        stranger = {"error": "<i>x</i>", "state": "other"}
        status, text, _headers = await ask(browser, attempt, stranger)
        assert status == 400
        assert "&lt;i&gt;x&lt;/i&gt;" in text
        assert callback._outcome is not None
        assert not callback._outcome.done()

        mine = {"error": "access_denied", "error_description": "<u>", "state": attempt.state}
        _status, text, _headers = await ask(browser, attempt, mine)
        assert "access_denied (&lt;u&gt;)" in text
        with pytest.raises(LoginRequired):
            await callback.grant()


async def test_a_dead_code_is_shown_and_raised(attempt, host, browser):
    async with CallbackServer(attempt, host=host) as callback:
        fields = {"code": "dead", "state": attempt.state}
        status, text, _headers = await ask(browser, attempt, fields)
        assert status == 400
        assert "serves once" in text
        with pytest.raises(LoginRequired):
            await callback.grant()


async def test_the_implicit_fragment_is_posted_back_by_a_script_of_its_own(
    here, vendor, host, browser
):
    attempt = authorize_address(replace(here, kind="implicit"))
    async with CallbackServer(attempt, host=host) as callback:
        _status, text, headers = await ask(browser, attempt)
        assert re.findall(r"<script[^>]*>", text) == [
            '<script src="/oauth/callback/fragment.js" defer>'
        ]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        _status, text, headers = await ask(browser, attempt, path="/fragment.js")
        assert headers["Content-Type"].startswith("text/javascript")
        assert "location.hash" in text

        fields = {"access_token": vendor.secret(), "expires_in": "300", "state": attempt.state}
        status, text, _headers = await ask(browser, attempt, method="POST", data=fields)
        assert status == 200
        assert not vendor.leaked(text)
        assert (await callback.grant()).kind == "implicit"


async def test_a_visit_without_an_answer_explains_the_page(attempt, host, browser):
    async with CallbackServer(attempt, host=host):
        status, text, _headers = await ask(browser, attempt)
        assert status == 200
        assert "waits for a login" in text
        assert "<script" not in text
        assert (await ask(browser, attempt, path="/nothing"))[0] == 404


@pytest.mark.parametrize("name", ["evil.example", "evil.example:{port}", "localhost:1", ""])
async def test_another_host_name_gets_nothing(attempt, vendor, host, browser, port, name):
    async with CallbackServer(attempt, host=host):
        fields = {"code": vendor.code(), "state": attempt.state}
        headers = {"Host": name.format(port=port)}
        status, text, _headers = await ask(browser, attempt, fields, headers=headers)
    assert (status, text) == (421, "")
    assert not vendor.token_requests


@pytest.mark.parametrize("name", ["LOCALHOST:{port}", "127.0.0.1:{port}", "[::1]:{port}"])
async def test_every_name_of_this_machine_is_served(attempt, host, browser, port, name):
    async with CallbackServer(attempt, host=host):
        status, _text, _headers = await ask(
            browser, attempt, headers={"Host": name.format(port=port)}
        )
    assert status == 200


async def test_it_listens_on_loopback_addresses_only(attempt, host, port):
    async with CallbackServer(attempt, host=host) as callback:
        assert callback._runner is not None
        addresses = {address[0] for address in callback._runner.addresses}
    assert "127.0.0.1" in addresses
    assert addresses <= {"127.0.0.1", "::1"}


async def test_a_taken_port_is_said_and_paste_offered(attempt, host, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(UsageError, match=rf"Port {port}.*taken.*--paste"):
            async with CallbackServer(attempt, host=host):
                pytest.fail("must not be entered")


@pytest.mark.parametrize(
    "uri", ["https://localhost/cb", "http://pump.local/cb", "http://10.0.0.1/", "nothing"]
)
async def test_a_redirect_uri_elsewhere_cannot_be_awaited(registration, host, uri):
    attempt = authorize_address(replace(registration, redirect_uri=uri))
    with pytest.raises(UsageError, match="--paste"):
        async with CallbackServer(attempt, host=host):
            pytest.fail("must not be entered")


async def test_leaving_without_an_answer_frees_the_port(attempt, host, browser):
    for _ in range(2):
        async with CallbackServer(attempt, host=host) as callback:
            waiting = asyncio.create_task(callback.grant())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting


async def test_nothing_of_the_answer_is_logged(attempt, vendor, host, browser, capsys, caplog):
    caplog.set_level("DEBUG")
    async with CallbackServer(attempt, host=host) as callback:
        await ask(browser, attempt, {"code": vendor.code(), "state": attempt.state})
        await callback.grant()
    shown = caplog.text + "".join(capsys.readouterr())
    assert "grant saved" in shown
    assert not vendor.leaked(shown)
    assert attempt.state not in shown
    assert urlencode({"state": attempt.state}) not in shown
