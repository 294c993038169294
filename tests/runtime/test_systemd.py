"""Word to systemd over a real datagram socket."""

import os
import socket

import pytest

from pumphouse.runtime.systemd import notify, watchdog_interval


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(5)
        yield channel


def test_the_message_arrives_as_it_is(listener):
    assert notify("READY=1\nSTATUS=fine", {"NOTIFY_SOCKET": listener.getsockname()})
    assert listener.recv(100) == b"READY=1\nSTATUS=fine"


def test_the_abstract_namespace_works():
    name = f"pumphouse-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        assert notify("WATCHDOG=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert channel.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_nobody_listening_is_no_error(environment):
    assert notify("READY=1", environment) is False


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_signs_of_life_come_twice_as_often_as_asked(environment, seconds):
    assert watchdog_interval(environment) == seconds
