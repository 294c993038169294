"""The daemon's own process: what `pumphouse run` becomes once its options are understood.

It runs for years beside other programs on a small machine. Without the libraries that understand
options and draw tables it needs 10 MB less.
"""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["command", "environment", "main"]

_DEBUG = "--debug"
#: Structlog loads both wherever they are installed, for tracebacks and threads that no log of ours
#: has: 5.5 MB.
_UNWANTED = ("rich", "greenlet")
#: One heap for all threads: 1.2 MB. They wait for disks and each other, never for memory.
_ALLOCATION = {"MALLOC_ARENA_MAX": "1"}


def command(config: Path, *, debug: bool) -> list[str]:
    """What starts this process, by the same Python with the same warnings."""
    warnings = [f"-W{option}" for option in sys.warnoptions]
    flags = [_DEBUG] if debug else []
    return [sys.executable, *warnings, "-m", __name__, str(config), *flags]


def environment(inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What this process is started with: what is inherited is stronger."""
    return {**_ALLOCATION, **inherited}


def main() -> None:
    """Serve the configuration that the first argument names; ends with the exit code."""
    with _missing(*_UNWANTED):
        import structlog  # noqa: F401, PLC0415  (before anyone else does it)
    from pumphouse.cli.serving import serve  # noqa: PLC0415  (after it)

    code = serve(Path(sys.argv[1]), debug=_DEBUG in sys.argv[2:])
    gc.freeze()  # as at the end of every command
    sys.exit(code)


@contextlib.contextmanager
def _missing(*names: str) -> Iterator[None]:
    """As if these modules were not installed: importing one fails while inside."""
    blocked: dict[str, object] = dict.fromkeys(names)
    sys.modules.update(blocked)  # type: ignore[arg-type]  # None is how Python marks such a module
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


if __name__ == "__main__":
    main()
