"""The log of a process."""

import resource
import sys

import pytest
import structlog

from pumphouse.cli.logs import configure_logging


@pytest.fixture
def log(tmp_path, monkeypatch):
    with (tmp_path / "log").open("w", buffering=1) as file:
        monkeypatch.setattr(sys, "stderr", file)
        configure_logging(environment={})
        yield tmp_path / "log"
        structlog.reset_defaults()


def test_a_log_on_a_full_disk_ends_nobody(log):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    said = structlog.get_logger()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        for number in range(10):
            said.error("store fails", number=number)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said.info("there is room again")
    assert "there is room again" in log.read_text()
