"""The daemon's own process: what `pumphouse run` becomes once its options are understood.

It runs for years beside other programs on a small machine. Without the libraries that understand
options and draw tables, and those that they draw in, it needs 6 to 9 MB less.
"""

import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["command", "environment", "main"]

_DEBUG = "--debug"
#: One heap for all threads: 1.2 MB. They wait for disks and each other, never for memory.
_ALLOCATION = {"MALLOC_ARENA_MAX": "1"}
#: structlog loads them where they are installed, for tracebacks and threads no log here has: 3.5 MB
_OF_STRUCTLOG = ("rich", "greenlet")
#: FastAPI loads it to refuse its models, which nothing here has: 1.7 MB
_OF_FASTAPI = ("pydantic.v1",)


def command(config: Path, *, debug: bool) -> list[str]:
    """What starts this process, by the same Python with the same warnings."""
    warnings = [f"-W{option}" for option in sys.warnoptions]
    flags = [_DEBUG] if debug else []
    return [sys.executable, *warnings, "-m", __name__, str(config), *flags]


def environment(inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What this process finds in its environment; what is inherited is stronger."""
    return {**_ALLOCATION, **inherited}


def main() -> None:
    """Serve the configuration that the first argument names; ends with the exit code."""
    _hide(*_OF_STRUCTLOG, *_OF_FASTAPI)
    import structlog  # noqa: F401, PLC0415  (while it cannot find them)

    for name in _OF_STRUCTLOG:  # a plugin may want them
        del sys.modules[name]
    from pumphouse.cli.serving import serve  # noqa: PLC0415  (it imports structlog and FastAPI)

    code = serve(Path(sys.argv[1]), debug=_DEBUG in sys.argv[2:])
    gc.freeze()  # as at the end of every command
    sys.exit(code)


def _hide(*modules: str) -> None:
    """Let importing these modules fail, as if they were not installed."""
    sys.modules.update(dict.fromkeys(modules))  # type: ignore[arg-type]  # None is documented


if __name__ == "__main__":
    main()
