import pytest
from pydantic import ValidationError

from pumphouse.sinks.mqtt import MqttSettings


def test_the_address_tells_host_port_user_and_encryption():
    address = MqttSettings(url="mqtt://jo%20e@broker.lan").address()
    assert (address.host, address.port, address.user) == ("broker.lan", 1883, "jo e")
    assert not address.encrypted
    address = MqttSettings(url="mqtts://[::1]:8884").address()
    assert (address.host, address.port, address.encrypted) == ("::1", 8884, True)
    assert str(address) == "mqtts://[::1]:8884"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"url": "http://broker"}, "is no address"),
        ({"url": "mqtt://"}, "is no address"),
        ({"url": "mqtt://broker:notaport"}, "is no address"),
        ({"url": "mqtt://broker:0"}, "is no address"),
        ({"url": "mqtt://user:secret@broker"}, "holds no password"),
        ({"url": "mqtt://broker/topic"}, "has nothing"),
        ({"url": "mqtt://broker", "password": "x"}, "no user"),
        ({"url": "mqtt://broker", "ca_file": __file__}, "mqtts://"),
        ({"url": "mqtts://broker", "ca_file": "/nonexistent"}, "cannot be read"),
        ({"url": "mqtts://broker", "certificate": __file__}, "belong together"),
        ({"url": "mqtt://broker", "base_topic": "a/#"}, "is no topic"),
        ({"url": "mqtt://broker", "base_topic": "/a"}, "is no topic"),
        ({"url": "mqtt://broker", "base_topic": "$SYS"}, "is no topic"),
        ({"url": "mqtt://broker", "discovery_prefix": "home assistant"}, "is no topic"),
        ({"url": "mqtt://broker", "devices": {"a/b": "HP 1"}}, "pattern"),
        ({"url": "mqtt://broker", "devices": {"a/b": "hp", "a/c": "hp"}}, "equal"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, complaint):
    with pytest.raises(ValidationError, match=complaint) as caught:
        MqttSettings(**settings)
    assert "secret" not in str(caught.value)
