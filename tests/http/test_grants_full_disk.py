"""A disk without room for a login: it passes, so it is tried again, and nothing is lost."""

import resource
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pumphouse.core.errors import TransientError
from pumphouse.http.grants import FileGrantStore

from .test_grants import GRANT


@contextmanager
def no_file_grows_beyond(most):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [0, 4096])
async def test_a_full_disk_is_tried_again_and_the_vendor_is_not_asked_before(tmp_path, most):
    store = FileGrantStore(tmp_path)
    saved = await store.save("house", GRANT)
    asked = []

    async def renew(_saved):
        asked.append(True)
        return replace(GRANT, access_token="newer")

    with no_file_grows_beyond(most), pytest.raises(TransientError, match="free some space"):
        await store.replace("house", saved.generation, renew)
    assert (asked, await store.load("house")) == ([], saved)
    assert (await store.replace("house", saved.generation, renew)).access_token == "newer"
