"""Commands as a user types them: exit codes, sentences, one JSON document and nothing else."""

import json
import signal
import stat
import subprocess
import time
from urllib.request import urlopen

import pytest

#: how often something is measured, where something else kept the machine busy
TRIES = 3
CLOUDS = {
    "client_id": "0" * 32,
    "client_secret": "not+a/secret=",
    "nibe_uplink": "http://127.0.0.1:9/nibeuplink",
    "myuplink": "http://127.0.0.1:9/myuplink",
}


@pytest.fixture
def house(pumphouse, simulate):
    """A simulated house, configured and logged in."""
    clouds = simulate()
    pumphouse.write_config(clouds, ground="nibe_uplink", air="myuplink")
    pumphouse.log_in("ground")
    pumphouse.log_in("air")
    return clouds


def test_the_whole_way_of_a_first_day(pumphouse, house):
    assert "2 sources" in pumphouse("check").err
    polled = pumphouse("poll", "--json").json()
    assert {name: one["error"] for name, one in polled.items()} == {"ground": None, "air": None}
    devices = pumphouse("devices", "--json").json()
    assert {device["source"] for device in devices} == {"ground", "air"}
    latest = pumphouse("latest", "--json").json()
    keys = {"source", "device", "point", "metric", "name", "value", "text", "unit", "time"}
    assert all(row.keys() == keys for row in latest)
    points = pumphouse("points", "--json").json()
    assert {"min", "max", "step", "options", "writable"} <= points[0].keys()

    ground = next(device["device"] for device in devices if device["source"] == "ground")
    series = pumphouse("series", "outdoor_temperature", "--device", ground, "--json").json()
    assert len(series["readings"]) == 1
    status = pumphouse("status", "--json").json()
    assert status["sources"]["ground"]["state"] == "ok"
    assert status["store"]["readings"] == len(latest)
    assert "login saved" in pumphouse("doctor").out

    for command in (["latest"], ["points"], ["devices"], ["status"], ["series", "priority"]):
        arguments = [*command, "--device", ground] if command[0] == "series" else command
        assert pumphouse(*arguments).out.strip()


def test_polling_again_stores_only_what_changed(pumphouse, house):
    first = pumphouse("poll", "--json").json()
    second = pumphouse("poll", "--json").json()
    assert first["air"]["stored"] == first["air"]["readings"]
    assert second["air"]["stored"] < second["air"]["readings"]


def test_an_export_holds_every_reading(pumphouse, house):
    pumphouse("poll")
    latest = pumphouse("latest", "--json").json()
    lines = pumphouse("export", "--format", "jsonl").out.splitlines()
    assert sorted(map(json.loads, lines), key=str) == sorted(latest, key=str)
    out = pumphouse.home / "all.csv"
    pumphouse("export", "--format", "csv", "--out", str(out))
    header, *rows = out.read_text().splitlines()
    assert header == "source,device,point,metric,name,value,text,unit,time"
    assert len(rows) == len(latest)


def test_a_recording_names_nobody_and_is_served_again(pumphouse, house):
    pumphouse("poll")
    devices = pumphouse("devices", "--json").json()
    out = pumphouse.home / "dump.json"
    pumphouse("record", "ground", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert all(device["serial"] not in out.read_text() for device in devices)


def test_the_daemon_polls_and_stops_within_two_seconds(pumphouse, house):
    took = [stopping_takes(pumphouse)]
    while took[-1] >= 2 and len(took) < TRIES:
        took.append(stopping_takes(pumphouse))
    assert min(took) < 2
    assert pumphouse("latest", "--json").json()


def stopping_takes(pumphouse):
    """Seconds from a signal to the end of a daemon that has polled."""
    with pumphouse.running("run") as process:
        assert process.stderr is not None
        assert any("source answers" in line for line in process.stderr)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        return time.monotonic() - began


def test_the_daemon_lives_on_when_every_source_is_down(pumphouse):
    pumphouse.write_config(CLOUDS, ground="nibe_uplink")
    with pumphouse.running("run") as process:
        assert process.stderr is not None
        seen = ""
        while "source fails" not in seen:
            seen += process.stderr.readline()
        assert process.poll() is None
    status = pumphouse("status", "--json").json()
    assert status["sources"]["ground"]["state"] == "login required"
    assert "pumphouse login ground" in status["sources"]["ground"]["last_error"]


def test_exit_codes(pumphouse, simulate):
    assert pumphouse("check", expect=None).code == 3
    pumphouse.write_config(CLOUDS, ground="nibe_uplink")
    assert pumphouse("no-such-command", expect=None).code == 2
    assert pumphouse("series", expect=None).code == 2
    assert pumphouse("poll", "nobody", expect=None).code == 2
    assert pumphouse("series", "no_such_point", expect=None).code == 2
    assert pumphouse("series", "x", "--from", "someday", expect=None).code == 2
    assert pumphouse("poll", expect=None).code == 4
    assert pumphouse("latest", "--json").json() == []
    broken = pumphouse.home / "data" / "p.db"
    broken.write_bytes(b"this is no database at all" * 100)
    for side in ("-wal", "-shm"):
        broken.with_name(broken.name + side).unlink(missing_ok=True)
    assert pumphouse("latest", expect=None).code == 5


def test_a_source_that_cannot_be_reached_ends_with_6(pumphouse, house):
    text = pumphouse.config.read_text().replace(house["nibe_uplink"], CLOUDS["nibe_uplink"])
    pumphouse.config.write_text(text)
    done = pumphouse("poll", "ground", "--patience", "2s", expect=6)
    assert "127.0.0.1" in done.err


def test_every_problem_of_a_configuration_is_printed(pumphouse):
    pumphouse.config.write_text('[site]\ntimezone = "Nowhere"\n[web]\nprt = 1\n')
    done = pumphouse("check", expect=3)
    assert "site.timezone" in done.out
    assert "web.prt: no such setting; did you mean port?" in done.out
    assert len(pumphouse("check", "--json", expect=3).json()["problems"]) == 2


def test_the_file_of_init_is_private_and_fine_and_never_overwritten(pumphouse):
    pumphouse("init")
    assert stat.S_IMODE(pumphouse.config.stat().st_mode) == 0o600
    pumphouse("check")
    before = pumphouse.config.read_text()
    assert "left as it is" in pumphouse("init", expect=2).err
    assert pumphouse.config.read_text() == before


def test_a_misspelt_source_is_answered_with_the_nearest(pumphouse):
    pumphouse.write_config(CLOUDS, ground="nibe_uplink")
    assert "did you mean ground?" in pumphouse("login", "gruond", expect=2).err


def test_logout_forgets_the_grant(pumphouse, house):
    pumphouse("logout", "ground")
    assert pumphouse("poll", "ground", expect=4).err.count("pumphouse login ground") == 1


def test_an_answer_with_another_state_is_refused(pumphouse, house):
    done = pumphouse(
        "login",
        "ground",
        "--paste",
        given="http://localhost:8400/oauth/callback?code=abc&state=forged\n",
        expect=4,
    )
    assert "another login" in done.err
    assert "forged" not in done.err


def test_the_implicit_grant_warns_that_it_cannot_be_renewed(pumphouse, house):
    with pumphouse.running("login", "ground", "--paste", "--grant", "implicit") as process:
        address = process.stdout.readline().strip()
        _, err = process.communicate(pumphouse.redirected(address) + "\n", timeout=120)
    assert process.returncode == 0
    assert "cannot be renewed" in err


def test_a_reader_that_has_seen_enough_is_no_error(pumphouse, house):
    pumphouse("poll")
    command = " ".join(pumphouse.command("export", "--format", "jsonl"))
    shell = ["bash", "-o", "pipefail", "-c", f"{command} | head -n 1"]
    done = subprocess.run(
        shell, capture_output=True, text=True, check=False, env=pumphouse.environment
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_help_and_version_need_no_configuration(pumphouse):
    assert "demo" in pumphouse("--help").out
    assert pumphouse("--version").out.strip() == "0.1.0"


def test_a_login_to_the_closed_service_says_so_first(pumphouse):
    pumphouse.write_config(CLOUDS, ground="nibe_uplink")
    lines = pumphouse.config.read_text().splitlines()
    pumphouse.config.write_text("\n".join(line for line in lines if "base_url" not in line))
    done = pumphouse("login", "ground", "--paste", given="\n", expect=2)
    assert "closed by NIBE in autumn 2024" in done.err
    assert 'type = "myuplink"' in done.err


def test_the_daemon_serves_its_figures_and_lives_on_where_the_port_is_taken(pumphouse, house):
    with pumphouse.running("run") as first:
        line = ""
        while "metrics=" not in line:
            line = first.stderr.readline()
        address = line.split("metrics=")[1].split("/metrics")[0]
        seen = ""
        while "heatpump_outdoor_temperature_celsius" not in seen:  # as soon as a poll is told
            seen = urlopen(f"{address}/metrics").read().decode()
        assert urlopen(f"{address}/healthz").status == 200
        assert urlopen(f"{address}/readyz").status == 200
        assert "another `pumphouse run` serves the store" in pumphouse("run", expect=5).err
        pumphouse.environment["PUMPHOUSE_STORE__PATH"] = str(pumphouse.home / "second.db")
        pumphouse.environment["PUMPHOUSE_WEB__PORT"] = address.rsplit(":", 1)[1]
        with pumphouse.running("run") as second:
            line = ""
            while "no pages" not in line:
                line = second.stderr.readline()
            assert second.poll() is None
