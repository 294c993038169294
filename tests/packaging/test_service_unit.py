"""The systemd unit is one that systemd understands, and starts a command that exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
TEXT = (PACKAGING / "pumphouse.service").read_text(encoding="utf-8")


def test_it_has_what_a_daemon_of_years_needs():
    for line in (
        "Type=notify",
        "WatchdogSec=120",
        "Restart=on-failure",
        "DynamicUser=yes",
        "StateDirectory=pumphouse",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "After=network-online.target time-sync.target",
    ):
        assert f"\n{line}\n" in TEXT


def test_the_store_is_in_the_folder_that_systemd_makes():
    assert "PUMPHOUSE_STORE__PATH=/var/lib/pumphouse/" in TEXT


@pytest.fixture
def unit(tmp_path) -> Path:
    """The unit with the program of this environment in place of the installed one."""
    program = Path(sys.executable).with_name("pumphouse")
    assert program.is_file()
    path = Path(tmp_path / "pumphouse.service")
    path.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={program}", TEXT), encoding="utf-8")
    return path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_wrong(unit):
    done = analyze("verify", "--man=no", str(unit))
    assert [line for line in done.stderr.splitlines() if "pumphouse" in line] == []
    assert done.returncode == 0, done.stderr


def test_little_is_left_for_an_intruder(unit):
    """Systemd's own score: 10 is unprotected, below 2 is what it calls OK."""
    done = analyze("security", "--offline=true", "--no-pager", "--threshold=20", str(unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze judges running services only")
    assert done.returncode == 0, done.stdout + done.stderr
