"""`pumphouse import` as a user types it."""

import json
import os
import random
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from .conftest import RECORDINGS

CSV = sorted((RECORDINGS / "myuplink_csv").glob("*.csv"))
LINES = 194 + 1090
START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def configured(pumphouse):
    pumphouse.config.write_text(f'[store]\npath = "{pumphouse.home}/p.db"\n', encoding="utf-8")
    return pumphouse


def test_two_downloads_become_two_series(configured):
    first = configured("import", *map(str, CSV), "--json").json()
    assert first == {"read": LINES, "stored": LINES, "already": 0, "rejected": 0}
    again = configured("import", *map(str, CSV), "--json").json()
    assert again == {"read": LINES, "stored": 0, "already": LINES, "rejected": 0}
    latest = {one["point"]: one for one in configured("latest", "--json").json()}
    assert latest["40012"]["value"] == 23.5
    assert latest["40012"]["device"] == "imported"
    assert latest["43420"]["value"] == 11887 * 3600


def test_a_dry_run_shows_what_would_go_where(configured):
    said = configured("import", str(CSV[1]), "--dry-run")
    assert "return_temperature" in said.out
    assert "nothing stored" in said.everything
    told = configured("import", str(CSV[1]), "--dry-run", "--json").json()
    assert told["stored"] == 0
    assert told["series"][0]["metric"] == "return_temperature"
    assert configured("points", "--json").json() == []


def test_a_mapping_is_written_edited_and_used(configured):
    lines, mapping = configured.home / "lines.txt", configured.home / "map.toml"
    lines.write_text("tank,place=top t=48.5 1768478400\n", encoding="utf-8")
    configured("import", str(lines), "--write-mapping", str(mapping))
    text = mapping.read_text(encoding="utf-8")
    assert 'measurement = "tank"' in text
    edited = text.replace('point = "tank,place=top t"', 'point = "top"\nunit = "°F"')
    assert edited != text
    mapping.write_text(edited, encoding="utf-8")
    configured("import", str(lines), "--mapping", str(mapping))
    (reading,) = configured("latest", "--json").json()
    assert (reading["point"], reading["unit"]) == ("top", "°C")
    assert reading["value"] == pytest.approx(9.1667, abs=1e-3)
    mapping.write_text("[[rule]]\nfeld = 1\n", encoding="utf-8")
    wrong = configured("import", str(lines), "--mapping", str(mapping), expect=2)
    assert "rule 1, feld" in wrong.err


def test_bad_rows_are_set_aside_in_a_file(configured):
    path = configured.home / "bad.csv"
    path.write_text("timestamp;[a][°C][40004];\nsoon;1;\n2025-01-01T00:00:00Z;2;\n", "utf-8")
    said = configured("import", str(path))
    assert "1 set aside" in said.everything
    (aside,) = (configured.home / "imports").iterdir()
    assert aside.read_text("utf-8") == f'{path}:2: "soon" is no time: soon;1;\n'


def test_every_bad_row_of_all_files_is_in_one_file_if_it_is_named(configured):
    aside = configured.home / "aside.txt"
    paths = [configured.home / name for name in ("a.csv", "b.csv")]
    for path in paths:
        rows = "".join(f"soon {n};1;\n" for n in range(1500))
        path.write_text(f"timestamp;[a][°C][40004];\n{rows}", "utf-8")
    expected = [
        f'{path}:{n + 2}: "soon {n}" is no time: soon {n};1;' for path in paths for n in range(1500)
    ]
    for _ in range(2):
        configured("import", *map(str, paths), "--rejected", str(aside))
        assert aside.read_text("utf-8").splitlines() == expected


def test_rows_that_were_set_aside_before_a_kill_stay_in_the_file(configured):
    path = configured.home / "long.csv"
    rows = (f"{'soon' if n % 100 else f'{START:%Y-%m-%dT%H:%M:%SZ}'};{n};\n" for n in range(50_000))
    path.write_text(f"timestamp;[a][°C][40004];\n{''.join(rows)}", "utf-8")
    running = subprocess.Popen(
        configured.command("import", str(path), "--json"),
        env=configured.environment,
        stdout=subprocess.DEVNULL,
    )
    aside = configured.home / "imports"

    def has_begun():
        return aside.exists() and any(aside.iterdir())

    while not has_begun():
        assert running.poll() is None or has_begun()
        os.sched_yield()
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = configured("import", str(path), "--json").json()
    (written,) = aside.iterdir()
    lines = written.read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) == done["rejected"]
    assert done["rejected"] == 50_000 - 500


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"hello\n", "in no format that is known"),
        (b"\x1f\x8b\x08\x00", "is compressed; unpack it first"),
        ("timestamp;".encode("utf-16"), "is UTF-16 text; store it as UTF-8 first"),
        (None, "cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_sentence(configured, content, sentence):
    path = configured.home / "x.csv"
    if content is not None:
        path.write_bytes(content)
    assert sentence in configured("import", str(path), expect=2).err
    assert sentence in configured("import", str(path), "--json", expect=2).err


def test_an_import_that_was_killed_is_finished_by_the_next_one(configured):
    count = 30_000
    path = configured.home / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("timestamp;[a][°C][40004];\n")
        for n in range(count):
            file.write(f"{START + timedelta(minutes=5 * n):%Y-%m-%dT%H:%M:%SZ};{n % 70};\n")
    chance = random.Random(5)
    for _ in range(3):
        running = subprocess.Popen(
            configured.command("import", str(path), "--json"),
            env=configured.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            running.wait(chance.uniform(0.8, 2.0))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
    done = configured("import", str(path), "--json").json()
    assert done["read"] == count
    exported = configured("export", "--format", "jsonl").out.splitlines()
    values = [json.loads(line)["value"] for line in exported]
    assert values == [n % 70 for n in range(count)]
