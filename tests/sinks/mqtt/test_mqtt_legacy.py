from dataclasses import replace
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.sinks.mqtt.legacy import LegacyTopics

from .recorded import RECORDINGS, news_of, recording


def told(seen, name, systems=None):
    legacy = LegacyTopics(load_catalogue(), systems or {})
    return [m for device in seen(news_of(name)) for m in legacy.messages(device)]


def test_value_and_unit_are_published_as_the_vendor_sends_them(seen):
    messages = told(seen, "nibe_uplink/F1145-10-PC.json")
    payloads = {message.topic: message.payload for message in messages}
    root = "myuplink/400137"
    assert payloads[f"{root}/40004/unit"] == "°C"
    assert payloads[f"{root}/43420/unit"] == "h"
    (hours,) = (
        row["rawValue"]
        for rows in recording("nibe_uplink/F1145-10-PC.json")["categories"]["0"]
        for row in rows["parameters"]
        if row["parameterId"] == 43420
    )
    assert payloads[f"{root}/43420/value"] == str(hours)


def test_an_enumeration_is_told_by_its_code(seen):
    payloads = {m.topic: m.payload for m in told(seen, "myuplink/F730-CU-3x400V.json")}
    assert all(
        payload.lstrip("-").replace(".", "", 1).isdigit()
        for topic, payload in payloads.items()
        if topic.endswith("/43427/value")
    )


def test_nothing_is_retained_and_nothing_is_confirmed(seen):
    messages = told(seen, "myuplink/F730-CU-3x400V.json")
    assert messages
    assert not any(message.retain or message.qos for message in messages)


def test_the_system_of_a_device_can_be_given(seen):
    (device,) = news_of("myuplink/F730-CU-3x400V.json").devices
    systems = {f"cloud/{device.id}": "5f0e1a01"}
    messages = told(seen, "myuplink/F730-CU-3x400V.json", systems)
    assert {message.topic.split("/")[1] for message in messages} == {"5f0e1a01"}


def test_everything_is_told_whenever_anything_is_new_as_a_run_of_the_script_did(seen):
    everything = news_of("myuplink/F730-CU-3x400V.json")
    legacy = LegacyTopics(load_catalogue(), {})
    (one,) = seen(replace(everything, changed=frozenset(list(everything.latest)[:1])))
    assert len(list(legacy.messages(one))) == 2 * len(everything.latest)
    (none,) = seen(replace(everything, changed=frozenset()))
    assert list(legacy.messages(none)) == []


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name.startswith("myuplink")])
def test_numbers_are_those_of_the_wire_wherever_the_unit_is(seen, name):
    recorded = recording(name)
    rows: dict[str, list[dict[str, Any]]] = {}
    for points in recorded["points"].values():
        for row in points:
            rows.setdefault(row["parameterId"], []).append(row)
    values = {
        m.topic.split("/")[2]: m.payload for m in told(seen, name) if m.topic.endswith("value")
    }
    units = {m.topic.split("/")[2]: m.payload for m in told(seen, name) if m.topic.endswith("unit")}
    compared = 0
    for native, payload in values.items():
        for row in rows[native]:
            if row["parameterUnit"].strip() == units[native]:
                compared += 1
                break
        else:
            continue
        assert float(payload) in [pytest.approx(row["value"]) for row in rows[native]]
    assert compared > 0.8 * len(values)
