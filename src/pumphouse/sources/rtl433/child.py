"""A program of the user's own that runs as our child, and the lines it prints."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final

from pumphouse.core.errors import PermanentError, Unreachable
from pumphouse.sources.wording import readable

__all__ = ["child_lines"]

#: how much is read at once; more waits in the pipe, and then the child waits
_CHUNK: Final = 65536
#: how long a child may take to end when it is asked to, in seconds
_GRACE_SECS: Final = 2.0
_LONGEST_WORD: Final = 200


async def child_lines(command: Sequence[str]) -> AsyncGenerator[list[bytes], None]:
    """What `command` prints, several lines at a time, until it ends; then it is always gone.

    No shell is involved. The child is the head of a process group of its own, so that what it has
    started ends with it.

    Raises:
        PermanentError: there is no such program.
        Unreachable: it has ended; the message holds the last that it said.
    """
    program = os.path.basename(command[0])  # noqa: PTH119  (a name, not a place)
    process = await _started(command, program)
    assert process.stdout is not None
    assert process.stderr is not None
    last_words = asyncio.ensure_future(_last_line(process.stderr))
    try:
        yield []
        rest = b""
        while chunk := await process.stdout.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            yield lines
        if rest:
            yield [rest]
        code = await process.wait()
        said = await last_words
    finally:
        await _ended(process)
        last_words.cancel()
        await asyncio.gather(last_words, return_exceptions=True)
    raise Unreachable(f"{program} has ended ({_how(code)}){f': {said}' if code and said else ''}")


async def _started(command: Sequence[str], program: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise PermanentError(
            f"{program} cannot be started: {problem.strerror}; install it, or write its path into"
            " `command`"
        ) from None


async def _last_line(stderr: asyncio.StreamReader) -> str:
    """Read to the end, so that the child never waits for us; what stood there last."""
    tail = b""
    while chunk := await stderr.read(_CHUNK):
        tail = (tail + chunk)[-4 * _LONGEST_WORD :]
    lines = tail.decode(errors="replace").strip().splitlines()
    return readable(lines[-1])[:_LONGEST_WORD] if lines else ""


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ask the child to end, then make it; somebody in a hurry makes it at once."""
    if process.returncode is not None:
        return
    try:
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECS):
                await _gone(process)
    finally:
        if process.returncode is None:
            _signal(process, signal.SIGKILL)
            await _gone(process)


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Wait for the end; what it still prints is thrown away, for it may hold it back."""
    assert process.stdout is not None
    while await process.stdout.read(_CHUNK):
        pass
    await process.wait()


def _signal(process: asyncio.subprocess.Process, which: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, which)


def _how(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"code {code}"
