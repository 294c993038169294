"""Home Assistant itself, in an environment of its own below `.tools`."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".tools" / "ha-env"
#: the newest releases by the Python they can be read by; 3.13.2 is said to be needed for the
#: second, which works with any 3.13
RELEASES = {"3.14": "homeassistant", "3.13": "homeassistant==2026.2.3"}
DEMANDED = {"3.14": "3.14.2", "3.13": "3.13.2"}


@cache
def home_assistant_python() -> Path:
    """Its Python; installs it on the first call, which takes a minute and 500 MB.

    Without a Python that can run it the test is skipped.
    """
    version, python = _newest_python()
    environment = ENVIRONMENT.with_name(f"{ENVIRONMENT.name}-{version}")
    found = environment / "bin" / "python"
    done = environment / "installed"
    environment.parent.mkdir(exist_ok=True)
    with environment.with_name(f"{environment.name}.lock").open(
        "w"
    ) as lock:  # tests run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            uv = _uv()
            _run(uv, "venv", "--quiet", "--clear", "--python", python, str(environment))
            wanted = ("--python-version", DEMANDED[version], RELEASES[version], "paho-mqtt>=2.1,<3")
            _run(uv, "pip", "install", "--quiet", "--python", str(found), *wanted)
            done.touch()
    return found


def ask_schema(payloads: Mapping[str, object]) -> Mapping[str, list[str]]:
    """What Home Assistant's MQTT integration complains of, by the names of the payloads."""
    script = Path(__file__).with_name("home_assistant_schema.py")
    said = subprocess.run(
        [home_assistant_python(), script],
        input=json.dumps(payloads),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr
    complaints: dict[str, list[str]] = json.loads(said.stdout)
    return complaints


def _newest_python() -> tuple[str, str]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in RELEASES:
        if sys.version_info[:2] == tuple(map(int, version.split("."))):
            return version, sys.executable
        found = shutil.which(f"python{version}")
        if found is not None and _is(version, found):
            return version, found
        for folder in sorted(pyenv.glob(f"{version}.*")):
            if _is(version, str(folder / "bin" / "python3")):
                return version, str(folder / "bin" / "python3")
    pytest.skip("no Python 3.13 or 3.14 is here, which Home Assistant needs")


def _is(version: str, python: str) -> bool:
    """Whether it really is one: a shim of pyenv may stand for a version that is not chosen."""
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return said.stdout.strip() == version


def _uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if found is None:
        own = ROOT / ".tools" / "ha-uv"
        _run(sys.executable, "-m", "venv", str(own))
        _run(str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv")
        found = str(own / "bin" / "uv")
    return found


def _run(*command: str) -> None:
    cache_dir = os.environ.get("UV_CACHE_DIR", str(ROOT / ".tools" / "uv-cache"))
    environment = {**os.environ, "UV_CACHE_DIR": cache_dir, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
