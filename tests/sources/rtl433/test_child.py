"""A child that prints: its lines come whole, and it never outlives us."""

import asyncio
import sys
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from pumphouse.core.errors import PermanentError, Unreachable
from pumphouse.sources.rtl433 import child
from pumphouse.sources.rtl433.child import child_lines


def python(*program):
    return (sys.executable, "-c", "\n".join(program))


async def all_lines(command):
    found = []

    async def listen():
        async for lines in child_lines(command):
            found.extend(lines)

    with pytest.raises(Unreachable) as failure:
        await listen()
    return found, str(failure.value)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_lines_come_whole_however_they_are_written():
    found, message = await all_lines(
        python(
            "import os, time",
            "for part in (b'on', b'e\\ntwo\\nthr', b'ee\\nlast'):",
            "    os.write(1, part)",
            "    time.sleep(0.02)",
        )
    )
    assert found == [b"one", b"two", b"three", b"last"]
    assert message.endswith("has ended (code 0)")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (["import sys", "sys.exit('No supported devices found.')"], "(code 1): No supported"),
        (["import os", "os.kill(os.getpid(), 9)"], "(SIGKILL)"),
        (["import sys", "sys.stderr.write('a\\n\\x1b[31mb' * 1000)", "sys.exit(3)"], "(code 3): "),
    ],
)
async def test_how_it_ended_and_what_it_said_last_are_told(program, words):
    _, message = await all_lines(python(*program))
    assert words in message
    assert len(message) < 300


async def test_a_program_that_is_not_there_needs_a_person():
    with pytest.raises(PermanentError, match=r"cannot be started: No such file .* `command`"):
        async for _ in child_lines(["/nowhere/rtl_433", "-F", "json"]):
            pass


async def first_line(stream):
    async for lines in stream:
        if lines:
            return lines[0]
    return None


async def test_the_child_and_what_it_has_started_end_with_us():
    program = python(
        "import subprocess, sys, time",
        "own = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
        "print(own.pid, flush=True)",
        "time.sleep(60)",
    )
    async with aclosing(child_lines(program)) as stream:
        grandchild = int(await first_line(stream))
        assert is_alive(grandchild)
    for _ in range(6000):
        if not is_alive(grandchild):
            break
        await asyncio.sleep(0.01)
    assert not is_alive(grandchild)


async def test_a_child_that_will_not_end_is_made_to(monkeypatch):
    monkeypatch.setattr(child, "_GRACE_SECS", 0.1)
    program = python(
        "import os, signal",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "print(os.getpid(), flush=True)",
        "while True: os.write(1, b'x' * 1000)",
    )
    async with aclosing(child_lines(program)) as stream:
        pid = int(await first_line(stream))
    assert not is_alive(pid)


async def test_a_cancelled_listener_leaves_no_child():
    program = python("import os, time", "print(os.getpid(), flush=True)", "time.sleep(60)")
    heard = asyncio.get_running_loop().create_future()

    async def listen():
        async with aclosing(child_lines(program)) as stream:
            heard.set_result(int(await first_line(stream)))
            await first_line(stream)

    task = asyncio.create_task(listen())
    pid = await heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not is_alive(pid)


async def test_nothing_is_lost_while_the_listener_is_in_no_hurry():
    size = 1_000_000
    program = python(
        "import os, sys",
        f"os.write(1, b'a' * 10 + b'\\n'); os.write(1, (b'b' * 99 + b'\\n') * {size // 100})",
        "os.write(2, b'through')",
    )
    async with aclosing(child_lines(program)) as stream:
        await first_line(stream)
        await asyncio.sleep(0.2)
        rest = 0
        with suppress(Unreachable):
            async for lines in stream:
                rest += sum(len(line) + 1 for line in lines)
    assert rest >= size - 131072


async def test_what_it_complains_of_never_blocks_it():
    program = python("import os", "os.write(2, b'x' * 1_000_000)", "os.write(1, b'done\\n')")
    found, _ = await all_lines(program)
    assert found == [b"done"]
