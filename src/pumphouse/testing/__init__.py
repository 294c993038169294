"""The public test kit: a clock that tests turn by hand, and suites that any plugin must pass."""
