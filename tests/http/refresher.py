"""Makes requests in processes of its own, some of which are killed; run by test_processes.py.

Reads one job per line of JSON on stdin, answers each with one line on stdout. Every process of a
job is forked from this one, which has imported everything already, so that dozens of kills take
seconds.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import structlog

from pumphouse.core.errors import SourceError
from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.limits import TokenBucket
from pumphouse.http.oauth2 import Registration
from pumphouse.http.problems import explain_nothing
from pumphouse.http.session import ApiClient


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class CrashingStore(FileGrantStore):
    """Dies at one point of the way of a new grant to the disk."""

    def __init__(self, folder, point):
        super().__init__(folder)
        self._point = point

    def _crash(self, point):
        if point == self._point:
            die()

    async def replace(self, source, seen, renew):
        async def crashing(saved):
            self._crash("before the request")
            grant = await renew(saved)
            self._crash("after the reply")
            return grant

        grant = await super().replace(source, seen, crashing)
        self._crash("before first use")
        return grant

    def _publish(self, source):
        self._crash("before the rename")
        super()._publish(source)
        self._crash("after the rename")


async def request(job):
    clock = SystemClock()
    store = CrashingStore(Path(job["folder"]), job.get("crash"))
    host = Host(store, clock, random.Random(1), "Pumphouse/1 (tests)")
    registration = Registration(**job["registration"])
    limiter = TokenBucket(1000.0, 1000, clock)
    async with ApiClient(
        job["url"], host=host, registration=registration, limiter=limiter, explain=explain_nothing
    ) as api:
        calls = [api.get(f"/api/{number}") for number in range(job["requests"])]
        found = await asyncio.gather(*calls, return_exceptions=True)
    for error in found:
        if isinstance(error, BaseException) and not isinstance(error, SourceError):
            raise error
    errors = [[type(e).__name__, str(e)] for e in found if isinstance(e, SourceError)]
    return {"done": len(found) - len(errors), "errors": errors}


def child(job, gate, report):
    os.read(gate, 1)  # all processes of a job begin at once
    answer = asyncio.run(request(job))
    os.write(report, json.dumps(answer).encode())


def fork(job, gate):
    """Start one process; it must not keep the writing end of the gate open."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            os.close(gate[1])
            child(job, gate[0], writing)
            status = 0
        except Exception:  # noqa: BLE001 - nothing may get past `_exit` into the parent's code
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    return pid, reading


def run(job):
    gate = os.pipe()
    processes = [fork(job, gate) for _ in range(job.get("processes", 1))]
    started = time.monotonic()
    os.close(gate[1])
    os.close(gate[0])
    if job.get("kill_after") is not None:
        time.sleep(job["kill_after"])
        for pid, _report in processes:
            os.kill(pid, signal.SIGKILL)
    answers = []
    for pid, report in processes:
        with os.fdopen(report, "rb") as pipe:
            text = pipe.read()
        _pid, status = os.waitpid(pid, 0)
        answer = json.loads(text) if text else {}
        answers.append(answer | {"status": os.waitstatus_to_exitcode(status)})
    return {"processes": answers, "seconds": time.monotonic() - started}


def main():
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(run(json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
