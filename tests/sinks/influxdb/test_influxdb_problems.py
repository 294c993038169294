import pytest

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    PermanentError,
    RateLimited,
    RequestRefused,
    ServerFailure,
    TransientError,
)

from .conftest import POINTS, answer, reading

DAY = [reading(number, minute) for minute in range(3) for number in range(6)]


@pytest.mark.parametrize(
    ("version", "reply", "kind", "said"),
    [
        (
            1,
            answer(404, {"error": 'database not found: "pumphouse"'}),
            RequestRefused,
            'CREATE DATABASE "pumphouse"',
        ),
        (
            2,
            answer(404, {"code": "not found", "message": 'bucket "pumphouse" not found'}),
            RequestRefused,
            "influx bucket create --org 'home' --name 'pumphouse'",
        ),
        (
            2,
            answer(404, {"code": "not found", "message": 'organization name "home" not found'}),
            RequestRefused,
            "organization name",
        ),
        (
            3,
            answer(404, {"error": "the database not found"}),
            RequestRefused,
            "influxdb3 create database 'pumphouse'",
        ),
        (
            1,
            answer(500, {"error": "retention policy not found: zz"}),
            RequestRefused,
            "retention policy not found: zz",
        ),
        (1, answer(404, "404 page not found"), RequestRefused, "`url` or `version`"),
        (1, answer(405), RequestRefused, "`url` or `version`"),
        (1, answer(401, {"error": "authorization failed"}), CredentialsRefused, "authorization"),
        (2, answer(401, {"message": "unauthorized access"}), CredentialsRefused, "[sinks.history]"),
        (1, answer(403, {"error": '"w" user is not authorized'}), AccessDenied, "not authorized"),
        (1, answer(400, {"error": "invalid consistency level"}), RequestRefused, "consistency"),
        (1, answer(400, "what?"), RequestRefused, "[sinks.history]"),
        (1, answer(400, {"error": "unable to parse '\x1f': missing"}), RequestRefused, "unable"),
        (1, answer(301, Location="https://x/"), RequestRefused, "is elsewhere (HTTP 301)"),
        (1, answer(413), RequestRefused, "smallest request"),
    ],
)
async def test_what_only_a_person_can_mend_is_permanent(influx, opened, version, reply, kind, said):
    influx.version = version
    influx.scripted = [reply]
    async with opened() as sink:
        with pytest.raises(PermanentError) as caught:
            await sink.deliver(DAY[:1] if reply.status == 413 else DAY, POINTS)
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "history" in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "kind", "wait", "said"),
    [
        (answer(429, Retry_After="12"), RateLimited, 12, "slow down"),
        (answer(503, Retry_After="3"), ServerFailure, 3, "HTTP 503"),
        (answer(503), ServerFailure, None, "HTTP 503"),
        (answer(500, {"error": "timeout"}), ServerFailure, None, "(timeout)"),
        (answer(502, "<html>"), ServerFailure, None, "HTTP 502"),
        (answer(408), ServerFailure, None, "in time"),
        (answer(500, {"error": "partial write: later dropped=1"}), ServerFailure, None, "later"),
        (answer(200, "<html>Please log in</html>"), BadResponse, None, "is no database"),
        (answer(200, {"results": []}), BadResponse, None, "is no database"),
    ],
)
async def test_what_passes_by_itself_is_transient(influx, opened, reply, kind, wait, said):
    influx.scripted = [reply]
    async with opened() as sink:
        with pytest.raises(TransientError) as caught:
            await sink.deliver(DAY, POINTS)
    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    assert said in str(caught.value)
    assert len(influx.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_every_success_without_a_text_is_a_confirmation(influx, opened, status):
    influx.scripted = [answer(status)]
    async with opened() as sink:
        assert not await sink.deliver(DAY, POINTS)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "invalid", "line": 2, "message": "failed to parse line protocol: line 2: cast"},
        {"code": "invalid", "line": 2, "message": "what a strange number"},
        {
            "error": "parsing failed for write_lp endpoint",
            "data": {"original_line": "…", "line_number": 2, "error_message": "cast"},
        },
    ],
)
@pytest.mark.parametrize("status", [200, 201, 400, 422])
async def test_a_line_that_is_named_is_set_aside_and_the_rest_is_written(
    influx, opened, body, status
):
    """A server that refuses all for the sake of one line, as QuestDB does."""
    long = [reading(4, minute) for minute in range(5)]
    influx.scripted = [answer(status, body), answer(status, body | {"line": 1})]
    async with opened() as sink:
        (rejection,) = await sink.deliver(long, POINTS)
    assert rejection.time == long[1].time
    assert len(influx.kept) == 4


async def test_one_line_that_cannot_be_read_is_set_aside_alone(influx, opened):
    """The first answer is InfluxDB 1's where other lines of the request could be read."""
    words = "unable to parse 'heatpump_point': odd"
    influx.scripted = [
        answer(400, {"error": f"partial write: {words} dropped=0"}),
        answer(400, {"error": words}),
    ]
    async with opened() as sink:
        (rejection,) = await sink.deliver([reading(4, 0), reading(4, 1)], POINTS)
    assert rejection.reason == words
    assert len(influx.kept) == 1


async def test_the_server_s_words_are_made_printable(influx, opened):
    influx.scripted = [answer(400, {"error": "unable to parse 'a\x1b[31m\n" + "x" * 900})]
    async with opened() as sink:
        (rejection,) = await sink.deliver(DAY[:1], POINTS)
    assert rejection.reason.isprintable()
    assert len(rejection.reason) <= 200
