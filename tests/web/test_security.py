"""What a stranger, another site or a bored guest may try; each is tried and refused."""

import asyncio
import contextlib
import json

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from yarl import URL

from pumphouse.web.access.login import local_path
from pumphouse.web.access.sessions import LIFETIME
from pumphouse.web.access.throttle import TRIES_BY_ADDRESS, TRIES_IN_ALL, WINDOW_SECS
from pumphouse.web.access.tokens import Scope
from pumphouse.web.app import create_app

from .rig import LOCKED, MARKUP, PASSWORD, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ELSEWHERE = "https://evil.example"


@pytest_asyncio.fixture(loop_scope="module")
async def house(open_app):
    """A new browser at an app that lets everybody in."""
    async with open_app.stranger() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def locked(locked_app):
    """A new browser at an app with a password."""
    async with locked_app.stranger() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(tmp_path, clock):
    """An app with a password and with this test's clock, which nobody has tried to enter yet."""
    async with running(tmp_path, clock, LOCKED) as up:
        yield up


async def raw(address, request):
    """The answer to these very bytes."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(65536), 60)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer.decode()


# Who may see anything


@pytest.mark.parametrize(
    "path", ["/", "/points", "/sources", "/history", "/api/latest", "/metrics", "/api/stream"]
)
async def test_without_login_nothing_is_shown(locked, path):
    seen = await locked.get(path)
    assert seen.status in (303, 401)
    assert "outdoor" not in seen.text


@pytest.mark.parametrize("path", ["/login", "/healthz", "/readyz", "/oauth/callback"])
async def test_what_tells_nothing_about_the_house_needs_no_login(locked, path):
    assert (await locked.get(path)).status == 200


async def test_a_page_leads_to_the_login_and_back(locked):
    seen = await locked.get("/points?q=a b")
    assert seen.status == 303
    assert seen.headers["Location"] == "/login?next=/points%3Fq%3Da%2Bb"
    done = await locked.log_in(next="/points?q=a%20b")
    assert (done.status, done.headers["Location"]) == (303, "/points?q=a%20b")
    assert (await locked.get("/points")).status == 200


async def test_metrics_may_be_left_open(tmp_path, clock):
    async with running(tmp_path, clock, f"{LOCKED}\nopen_metrics = true") as house:
        assert (await house.get("/metrics")).status == 200
        assert (await house.get("/api/latest")).status == 401


# Sessions


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(locked):
    seen = await locked.log_in()
    cookie = seen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_a_login_gives_the_browser_a_new_name(locked):
    await locked.get("/login")
    before = locked.cookie()
    await locked.log_in()
    assert before != locked.cookie()


async def test_who_planted_the_name_before_the_login_gets_nothing(locked):
    """Session fixation."""
    planted = "A" * 43
    async with locked.stranger() as victim:
        victim.browser.cookie_jar.update_cookies({"pumphouse": planted}, URL(victim.address))
        assert (await victim.log_in()).status == 303
        assert victim.cookie() != planted
    seen = await locked.get("/api/latest", headers={"Cookie": f"pumphouse={planted}"})
    assert seen.status == 401


async def test_after_the_logout_the_old_name_is_worth_nothing(locked):
    await locked.log_in()
    name = locked.cookie()
    token = await locked.form_token("/")
    assert (await locked.post("/logout", data={"csrf_token": token})).status == 303
    assert (await locked.get("/", headers={"Cookie": f"pumphouse={name}"})).status == 303


async def test_a_session_ends_when_its_browser_stays_away(fresh, clock):
    await fresh.log_in()
    await clock.advance(LIFETIME.total_seconds() - 1)
    assert (await fresh.get("/points")).status == 200
    await clock.advance(LIFETIME.total_seconds())
    assert (await fresh.get("/points")).status == 303


async def test_behind_https_the_cookie_stays_on_https(tmp_path, clock):
    async with running(tmp_path, clock, f"{LOCKED}\ntrusted_proxies = ['127.0.0.1']") as house:
        seen = await house.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert seen.headers["Set-Cookie"].startswith("__Host-pumphouse=")
    assert "Secure" in seen.headers["Set-Cookie"]


# Guessing the password


async def test_a_wrong_password_lets_nobody_in(fresh):
    seen = await fresh.log_in("wrong horse")
    assert seen.status == 401
    assert (await fresh.get("/api/latest")).status == 401


async def test_guessing_is_slowed_down_even_for_the_right_password(fresh, clock):
    for _ in range(TRIES_BY_ADDRESS):
        assert (await fresh.log_in("guess")).status == 401
    seen = await fresh.log_in(PASSWORD)
    assert seen.status == 429
    assert 0 < int(seen.headers["Retry-After"]) <= WINDOW_SECS
    await clock.advance(WINDOW_SECS + 1)
    assert (await fresh.log_in(PASSWORD)).status == 303


async def test_guessing_from_many_addresses_is_slowed_down_too(tmp_path, clock):
    async with running(tmp_path, clock, LOCKED) as house:
        token = await house.form_token()
        statuses = [
            (
                await house.post(
                    "/login",
                    data={"csrf_token": token, "password": "guess"},
                    headers={"X-Forwarded-For": f"203.0.113.{number}"},
                )
            ).status
            for number in range(TRIES_IN_ALL + 1)
        ]
    assert statuses == [401] * TRIES_IN_ALL + [429]


async def test_many_guesses_at_once_gain_nothing(fresh):
    token = await fresh.form_token()
    data = {"csrf_token": token, "password": "guess"}
    seen = await asyncio.gather(*(fresh.post("/login", data=data) for _ in range(20)))
    assert sum(one.status == 401 for one in seen) == TRIES_BY_ADDRESS


async def test_a_strangers_forwarded_address_is_not_believed(tmp_path, clock):
    web = f"{LOCKED}\ntrusted_proxies = ['203.0.113.1']"
    async with running(tmp_path, clock, web) as house:
        token = await house.form_token()
        for number in range(TRIES_BY_ADDRESS + 1):
            seen = await house.post(
                "/login",
                data={"csrf_token": token, "password": "guess"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            )
    assert seen.status == 429


# Changes asked for by others (CSRF)

CHANGES = ("/login", "/logout", "/sources/house/connect", "/sources/house/disconnect")


@pytest.mark.parametrize("path", CHANGES)
async def test_a_change_without_the_token_of_a_form_is_refused(house, path):
    assert (await house.post(path, data={"password": PASSWORD})).status == 403


@pytest.mark.parametrize("path", CHANGES)
async def test_the_token_of_another_browser_is_refused(house, path):
    async with house.stranger() as other:
        token = await form_of(other)
    await house.get("/")
    assert (await house.post(path, data={"csrf_token": token})).status == 403


async def form_of(browser):
    """A form token of this browser, from a page that everybody can see."""
    return await browser.form_token("/oauth/callback")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": ELSEWHERE}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_what_another_site_sends_is_refused_even_with_a_token(house, headers):
    token = await form_of(house)
    data = {"csrf_token": token}
    assert (await house.post("/logout", data=data)).status == 303
    assert (await house.post("/logout", data=data, headers=headers)).status == 403


async def test_htmx_sends_the_token_in_a_header(house):
    token = await form_of(house)
    seen = await house.post("/logout", headers={"X-CSRF-Token": token})
    assert seen.status == 303


async def test_every_route_that_changes_something_is_guarded(house):
    safe = {"GET", "HEAD", "OPTIONS"}
    for route in create_app(house.context).routes:
        methods = getattr(route, "methods", None) or set()
        if methods - safe:
            assert isinstance(route, APIRoute), route
            names = {one.call.__name__ for one in route.dependant.dependencies if one.call}
            assert "from_a_form_of_ours" in names, route.path


async def test_a_form_token_never_looks_the_same_twice(house):
    """What repeats in a compressed page can be guessed from its length."""
    assert await form_of(house) != await form_of(house)


# API tokens


async def test_a_token_lets_a_script_in_and_a_wrong_one_does_not(fresh, clock):
    made = fresh.context.gate.tokens.add("grafana", Scope.READ, clock.now())
    for shown, status in ((made, 200), (made[:-1], 401), ("", 401), ("ü" * 9, 401)):
        seen = await fresh.get("/api/latest", headers={"Authorization": f"Bearer {shown}"})
        assert seen.status == status
    fresh.context.gate.tokens.remove("grafana")
    seen = await fresh.get("/api/latest", headers={"Authorization": f"Bearer {made}"})
    assert seen.status == 401


async def test_a_token_to_read_changes_nothing(fresh, clock):
    tokens = fresh.context.gate.tokens
    reads = tokens.add("reads", Scope.READ, clock.now())
    writes = tokens.add("writes", Scope.WRITE, clock.now())
    path = "/sources/nowhere/disconnect"
    for made, status in ((reads, 403), (writes, 404)):
        seen = await fresh.post(path, headers={"Authorization": f"Bearer {made}"})
        assert seen.status == status


async def test_tokens_are_kept_as_hashes_in_a_private_file(fresh, clock, tmp_path):
    made = fresh.context.gate.tokens.add("grafana", Scope.READ, clock.now())
    path = tmp_path / "tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert made not in path.read_text()
    assert json.loads(path.read_text())[0]["name"] == "grafana"


# Proxies


async def test_a_trusted_proxy_lets_its_users_in(tmp_path, clock):
    async with running(tmp_path, clock, "trusted_header = 'Remote-User'") as house:
        assert (await house.get("/", headers={"Remote-User": "ann"})).status == 200
        assert (await house.get("/")).status == 403


async def test_the_header_of_somebody_else_is_not_believed(tmp_path, clock):
    web = "trusted_header = 'Remote-User'\ntrusted_proxies = ['203.0.113.1']"
    async with running(tmp_path, clock, web) as house:
        assert (await house.get("/", headers={"Remote-User": "ann"})).status == 403


async def test_a_proxy_in_front_of_an_open_house_is_refused(house):
    seen = await house.get("/api/latest", headers={"X-Forwarded-For": "203.0.113.9"})
    assert seen.status == 403
    assert "password_hash" in seen.text


# Names of this machine (DNS rebinding)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "pump.local", "192.0.2.1", "a b", "", "["]
)
async def test_a_strange_host_is_not_answered(house, host):
    answer = await raw(house.address, f"GET /api/latest HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.split()[1] in ("400", "421")
    assert "outdoor" not in answer


@pytest.mark.parametrize("host", ["localhost:8400", "LOCALHOST", "127.0.0.1", "[::1]:8400"])
async def test_this_machines_own_names_are_answered(house, host):
    assert (await house.get("/api/latest", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("pump.example.org", 200),
        ("192.168.1.5:8400", 200),
        ("raspberrypi.local", 200),
        ("pumphouse:8400", 200),
        ("evil.example", 421),
        ("evil.example.org", 421),
    ],
)
async def test_behind_a_password_private_and_configured_names_are_good(
    tmp_path, clock, host, status
):
    async with running(tmp_path, clock, f"{LOCKED}\nhosts = ['pump.example.org']") as house:
        assert (await house.get("/healthz", headers={"Host": host})).status == status


# Where a login leads to (open redirect)


@pytest.mark.parametrize(
    "place",
    [
        ELSEWHERE,
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tevil",
        "/\n/evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "",
        " /points",
        "/login",
        "/ü",
    ],
)
async def test_a_login_never_leads_elsewhere(locked, place):
    assert local_path(place) == "/"
    assert (await locked.log_in(next=place)).headers["Location"] == "/"


@pytest.mark.parametrize("place", ["/", "/points?q=a&b=%20", "/history?last=7d#x"])
async def test_a_login_leads_back(place):
    assert local_path(place) == place


# Markup


@pytest.mark.parametrize("path", ["/", "/points", "/sources", "/history", "/points?q=<script>"])
async def test_stored_markup_is_text(house, path):
    seen = await house.get(path)
    assert seen.status == 200
    assert MARKUP not in seen.text


@pytest.mark.parametrize(
    "query",
    [
        {"code": MARKUP, "state": MARKUP},
        {"error": MARKUP, "error_description": f'"{MARKUP}'},
        {"state": MARKUP},
    ],
)
async def test_a_vendors_answer_is_text(house, query):
    seen = await house.get("/oauth/callback", params=query)
    assert seen.status == 200
    assert MARKUP not in seen.text


@pytest.mark.parametrize("path", [f"/{MARKUP}", f"/login?next={MARKUP}", "/history?points=<b>"])
async def test_what_is_asked_comes_back_as_text(locked, path):
    await locked.log_in()
    seen = await locked.get(path)
    assert MARKUP not in seen.text
    assert "<b>" not in seen.text


async def test_a_problem_of_the_api_is_no_page(house):
    seen = await house.get("/api/series", params={"point": "<b>"})
    assert seen.headers["Content-Type"] == "application/problem+json"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"


# Paths, bodies, headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fconfig%2fsettings.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/..\\app.py",
        "/static/vendor/%00",
    ],
)
async def test_no_path_leads_out_of_the_static_files(house, path):
    answer = await raw(
        house.address,
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
    )
    assert answer.split()[1] == "404"


async def test_an_oversized_body_is_refused(house):
    seen = await house.post("/login", data=b"x" * 100_000)
    assert seen.status == 413


async def test_an_oversized_body_of_unknown_length_is_refused(house):
    token = await form_of(house)

    async def pieces():
        for _ in range(100):
            yield b"x" * 1000

    headers = {"X-CSRF-Token": token, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await house.post("/login", data=pieces(), headers=headers)).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/login?next=/%0d%0aSet-Cookie:%20a=b",
        "/history?last=%0d%0aX-Evil:%201",
        "/points%0d%0aX-Evil:%201",
        "/api/series?point=a%0d%0aX-Evil:%201",
    ],
)
async def test_no_header_can_be_slipped_in(locked, path):
    await locked.log_in()
    seen = await locked.get(path)
    assert "X-Evil" not in seen.headers
    assert "a=b" not in seen.headers.get("Set-Cookie", "")


async def test_a_login_next_holds_no_line_break(locked):
    seen = await locked.log_in(next="/\r\nX-Evil: 1")
    assert "X-Evil" not in seen.headers


async def test_endless_headers_are_refused(house):
    answer = await raw(house.address, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 400_000)
    assert answer.split()[1] == "400"


# What every answer says


@pytest.mark.parametrize(
    "path", ["/", "/login", "/api/latest", "/nowhere", "/api/nowhere", "/metrics", "/healthz"]
)
async def test_every_answer_is_careful(house, path):
    headers = (await house.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Cache-Control" in headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/", "/points", "/sources", "/history", "/login", "/api/docs"])
async def test_no_page_holds_a_script_or_a_style_of_its_own(house, path):
    seen = await house.get(path, allow_redirects=True)
    assert seen.status == 200
    assert "<style" not in seen.text
    assert " style=" not in seen.text
    assert "onclick=" not in seen.text
    for part in seen.text.split("<script")[1:]:
        assert part.split(">")[0].strip().startswith("src=") or 'type="application/json"' in part


async def test_a_bug_says_nothing_about_itself(house, monkeypatch):
    def fails(*_):
        raise RuntimeError("secret in a bug")

    monkeypatch.setattr(type(house.context.installation.store), "devices", fails)
    for path in ("/api/devices", "/sources", "/"):
        seen = await house.get(path)
        assert "secret" not in seen.text
        if path == "/api/devices":
            assert seen.status == 500
            assert seen.headers["Content-Security-Policy"]


async def test_no_secret_is_on_any_page(tmp_path, clock):
    async with running(tmp_path, clock, LOCKED) as house:
        await house.log_in()
        cookie = house.cookie()
        assert cookie
        for path in ("/", "/sources", "/api/status", "/metrics", "/api/openapi.json"):
            text = (await house.get(path)).text
            for secret in ("secret-of-the-client", "id-of-the-client", "$argon2", cookie):
                assert secret not in text
