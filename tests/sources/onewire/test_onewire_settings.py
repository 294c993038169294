"""`type = "onewire"` in the configuration."""

import subprocess
import sys

import pytest

from pumphouse.config.load import parse
from pumphouse.core.errors import ConfigurationError
from pumphouse.sources.onewire import OneWireSettings
from pumphouse.sources.onewire.settings import host_and_port


def section(line):
    text = f'[sources.bus]\ntype = "onewire"\n{line}'
    return parse(text, {"onewire": OneWireSettings}).sources["bus"]


def test_a_bus_is_read_every_minute_by_the_kernel_unless_told_otherwise():
    settings = section("")
    assert (settings.interval_secs, settings.address, settings.path) == (60, None, None)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:4304", ("127.0.0.1", 4304)),
        ("pi.local", ("pi.local", 4304)),
        ("[::1]:4305", ("::1", 4305)),
    ],
)
def test_an_address_is_a_host_and_perhaps_a_port(address, parts):
    assert host_and_port(section(f'address = "{address}"').address) == parts


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('address = "tcp://pi"', "sources.bus.address"),
        ('address = "pi:99999"', "127.0.0.1:4304"),
        ('address = "pi"\npath = "/sys"', "not both"),
    ],
)
def test_a_mistake_is_a_sentence(line, problem):
    with pytest.raises(ConfigurationError, match=problem):
        section(line)


def test_the_library_for_owserver_is_loaded_by_who_needs_it_only():
    check = "import sys, pumphouse.sources.onewire; sys.exit('pyownet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
