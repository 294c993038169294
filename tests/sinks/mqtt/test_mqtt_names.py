import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.sinks.mqtt.names import device_name, homie_id, object_id, point_name

ANYTHING = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("source", "device", "name"),
    [
        ("house", "36563", "house_36563"),
        ("my_house", "emmy-r-201013-20240202", "my_house_emmy-r-201013-20240202"),
        ("cloud", "U2231509", "cloud_U2231509"),
    ],
)
def test_a_device_is_called_by_its_source_and_the_vendors_id(source, device, name):
    assert device_name(source, device) == name


def test_the_user_may_choose_a_name():
    assert device_name("house", "36563", {"house/36563": "hp1"}) == "hp1"
    assert device_name("house", "36564", {"house/36563": "hp1"}) == "house_36564"


@pytest.mark.parametrize(
    ("native", "name"),
    [("43427", "43427"), ("1/44055", "1-44055"), ("hot_water_boost", "hot_water_boost")],
)
def test_a_plain_native_id_stays_readable(native, name):
    assert point_name(native) == name


@given(ANYTHING, ANYTHING)
def test_names_hold_only_letters_that_every_topic_and_id_may_hold(source, device):
    for name in (device_name(source, device), point_name(device), object_id(device)):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", homie_id(device))


@given(ANYTHING, ANYTHING)
def test_different_points_have_different_names(one, other):
    assert (point_name(one) == point_name(other)) == (one == other)


@given(st.tuples(ANYTHING, ANYTHING), st.tuples(ANYTHING, ANYTHING))
def test_different_devices_have_different_names(one, other):
    assert (device_name(*one) == device_name(*other)) == (one == other)
