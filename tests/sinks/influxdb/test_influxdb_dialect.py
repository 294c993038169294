import base64

import pytest

from .conftest import POINTS, reading

LOGIN = base64.b64encode("writer:pässword:1".encode()).decode()
TOKEN = {"token": "t0ken=="}
USER = {"user": "writer", "password": "pässword:1"}


@pytest.mark.parametrize(
    ("version", "settings", "path", "query", "login"),
    [
        (1, {}, "/write", {"db": "pumphouse", "precision": "s"}, None),
        (
            1,
            {"retention_policy": "ten years", "database": "heat & co"} | USER,
            "/write",
            {"db": "heat & co", "rp": "ten years", "precision": "s"},
            f"Basic {LOGIN}",
        ),
        (1, TOKEN, "/write", {"db": "pumphouse", "precision": "s"}, "Bearer t0ken=="),
        (
            2,
            TOKEN,
            "/api/v2/write",
            {"org": "home", "bucket": "pumphouse", "precision": "s"},
            "Token t0ken==",
        ),
        (
            3,
            TOKEN,
            "/api/v3/write_lp",
            {
                "db": "pumphouse",
                "accept_partial": "true",
                "no_sync": "false",
                "precision": "second",
            },
            "Bearer t0ken==",
        ),
    ],
)
async def test_each_version_is_asked_in_its_own_way(
    influx, opened, version, settings, path, query, login
):
    influx.version = version
    async with opened(**settings) as sink:
        await sink.deliver([reading(0, 0)], POINTS)
    (request,) = influx.requests
    assert (request.method, request.path, dict(request.query)) == ("POST", path, query)
    assert request.headers.get("Authorization") == login
    assert request.headers["User-Agent"] == "Pumphouse/1 (tests)"


async def test_a_path_in_front_of_the_server_is_kept(influx, opened):
    async with opened(url=f"{influx.url}/insert/0/influx/") as sink:
        await sink.deliver([reading(0, 0)], POINTS)
    assert influx.requests[0].path == "/insert/0/influx/write"


def test_no_secret_is_shown(opened):
    sink = opened(**USER)
    shown = repr((sink._settings, sink._dialect, sink._push))
    assert "pässword" not in shown
    assert LOGIN not in shown
