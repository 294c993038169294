"""A disk that is full stops nothing for good, whatever was written to it: a real one of 16 MB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("full_disk.py")
#: a name space of mounts; who is not root gets one of users too, in which he is
OWN_MOUNTS = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])


@pytest.mark.parametrize("task", ["appending", "archiving", "importing", "backing_up"])
def test_what_was_committed_stays_and_work_goes_on_when_there_is_room(task, tmp_path):
    done = subprocess.run(
        [*OWN_MOUNTS, sys.executable, "-W", "error", PROGRAM, task, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
