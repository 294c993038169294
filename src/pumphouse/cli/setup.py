"""Commands that begin an installation: write a configuration, check it."""

import os
from collections.abc import Sized
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, Context, InContext
from pumphouse.cli.deep_check import check_store
from pumphouse.cli.output import clean, print_json, say
from pumphouse.config.sample import sample
from pumphouse.core.errors import ConfigurationError, UsageError
from pumphouse.runtime.installation import build_host, build_sinks, build_sources
from pumphouse.runtime.plugins import sink_types, source_types

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
        file.write(sample(source_types(), sink_types()))
    say(f"{target} is written. Fill in a source, then: pumphouse check")


def check(
    *,
    deep: Annotated[
        bool, Parameter(negative=(), help="Read the whole store and compare all with all.")
    ] = False,
    repair: Annotated[
        bool, Parameter(negative=(), help="With --deep: sum up anew what does not fit.")
    ] = False,
    trust_pages: Annotated[
        bool, Parameter(negative=(), help="With --deep: another program wrote the store rightly.")
    ] = False,
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """Validate the configuration and print every problem."""
    problems = _problems(context)
    if deep and not problems:
        path = context.settings().store.path
        return check_store(path, repair=repair, trust_pages=trust_pages, as_json=as_json)
    if repair or trust_pages:
        raise UsageError("--repair and --trust-pages go with --deep")
    if as_json:
        print_json({"path": str(context.config), "problems": list(problems)})
    elif problems:
        print("\n".join(map(clean, problems)))  # noqa: T201  (the answer of this command)
    else:
        settings = context.settings()
        sources, sinks = _counted(settings.sources, "source"), _counted(settings.sinks, "sink")
        say(f"{context.config} is fine: {sources}, {sinks}")
    return ConfigurationError.exit_code if problems else 0


def _problems(context: Context) -> tuple[str, ...]:
    try:
        settings = context.settings()
    except ConfigurationError as error:
        return error.problems
    host = build_host(settings)
    problems: list[str] = []
    for build in (build_sources, build_sinks):
        try:
            build(settings, host)
        except ConfigurationError as error:
            problems += error.problems
    return tuple(problems)


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
