"""The sample configuration is one that Prometheus takes."""

import subprocess
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "packaging/prometheus.yml"


def test_the_sample_is_valid(promtool):
    done = subprocess.run(
        [promtool, "check", "config", SAMPLE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
