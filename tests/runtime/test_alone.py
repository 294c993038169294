"""A store is served by one process at a time."""

import fcntl

import pytest

from pumphouse.core.errors import StoreError
from pumphouse.runtime.alone import alone


def test_a_second_one_is_told_and_the_next_one_is_not(tmp_path):
    store = tmp_path / "p.db"
    with alone(store):
        with pytest.raises(StoreError, match="serves the store"), alone(store):
            pytest.fail("two serve one store")
        with alone(tmp_path / "other.db"):
            pass
    with alone(store):
        pass


def test_a_disk_without_locks_or_room_keeps_nobody_away(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with alone(tmp_path / "p.db"), alone(tmp_path / "p.db"), alone(tmp_path / "no" / "p.db"):
        pass
