"""Being known as living: without it nothing is sent, and why is told."""

import errno
import os

import pytest

from pumphouse.control.sender import Sender
from pumphouse.core.errors import StoreFull, StoreReadOnly


@pytest.mark.parametrize(
    ("number", "kind", "sentence"),
    [(errno.ENOSPC, StoreFull, "free some space"), (errno.EACCES, StoreReadOnly, "permission")],
)
def test_who_cannot_be_known_sends_nothing(tmp_path, monkeypatch, number, kind, sentence):
    def refuse(*_args, **_options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(kind, match=sentence):
        Sender(tmp_path).claim()


def test_who_has_released_is_not_living(tmp_path):
    one, other = Sender(tmp_path), Sender(tmp_path)
    one.claim()
    assert other.lives(one.name)
    one.release()
    assert not other.lives(one.name)
