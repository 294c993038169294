"""Ports for servers that are started, killed and started again."""

import itertools
import os
import socket

__all__ = ["free_port"]

#: lower than what the system gives to whoever asks for any port: it stays free while nobody listens
_FIRST, _COUNT = 20_000, 1_000
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port of 127.0.0.1 that is free; each process of a test run has its own thousand."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    for number in itertools.islice(_numbers, _COUNT):
        port = _FIRST + _COUNT * worker + number % _COUNT
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise RuntimeError("each of a thousand ports is in use: what was not ended?")
