"""Disks that are full when a test says so: a real one of its own, or files that may not grow."""

import errno
import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LimitedFiles", "SmallDisk", "limited_files", "small_disk"]

_IS_ROOT = os.geteuid() == 0
#: a name space of mounts; who is not root gets one of users too, in which he is
_NEW_MOUNTS = ["unshare", "--mount", *([] if _IS_ROOT else ["--map-root-user"])]
_THOSE_MOUNTS = ["nsenter", "--mount", *([] if _IS_ROOT else ["--user", "--preserve-credentials"])]
#: mounts a disk and keeps it until its standard input is closed
_HOLD = 'mount -t tmpfs -o size=32m,mode=700 tmpfs "$0" && echo mounted && exec cat'


class SmallDisk:
    """32 MB in memory that only those see who are started there.

    Attributes:
        folder: where it is for those who are started there.
        seen: where the test sees it.
    """

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self.seen = Path(f"/proc/{holder}/root{folder}")
        self._ballast = self.seen / "ballast"
        self._holder = str(holder)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """What starts a program there."""
        return [*_THOSE_MOUNTS, "--target", self._holder, "--", *arguments]

    def fill(self, process: int | None = None, *, left: int = 0) -> None:
        """Leave room for so many bytes."""
        del process  # the room of all is gone, whoever runs
        ballast = os.open(self._ballast, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            while not self._is_filled(ballast, left):
                pass  # somebody has written meanwhile
        finally:
            os.close(ballast)

    def _is_filled(self, ballast: int, left: int) -> bool:
        """Let the ballast grow or shrink; whether the room that there was is still there."""
        room, held = os.statvfs(self.seen), os.fstat(ballast).st_size
        more = room.f_bavail * room.f_frsize - left
        if more <= 0:
            os.ftruncate(ballast, max(0, held + more))
            return True
        try:
            os.posix_fallocate(ballast, held, more)
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise
            return False
        return True

    def free(self, process: int | None = None) -> None:
        """Make room again."""
        del process
        self._ballast.unlink()


class LimitedFiles:
    """A folder whose files may not grow: to a program that is what a full disk is.

    Attributes:
        folder, seen: the folder.
    """

    #: bytes of a file that may be written all the same: a grant has room
    MOST = 40 << 10

    def __init__(self, folder: Path) -> None:
        self.folder = self.seen = folder
        self._prefix: list[str] = []

    def command(self, arguments: Sequence[str]) -> list[str]:
        """What starts a program there."""
        return [*self._prefix, *arguments]

    def fill(self, process: int | None = None, *, left: int = 0) -> None:
        """Let no file grow, by a process that runs or by those that are started from now on."""
        del left  # a limit knows sizes of files, not of the room beside them
        self._prefix = ["prlimit", f"--fsize={self.MOST}:", "--"]
        self._limit(process, self.MOST)

    def free(self, process: int | None = None) -> None:
        """Let them grow again."""
        self._prefix = []
        self._limit(process, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(process: int | None, most: int) -> None:
        if process is not None:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A disk at a new folder, gone at the end.

    Raises:
        PermissionError: nobody may have one here.
    """
    folder.mkdir()
    with subprocess.Popen(
        [*_NEW_MOUNTS, "sh", "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        if not holder.stdout.readline():
            _, why = holder.communicate()
            raise PermissionError(why.strip())
        try:
            yield SmallDisk(folder, holder.pid)
        finally:
            holder.communicate()


@contextmanager
def limited_files(folder: Path) -> Iterator[LimitedFiles]:
    """The same of a folder whose files may not grow, for where nobody may have a disk."""
    folder.mkdir()
    yield LimitedFiles(folder)
