"""Changing settings on the command line: exit codes, sentences, the log, and the way back."""

import pytest

DEVICE = "80105"


@pytest.fixture
def house(pumphouse, simulate):
    """A simulated house that may be changed, logged in and read once."""
    clouds = simulate()
    pumphouse.write_config(clouds, ground="nibe_uplink")
    pumphouse.config.write_text(pumphouse.config.read_text() + "write = true\n")
    pumphouse.log_in("ground")
    pumphouse("poll")
    return clouds


def sent(pumphouse, house):
    asked = pumphouse.ask(house["url"], "GET", "/_simulator/requests")
    return [
        one
        for one in asked
        if one["method"] in ("PUT", "PATCH", "POST") and "/oauth/" not in one["path"]
    ]


def test_settings_are_changed_seen_in_the_log_and_undone(pumphouse, house):
    done = pumphouse("set", DEVICE, "heating_offset", "-3", "--json").json()
    assert done == {
        "device": DEVICE,
        "point": "47011",
        "requested": -3.0,
        "before": 0.0,
        "after": -3.0,
        "outcome": "confirmed",
        "detail": "NIBE Uplink says DONE. The device shows -3.",
    }
    (logged,) = pumphouse("writes", "--json").json()
    assert (logged["id"], logged["by"], logged["outcome"]) == (1, "command line", "confirmed")
    assert "confirmed: NIBE Uplink says DONE. The device shows 0." in pumphouse("undo", "1").err
    boosted = pumphouse("boost", DEVICE, "hot_water_boost", "--for", "5h")
    assert "override 1 goes back to Off" in boosted.err
    (running,) = pumphouse("overrides", "--json").json()
    assert (running["point"], running["restore_to"]) == ("48132", 0.0)
    assert "The device shows Off." in pumphouse("overrides", "--end", "1").err
    switched = pumphouse("set", DEVICE, "ventilation_boost", "1", "--json").json()
    assert (switched["point"], switched["after"]) == ("47260", 4.0)
    assert len(sent(pumphouse, house)) == 5


@pytest.mark.parametrize(
    "command", [("undo", "0"), ("undo", "9" * 30), ("writes", "--limit", "-5")]
)
def test_a_number_that_cannot_be_is_a_sentence(pumphouse, command):
    assert "Must be" in pumphouse(*command, expect=2).err


def test_what_is_not_carried_out_ends_with_its_exit_code_and_is_not_sent(pumphouse, house):
    dry = pumphouse("set", DEVICE, "47398", "22.5", "--dry-run", "--json").json()
    assert (dry["outcome"], dry["after"]) == ("dry run", 21.0)
    refused = pumphouse("set", DEVICE, "47398", "50", "--json", expect=1).json()
    assert refused["outcome"] == "refused"
    assert 'has no point "99999"' in pumphouse("set", DEVICE, "99999", "1", expect=2).err
    pumphouse.config.write_text(pumphouse.config.read_text().replace("write = true", ""))
    off = pumphouse("override", DEVICE, "heating_offset", "1", "--for", "1h", expect=1)
    assert "Write write = true in [sources.ground]" in off.err
    assert sent(pumphouse, house) == []
