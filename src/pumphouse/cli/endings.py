"""How a process ends: its work's errors as sentences on stderr, and the documented exit code."""

import os
import sys
from collections.abc import Callable

from pumphouse.core.errors import ConfigurationError, PumphouseError

__all__ = ["clean", "exit_code", "say"]

_CONTROL = dict.fromkeys([*range(10), *range(11, 32), *range(127, 160)])  # all but line feed


def clean(text: str) -> str:
    """A text without control characters, which a terminal might obey."""
    return text.translate(_CONTROL)


def say(message: str) -> None:
    """Print a message for people to stderr, so that stdout holds nothing but the answer."""
    print(message, file=sys.stderr)  # noqa: T201  (this is the place that prints)


def exit_code(work: Callable[[], int | None], *, debug: bool) -> int:
    """Do the work of a process, and say what went wrong.

    Args:
        debug: whether errors are raised instead, for their traceback.
    """
    try:
        code = work()
        sys.stdout.flush()
    except PumphouseError as error:
        _explain(error)
        if debug:
            raise
        return error.exit_code
    except BrokenPipeError:
        # the reader (head, less) has seen enough; nothing may be written to the closed pipe again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as bug:
        if debug:
            raise
        say(
            f"This is a bug in Pumphouse ({type(bug).__name__}), not your mistake; nothing stored"
            " is lost. Please report it with the output of the same command with --debug."
        )
        return 1
    return int(code or 0)


def _explain(error: PumphouseError) -> None:
    problems = error.problems if isinstance(error, ConfigurationError) else (str(error),)
    for problem in problems:
        say(clean(problem))
