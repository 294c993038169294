"""The section of rtl_433: exactly one way in, and it can be used."""

import pytest
from pydantic import ValidationError

from pumphouse.sources.rtl433 import Rtl433Settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "write either `url` or `command`"),
        ({"url": "mqtt://x", "command": ["rtl_433"]}, "write either `url` or `command`"),
        ({"url": "ftp://x"}, "write mqtt://host:1883 or http://host:8433"),
        ({"url": "radio"}, "write mqtt://host:1883 or http://host:8433"),
        ({"url": "http://"}, "is no address"),
        ({"url": "mqtt://user:secret@x"}, "no password here"),
        ({"url": "mqtt://x", "password": "p"}, "no user"),
        ({"command": []}, "at least 1"),
        ({"command": "rtl_433 -F json"}, "tuple"),
    ],
)
def test_a_wrong_section_is_told_without_its_secrets(given, words):
    with pytest.raises(ValidationError, match=words) as problem:
        Rtl433Settings.model_validate(given)
    assert "secret@" not in str(problem.value)


@pytest.mark.parametrize("url", ["mqtt://user@host", "mqtts://host:8883"])
def test_a_broker_is_reached_by_its_address(url):
    broker = Rtl433Settings.model_validate({"url": url}).broker()
    assert broker is not None
    assert broker.url == url


def test_a_server_and_a_command_need_no_broker():
    assert Rtl433Settings(url="http://host:8433/").broker() is None
    assert Rtl433Settings(command=("rtl_433", "-F", "json")).broker() is None
