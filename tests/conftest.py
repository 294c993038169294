"""How examples are made up in all tests.

Hypothesis makes up the same ones each time and never judges by the clock: neither a machine that
is busy elsewhere nor chance decides whether a test passes. To look for new ones:

    .venv/bin/pytest --hypothesis-profile=default
"""

from hypothesis import settings

settings.load_profile("ci")
