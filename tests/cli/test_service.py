"""The process that `pumphouse run` becomes."""

import subprocess
import sys
from pathlib import Path

from pumphouse.cli import service

#: ends the service where it finds no configuration, and prints what it has loaded until then
LOADED = """
import sys
from pumphouse.cli import service
try:
    service.main()
except SystemExit as end:
    print("ended", end.code)
print(*(name for name, module in sys.modules.items() if module is not None))
import rich
"""


def test_the_process_loads_nothing_that_it_never_uses(tmp_path: Path):
    found = subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path / "pumphouse.toml")],
        capture_output=True,
        text=True,
        check=True,  # and a plugin may still import what the process hid from others
    )

    ended, names = found.stdout.splitlines()
    loaded = set(names.split())
    assert ended == "ended 3"
    assert {"fastapi", "structlog", "pumphouse.sinks.influxdb", "pumphouse.sources.tariff"} < loaded
    assert not loaded & {
        "aiomqtt",
        "apprise",
        "cyclopts",
        "docutils",
        "greenlet",
        "markdown",
        "numpy",
        "pumphouse.sinks.influxdb.sink",
        "pumphouse.sources.tariff.source",
        "pyarrow",
        "pydantic.v1",
        "pyownet",
        "rich",
    }


def test_one_heap_serves_all_threads():
    assert service.environment({"HOME": "/"}) == {"HOME": "/", "MALLOC_ARENA_MAX": "1"}


def test_how_many_heaps_there_are_is_the_owners_choice():
    assert service.environment({"MALLOC_ARENA_MAX": "4"}) == {"MALLOC_ARENA_MAX": "4"}


def test_the_process_is_started_as_its_parent_was(monkeypatch):
    monkeypatch.setattr(sys, "warnoptions", ["error"])

    started = service.command(Path("house.toml"), debug=True)

    module = ["-m", "pumphouse.cli.service"]
    assert started == [sys.executable, "-Werror", *module, "house.toml", "--debug"]
