"""The `pumphouse` program: global options, commands by name, errors as sentences."""

import asyncio
import gc
import inspect
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

import pumphouse
from pumphouse.cli.context import Context
from pumphouse.cli.endings import clean, exit_code, say
from pumphouse.cli.logs import configure_logging
from pumphouse.config.load import default_path
from pumphouse.core.errors import StoreCorrupt, UsageError

__all__ = ["app", "main"]

app = App(
    name="pumphouse",
    help="Your heat pump's data, in your own house.",
    version=pumphouse.__version__,
    help_format="plaintext",
)

_COMMANDS = {
    "demo": "demo:demo",
    "simulate": "demo:simulate",
    "init": "setup:init",
    "check": "setup:check",
    "login": "access:login",
    "logout": "access:logout",
    "password": "web_access:password",
    "poll": "polling:poll",
    "run": "polling:run",
    "record": "polling:record",
    "devices": "data:devices",
    "points": "data:points",
    "latest": "data:latest",
    "sensors": "sensors:app",
    "series": "data:series",
    "report": "report:report",
    "export": "data:export",
    "import": "importing:import_",
    "archive": "archive:archive",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "retention": "retention:retention",
    "alarms": "alarms:app",
    "set": "control:set_point",
    "undo": "control:undo",
    "override": "control:override",
    "overrides": "control:overrides",
    "boost": "control:boost",
    "writes": "control:writes",
    "schedule": "control:schedule",
    "status": "health:status",
    "doctor": "health:doctor",
}
for _name, _target in _COMMANDS.items():
    app.command(f"pumphouse.cli.{_target}", name=_name)  # imported when it is called

_token = App(name="token", help="API tokens for scripts: add, list, remove.")
app.command(_token)
for _name, _target in {"add": "add", "list": "list_all", "remove": "remove"}.items():
    _token.command(f"pumphouse.cli.web_access:{_target}", name=_name)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Path | None = None,
    debug: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run one command.

    Parameters
    ----------
    config:
        The configuration file. Default: $PUMPHOUSE_CONFIG, then pumphouse.toml in the
        user's configuration folder.
    debug:
        Log more, and show tracebacks.
    """
    configure_logging(level=_log_level(tokens, debug=debug))
    context = Context(config or default_path(), debug)
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
    injected = {"context": context} if "context" in ignored else {}
    result = command(*bound.args, **bound.kwargs, **injected)
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    code = result if isinstance(result, int) else 0
    return code or (StoreCorrupt.exit_code if context.damage else 0)


def _log_level(tokens: Sequence[str], *, debug: bool) -> int:
    """What goes on for long tells what happens; a short command says it itself in the end."""
    if debug:
        return logging.DEBUG
    return logging.INFO if {"run", "demo"} & set(tokens[:1]) else logging.CRITICAL


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script; ends the process with the documented exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    code = _exit_code(given)
    # Everything is closed. Python would still look for cycles among all that a thousand modules
    # have made, before the process ends: 0.3 s of computing, or a tenth of that without them.
    gc.freeze()
    sys.exit(code)


def _exit_code(arguments: list[str]) -> int:
    return exit_code(lambda: _run(arguments), debug="--debug" in arguments)


def _run(arguments: list[str]) -> int:
    try:
        code: int | None = app.meta(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        say(f"{clean(str(error))}\nTry: pumphouse --help")
        return UsageError.exit_code
    return code or 0


if __name__ == "__main__":
    main()
