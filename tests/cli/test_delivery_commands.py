"""Sinks as a user has them: configured, served by `run`, shown by `status` and `doctor`."""

import json
import signal
import time

import pytest

SINK = """
[sinks.log]
type = "file"
folder = "{folder}"
backfill = true
"""


@pytest.fixture
def house(pumphouse, simulate):
    """A simulated house with one source, logged in, and files to deliver to."""
    clouds = simulate()
    pumphouse.write_config(clouds, ground="nibe_uplink")
    pumphouse.log_in("ground")
    with pumphouse.config.open("a") as config:
        config.write(SINK.format(folder=pumphouse.home / "lines"))
    return pumphouse


def written(house):
    return "".join(path.read_text() for path in (house.home / "lines").glob("*.jsonl"))


def delivered(house):
    return [json.loads(line) for line in written(house).splitlines()]


def lag(house):
    return house("status", "--json").json()["sinks"]["log"]["lag"]


def test_run_delivers_everything_that_was_ever_stored(house):
    assert "1 source, 1 sink" in house("check").err
    house("poll")
    sink = house("status", "--json").json()["sinks"]["log"]
    assert (sink["state"], sink["lag"], sink["cursor"]) == ("new", 0, None)
    assert delivered(house) == []  # `poll` delivers nothing

    with house.running("run") as process:
        deadline = time.monotonic() + 600
        # the results of the day are stored last, delivered like the rest, and then noted
        while "daily_coverage" not in written(house) or lag(house) > 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0

    exported = [json.loads(line) for line in house("export", "--format", "jsonl").out.splitlines()]
    assert sorted(delivered(house), key=str) == sorted(exported, key=str)
    sink = house("status", "--json").json()["sinks"]["log"]
    assert sink.pop("last_success") is not None
    assert sink.pop("cursor") >= 1
    assert sink == {
        "state": "ok",
        "lag": 0,
        "delivered": len(exported),
        "dropped": 0,
        "rejected": 0,
        "last_error": None,
        "resumes_at": None,
    }
    assert "log" in house("status").out
    assert "0 readings behind" in " ".join(house("doctor").out.split())


def test_a_sink_that_cannot_be_served_is_seen_and_stops_no_poll(house):
    (house.home / "lines").write_text("in the way")
    with house.running("run") as process:
        assert process.stderr is not None
        seen = ""
        while "sink fails" not in seen or "source answers" not in seen:
            seen += process.stderr.readline()
    status = house("status", "--json").json()
    assert status["sources"]["ground"]["state"] == "ok"
    assert status["sinks"]["log"]["state"] in {"stopped", "retrying"}
    assert "cannot be written" in status["sinks"]["log"]["last_error"]
    assert status["sinks"]["log"]["lag"] > 0
    assert "nothing delivered yet" in " ".join(house("doctor").out.split())


def test_a_wrong_sink_is_found_by_check(pumphouse):
    pumphouse.config.write_text('[sinks.log]\ntype = "fiel"\n[sinks.lines]\ntype = "file"\n')
    found = pumphouse("check", "--json", expect=3).json()["problems"]
    assert any(one.startswith("sinks.log: `type` is unknown") for one in found)
    assert any(one.startswith("sinks.lines.folder: missing") for one in found)
