"""Commands that begin an installation: write a configuration, check it."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, Context, InContext
from pumphouse.cli.output import print_json, say
from pumphouse.config.sample import sample
from pumphouse.core.errors import ConfigurationError, UsageError
from pumphouse.runtime.installation import build_host, build_sources
from pumphouse.runtime.plugins import source_types

__all__ = ["check", "init"]


def init(
    *,
    path: Annotated[Path | None, Parameter(help="Where to write it.")] = None,
    context: InContext,
) -> None:
    """Write a commented configuration file to fill in."""
    target = path or context.config
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{target} exists already and was left as it is") from None
    except OSError as problem:
        raise UsageError(f"{target} cannot be written: {problem.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(sample(source_types()))
    say(f"{target} is written. Fill in a source, then: pumphouse check")


def check(*, as_json: AsJson = False, context: InContext) -> int:
    """Validate the configuration and print every problem."""
    problems = _problems(context)
    if as_json:
        print_json({"path": str(context.config), "problems": list(problems)})
    elif problems:
        say("\n".join(problems))
    else:
        count = len(context.settings().sources)
        say(f"{context.config} is fine: {count} source{'' if count == 1 else 's'}")
    return ConfigurationError.exit_code if problems else 0


def _problems(context: Context) -> tuple[str, ...]:
    try:
        settings = context.settings()
        build_sources(settings, build_host(settings))
    except ConfigurationError as error:
        return error.problems
    return ()
