#!/usr/bin/env python3
"""Writes the Grafana dashboards below `dashboards/` from Pumphouse's catalogue.

Needs Pumphouse and grafana-foundation-sdk in the same environment:

    .venv/bin/python packaging/grafana/generate.py          # write them
    .venv/bin/python packaging/grafana/generate.py --check  # exit 1 if they are not up to date
"""

import sys
from pathlib import Path

from generator.writing import outdated, write

FOLDER = Path(__file__).parent / "dashboards"

if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if files := outdated(FOLDER):
            sys.exit(f"not up to date: {', '.join(files)}; run {sys.argv[0]}")
    elif not sys.argv[1:]:
        write(FOLDER)
    else:
        sys.exit(__doc__)
