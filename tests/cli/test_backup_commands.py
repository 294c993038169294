"""`pumphouse backup`, `restore`, `check --deep` and `retention` as a user types them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=200)
LINES = 24 * 150


@pytest.fixture
def house(pumphouse):
    """A store of some months, imported."""
    home = pumphouse.home
    pumphouse.config.write_text(
        f'[store]\npath = "{home}/pump.db"\n[retention]\n"t" = "90d"\n', encoding="utf-8"
    )
    lines = (
        json.dumps({"source": "s", "device": "d", "point": "t", "value": n % 90 / 2, "time": time})
        for n in range(LINES)
        for time in [(START + n * timedelta(hours=1)).isoformat()]
    )
    (home / "old.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert pumphouse("import", f"{home}/old.jsonl", "--json").json()["stored"] == LINES
    return pumphouse


def test_a_backup_is_made_listed_checked_and_restored(house):
    kept, new = str(house.home / "kept"), str(house.home / "new")
    first = house("backup", kept, "--json").json()
    assert (first["files"], first["damage"]) == (2, [])
    again = house("backup", kept, "--keep", "1")
    assert "of which 0.0 MB were new" in again.err
    (listed,) = house("backup", kept, "--list", "--json").json()
    assert listed["files"] == 2
    assert "is whole" in house("backup", kept, "--check").err
    done = house("restore", kept, "--to", new)
    assert f'path = "{new}/pump.db"' in done.err
    assert f"{LINES} readings" in done.err
    assert "new folder" in house("restore", kept, "--to", new, expect=2).err
    house.config.write_text(f'[store]\npath = "{new}/pump.db"\n', encoding="utf-8")
    (latest,) = house("latest", "--json").json()
    assert latest["value"] == (LINES - 1) % 90 / 2
    assert "is whole" in house("check", "--deep").err


def test_logins_are_backed_up_under_a_passphrase_only(house):
    secret, kept = house.home / "passphrase", str(house.home / "kept")
    secret.write_text("nine horses\n", encoding="utf-8")
    grants = house.home / "grants"
    grants.mkdir()
    (grants / "house.json").write_text("{}", encoding="utf-8")
    assert "secrets" in house("backup", kept, "--with-grants", expect=2).err
    house("backup", kept, "--with-grants", "--passphrase-file", str(secret))
    assert "encrypted" in house("restore", kept, "--to", f"{house.home}/new", expect=2).err
    house("restore", kept, "--to", f"{house.home}/new", "--passphrase-file", str(secret))
    assert (house.home / "new" / "grants" / "house.json").exists()


def test_damage_is_said_before_anything_of_it_is_shown(house):
    store = house.home / "pump.db"
    whole = store.read_bytes()
    for command in (
        ["latest"],
        ["export", "--format", "csv"],
        ["status"],
        ["archive", "--older-than", "1"],
    ):
        store.write_bytes(whole[:90_000] + bytes([whole[90_000] ^ 1]) + whole[90_001:])
        said = house(*command, expect=5).err
        assert f"page {90_000 // 4096 + 1} " in said
        assert "check --deep" in said
    store.write_bytes(whole)
    assert "page" not in house("latest").err


@pytest.mark.parametrize("months", ["0", "99999"])
def test_months_that_cannot_be_are_a_sentence(house, months):
    assert "Must be" in house("archive", "--older-than", months, expect=2).err


def test_a_damaged_store_ends_with_5_and_names_the_page(house):
    store = house.home / "pump.db"
    content = bytearray(store.read_bytes())
    content[4096 * 20 + 77] ^= 8
    store.write_bytes(content)
    done = house("check", "--deep", expect=5)
    assert "page 21 " in done.out
    (first, *_) = house("check", "--deep", "--json", expect=5).json()["problems"]
    assert "page 21 " in first
    kept = str(house.home / "kept")
    assert "nothing was backed up" in house("backup", kept, expect=5).err
    assert "page 21 " in house("backup", kept, "--damaged", expect=5).err
    assert "--deep" in house("check", "--repair", expect=2).err


def test_old_readings_are_shown_and_then_deleted(house):
    preview = house("retention", "--preview", "--json").json()
    assert [(one["point"], one["deleted"]) for one in preview] == [("t", False)]
    assert 24 * 108 < preview[0]["readings"] < 24 * 112
    assert "--apply deletes them" in house("retention").err
    with house.config.open("a", encoding="utf-8") as configuration:
        configuration.write('"temperatur*" = "forever"\n')
    told = house("retention").err
    assert '"temperatur*" is the name of no point' in told
    assert '"t" is' not in told
    assert house("status", "--json").json()["store"]["readings"] == LINES
    applied = house("retention", "--apply", "--json").json()
    assert applied[0]["readings"] == preview[0]["readings"]
    left = house("status", "--json").json()["store"]["readings"]
    assert left == LINES - applied[0]["readings"]
    assert house("retention", "--json").json() == []
    assert "is whole" in house("check", "--deep").err
