from dataclasses import replace

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.sinks.mqtt.legacy import LegacyTopics

from .recorded import RECORDINGS, news_of, recording


def told(seen, name):
    legacy = LegacyTopics(load_catalogue())
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


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name.startswith("myuplink")])
def test_the_topics_begin_with_the_vendors_system(seen, name):
    (system,) = recording(name)["systems"]["systems"]
    assert {one.topic.split("/")[1] for one in told(seen, name)} == {system["systemId"]}


def test_everything_is_told_whenever_anything_is_new_as_a_run_of_the_script_did(seen):
    everything = news_of("myuplink/F730-CU-3x400V.json")
    legacy = LegacyTopics(load_catalogue())
    (one,) = seen(replace(everything, changed=frozenset(list(everything.latest)[:1])))
    assert len(list(legacy.messages(one))) == 2 * len(everything.latest)
    (none,) = seen(replace(everything, changed=frozenset()))
    assert list(legacy.messages(none)) == []


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name.startswith("myuplink")])
def test_values_and_units_are_those_of_the_wire(seen, name):
    wire: dict[str, list[tuple[float, str]]] = {}
    for points in recording(name)["points"].values():
        for row in points:
            pair = (row["value"], row["parameterUnit"].strip())
            wire.setdefault(row["parameterId"], []).append(pair)
    payloads = {message.topic.split("/", 2)[2]: message.payload for message in told(seen, name)}
    numbers = 0
    for topic, payload in payloads.items():
        native, _, kind = topic.rpartition("/")
        if kind == "unit":
            assert payload in [unit for _, unit in wire[native]], topic
        else:
            numbers += 1
            assert float(payload) in [pytest.approx(value) for value, _ in wire[native]], topic
    assert numbers


def test_what_the_vendor_has_not_said_is_left_out(seen):
    everything = news_of("myuplink/F730-CU-3x400V.json")
    points = {key: replace(one, vendor_unit=None) for key, one in everything.points.items()}
    (device,) = seen(replace(everything, points=points))
    assert list(LegacyTopics(load_catalogue()).messages(device)) == []


def test_a_device_without_a_system_is_its_own(seen):
    everything = news_of("myuplink/F730-CU-3x400V.json")
    (one,) = everything.devices
    (device,) = seen(replace(everything, devices=[replace(one, system=None)]))
    messages = list(LegacyTopics(load_catalogue()).messages(device))
    assert {message.topic.split("/")[1] for message in messages} == {one.id}
