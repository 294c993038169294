import asyncio
import json
from datetime import UTC, datetime

import pytest
from aiohttp import web

from pumphouse.core.errors import (
    BadResponse,
    ConfigurationError,
    RateLimited,
    RequestRefused,
    ServerFailure,
    SourceError,
    Unreachable,
)
from pumphouse.core.grant import Grant
from pumphouse.http.limits import HeaderWindow, TokenBucket
from pumphouse.http.messages import PersonalToken
from pumphouse.http.problems import explain_nothing
from pumphouse.http.session import ApiClient


@pytest.fixture
def open_vendor(vendor):
    """The vendor without tokens: every request is known."""
    vendor._access[""] = (None, 0)
    return vendor


@pytest.fixture
def api(open_vendor, client):
    return client(None)


def script(vendor, *replies):
    vendor.api_script.extend(replies)


async def test_the_query_keeps_order_repetition_and_special_characters(api, open_vendor):
    query = [("parameterIds", "40004"), ("parameterIds", "a+b c&d=é"), ("page", "1")]
    async with api:
        answer = await api.get("/api/v1/systems", query)
    assert answer == {"path": "/api/v1/systems", "query": [list(pair) for pair in query]}


async def test_the_program_names_itself_and_asks_for_json(api, open_vendor):
    async with api:
        await api.get("/api/a", headers={"Accept-Language": "en"})
    headers = open_vendor.api_requests[0].headers
    assert headers["User-Agent"] == "Pumphouse/1 (tests)"
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Language"] == "en"


async def test_a_base_address_may_have_a_path_and_a_trailing_slash(open_vendor, host):
    limiter = TokenBucket(1.0, 9, host.clock)
    base = f"{open_vendor.url}/api/nibeuplink/"
    async with ApiClient(
        base, host=host, registration=None, limiter=limiter, explain=explain_nothing
    ) as api:
        assert await api.get("v1/a") == {"path": "/api/nibeuplink/v1/a", "query": []}


@pytest.mark.parametrize("base", ["", "localhost:80", "ftp://x", "http://", "http://[x"])
def test_a_base_address_that_is_none_is_found_at_start(host, base, registration):
    with pytest.raises(ConfigurationError, match=r"sources\.house\.base_url"):
        ApiClient(
            base,
            host=host,
            registration=registration,
            limiter=TokenBucket(1.0, 1, host.clock),
            explain=explain_nothing,
        )


async def test_a_write_sends_json_of_the_wanted_type_and_accepts_an_empty_answer(api, open_vendor):
    script(open_vendor, lambda: web.Response(status=204))
    async with api:
        kind = "application/json-patch+json"
        assert await api.send("PATCH", "/api/a", {"47041": "2"}, content_type=kind) is None
    sent = open_vendor.api_requests[0]
    assert (sent.method, sent.headers["Content-Type"]) == ("PATCH", kind)
    assert json.loads(open_vendor.bodies[0]) == {"47041": "2"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_inside_the_host_is_followed_with_method_and_body(
    api, open_vendor, status
):
    script(open_vendor, lambda: web.Response(status=status, headers={"Location": "/api/b?x=1"}))
    async with api:
        await api.send("PUT", "/api/a", {"mode": "AWAY"})
    last = open_vendor.api_requests[-1]
    assert (last.method, last.path_qs) == ("PUT", "/api/b?x=1")
    assert open_vendor.bodies[-1] == b'{"mode": "AWAY"}'


async def test_see_other_means_read_there(api, open_vendor):
    script(open_vendor, lambda: web.Response(status=303, headers={"Location": "/api/b"}))
    async with api:
        await api.send("POST", "/api/a", {})
    assert (open_vendor.api_requests[-1].method, open_vendor.bodies[-1]) == ("GET", b"")


@pytest.mark.parametrize(
    "place",
    ["http://evil.example/", "//evil.example/", "https://127.0.0.1/", "ftp://x", "http://[x"],
)
async def test_a_redirect_elsewhere_is_not_followed(api, open_vendor, place):
    script(open_vendor, lambda: web.Response(status=302, headers={"Location": place}))
    async with api:
        with pytest.raises(BadResponse, match="another place"):
            await api.get("/api/a")


async def test_redirects_in_circles_end(api, open_vendor):
    script(open_vendor, *[lambda: web.Response(status=302, headers={"Location": "/api/a"})] * 20)
    async with api:
        with pytest.raises(BadResponse, match="in circles"):
            await api.get("/api/a")


@pytest.mark.parametrize(
    "text", ["<html>maintenance</html>", "{", "NaN", '{"a": Infinity}', "[" * 100_000, "\xff"]
)
async def test_an_answer_that_is_no_json_is_a_bad_response(api, open_vendor, text):
    script(open_vendor, lambda: web.Response(text=text))
    async with api:
        with pytest.raises(BadResponse, match="no JSON"):
            await api.get("/api/a")


async def test_an_endless_answer_is_cut_off(api, open_vendor, monkeypatch):
    monkeypatch.setattr("pumphouse.http.wire._LARGEST_REPLY_BYTES", 1 << 20)
    script(open_vendor, lambda: web.Response(body=b" " * (1 << 21)))
    async with api:
        with pytest.raises(BadResponse, match="more than 1 MiB"):
            await api.get("/api/a")


async def test_a_slow_answer_is_given_up(client, open_vendor):
    open_vendor.latency = 2.0
    async with client(None, timeout_secs=0.5) as api:
        for call in (api.get("/api/a"), api.send("PUT", "/api/a", {})):
            with pytest.raises(Unreachable, match="in time"):
                await call
    assert len(open_vendor.api_requests) == 2


async def test_waiting_for_the_limit_does_not_count_as_a_slow_answer(client, open_vendor, host):
    limiter = TokenBucket(0.25, 1, host.clock)
    async with client(None, timeout_secs=1.0, limiter=limiter) as api:
        for _ in range(5):
            await api.get("/api/a")
    assert host.clock.slept == pytest.approx([4.0] * 4)


@pytest.fixture
async def raw():
    """A server that says exactly what it is told, in bytes."""
    answers: list[bytes] = []
    asked: list[bytes] = []

    async def serve(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answers.pop(0) if answers else b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", answers, asked
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header\x00: x\r\n\r\n",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_transient(raw, host, answer):
    url, answers, _asked = raw
    answers.extend([answer, answer])
    async with ApiClient(
        url,
        host=host,
        registration=None,
        limiter=TokenBucket(9.0, 9, host.clock),
        explain=explain_nothing,
    ) as api:
        with pytest.raises((Unreachable, BadResponse)):
            await api.get("/a")


async def test_a_write_on_a_cut_connection_is_not_sent_twice(raw, host):
    url, _answers, asked = raw
    async with ApiClient(
        url,
        host=host,
        registration=None,
        limiter=TokenBucket(9.0, 9, host.clock),
        explain=explain_nothing,
    ) as api:
        with pytest.raises(Unreachable, match="cut"):
            await api.send("PUT", "/a", None)
    assert len(asked) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://name.invalid"])
async def test_nobody_there_is_unreachable(host, url):
    async with ApiClient(
        url,
        host=host,
        registration=None,
        limiter=TokenBucket(9.0, 9, host.clock),
        explain=explain_nothing,
    ) as api:
        with pytest.raises(Unreachable):
            await api.get("/a", [("access_token", "geheim")])


async def test_a_429_holds_back_everybody_on_the_same_credential(client, open_vendor, host):
    limiter = HeaderWindow(25, 60.0, host.clock)
    script(open_vendor, lambda: web.Response(status=429, headers={"Retry-After": "20"}))
    async with client(None, limiter=limiter) as one, client(None, limiter=limiter) as other:
        with pytest.raises(RateLimited) as caught:
            await one.get("/api/a")
        assert caught.value.retry_after == pytest.approx(23, abs=3)
        assert one.budget().resumes_at is not None
        await other.get("/api/a")
    assert sum(host.clock.slept) == pytest.approx(caught.value.retry_after)


async def test_a_rate_limit_in_the_vendors_own_words_counts_too(client, open_vendor, host):
    """NIBE Uplink says errorCode 28 with HTTP 400."""

    def explain(failure):
        body = failure.body
        limited = isinstance(body, dict) and body.get("errorCode") == 28
        return RateLimited("too fast") if limited else None

    limiter = TokenBucket(0.25, 30, host.clock)
    script(open_vendor, lambda: web.json_response({"errorCode": 28}, status=400))
    async with client(None, limiter=limiter, explain=explain) as api:
        with pytest.raises(RateLimited) as caught:
            await api.get("/api/a")
        assert caught.value.retry_after == pytest.approx(5, abs=1)
        assert api.budget().remaining == 0


async def test_the_vendors_window_is_learned_from_each_reply(client, open_vendor, host):
    headers = {"RateLimit-Limit": "25", "RateLimit-Remaining": "4", "RateLimit-Reset": "30"}
    script(open_vendor, lambda: web.json_response({}, headers=headers))
    async with client(None, limiter=HeaderWindow(25, 60.0, host.clock)) as api:
        await api.get("/api/a")
        assert (api.budget().requests, api.budget().remaining) == (1, 4)


@pytest.mark.parametrize(("status", "kind"), [(404, RequestRefused), (503, ServerFailure)])
async def test_refusals_become_errors_by_the_table(api, open_vendor, status, kind):
    script(open_vendor, lambda: web.Response(status=status, text="<html>"))
    async with api:
        with pytest.raises(kind):
            await api.get("/api/a")


async def test_cookies_are_not_kept(api, open_vendor):
    script(open_vendor, lambda: web.json_response({}, headers={"Set-Cookie": "a=b"}))
    async with api:
        await api.get("/api/a")
        await api.get("/api/a")
    assert "Cookie" not in open_vendor.api_requests[-1].headers


async def test_the_log_holds_method_path_and_status_only(api, open_vendor, capsys):
    async with api:
        await api.get("/api/a", [("access_token", "geheim"), ("street", "Storgatan 1")])
    shown = "".join(capsys.readouterr())
    assert "/api/a" in shown
    assert "200" in shown
    assert "geheim" not in shown
    assert "Storgatan" not in shown


async def test_entering_and_leaving_without_a_request_opens_nothing(api):
    async with api:
        assert api._wire._session is None


def test_everything_raised_is_in_one_tree():
    assert issubclass(RateLimited, SourceError)


@pytest.mark.parametrize(
    ("link", "path"),
    [("{url}/api/x?c=a%2Bb%3D", "/api/x"), ("/api/y?c=a%2Bb%3D", "/api/y")],
)
async def test_a_link_is_followed_letter_for_letter(api, open_vendor, link, path):
    async with api:
        answer = await api.follow(link.format(url=open_vendor.url))
    assert answer == {"path": path, "query": [["c", "a+b="]]}
    assert open_vendor.api_requests[0].rel_url.raw_query_string == "c=a%2Bb%3D"


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/x", "//other/x", "mailto:a@b", "http://["]
)
async def test_a_link_elsewhere_is_not_followed(api, open_vendor, link):
    async with api:
        with pytest.raises(BadResponse, match="another place"):
            await api.follow(link)
    assert open_vendor.api_requests == []


async def test_a_token_of_the_users_own_is_sent_as_it_is(client, open_vendor):
    personal = PersonalToken("home", "Fake Cloud", "t0ken")
    assert "t0ken" not in repr(personal)
    open_vendor._access["t0ken"] = (None, 0)
    async with client(personal) as api:
        await api.get("/api/a")
        assert await api.access_token() == "t0ken"
        await api.renew("t0ken")
    assert open_vendor.api_requests[0].headers["Authorization"] == "Bearer t0ken"
    assert open_vendor.token_requests == []


async def test_a_token_for_another_protocol_is_renewed_once(client, vendor, grants, registration):
    access, refresh = vendor.consent()
    until = datetime(2026, 2, 1, tzinfo=UTC)
    scope = frozenset({"READSYSTEM"})
    await grants.save("house", Grant(access, "authorization_code", scope, until, refresh))
    async with client() as api:
        assert await api.access_token() == access
        await api.renew(access)
        await api.renew(access)  # somebody was faster
        assert await api.access_token() != access
    assert vendor.refreshes == 1
