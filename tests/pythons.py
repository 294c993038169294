"""Print the Pythons to test on, `version path` a line: 3.11 where it is, and the newest."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)


def candidates() -> Iterator[Path]:
    """Interpreters on the path and those that pyenv keeps aside."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob("versions/3.*/bin/python3"))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if "shims" not in folder:  # a shim answers for whatever version is active
            yield from sorted(Path(folder).glob("python3*"))


def version_of(path: Path) -> tuple[int, int, int] | None:
    """What an interpreter says of itself; None where it is none, or a pre-release."""
    if not re.fullmatch(r"python3(\.\d+)?", path.name):
        return None
    program = "import sys; v = sys.version_info; print(*v[:3], v.releaselevel)"
    command = [str(path), "-I", "-c", program]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    *numbers, level = answer.stdout.split()
    major, minor, micro = map(int, numbers)
    return (major, minor, micro) if level == "final" else None


def main() -> None:
    """Print 3.11 if it is here, and the newest if that is another."""
    known = {version: path for path in candidates() if (version := version_of(path))}
    usable = sorted(version for version in known if version[:2] >= OLDEST)
    if not usable:
        raise SystemExit("Pumphouse needs Python 3.11 or newer; none was found.")
    oldest = max((version for version in usable if version[:2] == OLDEST), default=usable[0])
    for version in dict.fromkeys((oldest, usable[-1])):
        print(".".join(map(str, version[:2])), known[version])  # noqa: T201


if __name__ == "__main__":
    main()
