"""What a program that runs for years does not load."""

import subprocess
import sys


def test_the_web_app_loads_no_arrays():
    program = "import sys, pumphouse.web.app, pumphouse.web.serve; print('numpy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
