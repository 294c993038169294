"""The generated reference pages: commands, configuration and errors, from the code itself.

`python -m pumphouse.cli.reference docs/reference` writes them; a test says when they are stale.
"""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from pumphouse.cli.main import app
from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.config.retention import RetentionSettings
from pumphouse.config.sample import sample, toml_value
from pumphouse.config.schedules import ScheduleSettings, ThermostatSettings
from pumphouse.config.sensors import CheckSettings
from pumphouse.config.settings import (
    EfficiencySettings,
    SiteSettings,
    StoreSettings,
    WebSettings,
)
from pumphouse.core import errors
from pumphouse.core.errors import PumphouseError
from pumphouse.runtime.documents import LATEST_FIELDS
from pumphouse.runtime.plugins import sink_types, source_types

__all__ = ["PAGES", "render_commands", "render_configuration", "render_errors"]

_MADE = "<!-- Made by `make docs`; edit the code, not this page. -->\n"
_EXIT_CODES = {
    0: "done",
    1: "anything else",
    2: "usage",
    3: "configuration",
    4: "login required",
    5: "store",
    6: "source unreachable",
}


def render_commands() -> str:
    """The page of all commands."""
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in _EXIT_CODES.items())
    listing = app.generate_docs(output_format="markdown", heading_level=2)
    # A group of commands that is imported late is called as Python was called just now.
    listing = re.sub(r"(?m)^(pumphouse .*?) -m [\w.]+", r"\1", listing)
    listing = re.sub(r"\n#+ Table of Contents\n.*?(?=\n\*\*)", "\n", listing, flags=re.DOTALL)
    fields = ", ".join(f"`{name}`" for name in LATEST_FIELDS)
    return f"""# Commands

{_MADE}
`--config` and `--debug` go with every command. Every command that prints data takes `--json`: one
JSON document on stdout and nothing else; messages and logs go to stderr. `latest --json` is a list
of objects with {fields}; an export has the same fields as columns.

`PUMPHOUSE_LOG=json` logs JSON lines, `PUMPHOUSE_LOG_LEVEL` sets the level.

| exit code | meaning |
|---|---|
{codes}

{listing.strip()}
"""


def render_configuration() -> str:
    """The page of all settings, with the sample file at its end."""
    sections: Mapping[str, type[BaseModel]] = {
        "[site]": SiteSettings,
        "[store]": StoreSettings,
        "[web]": WebSettings,
        **{
            title: section
            for name, model in sorted(source_types().items())
            for title, section in _with_tables(f'[sources.NAME] with type = "{name}"', model)
        },
        **{
            f'[sinks.NAME] with type = "{name}"': model
            for name, model in sorted(sink_types().items())
        },
        "[efficiency.DEVICE_ID]": EfficiencySettings,
        "[sensors.checks.NAME]": CheckSettings,
        "[retention]": RetentionSettings,
        "[alarms]": AlarmSettings,
        "[alarms.rules.NAME]": AlarmRuleSettings,
        "[schedules.NAME]": ScheduleSettings,
        "[thermostats.NAME]": ThermostatSettings,
    }
    tables = "\n\n".join(_settings_table(title, model) for title, model in sections.items())
    return f"""# Configuration

{_MADE}
A TOML file: the one that `--config` names, else `$PUMPHOUSE_CONFIG`, else `pumphouse.toml` in the
user's configuration folder. An environment variable wins over the file: `PUMPHOUSE_WEB__PORT=8500`
is `port` of `[web]`. `pumphouse init` writes the file below, `pumphouse check` finds every mistake.

A secret is a text, `{{ env = "NAME" }}` or `{{ file = "/path" }}`.

{tables}

## The sample file

```toml
{sample(source_types(), sink_types()).strip()}
```
"""


def _with_tables(title: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """A section, and the kinds of named tables within it."""
    yield title, model
    for name, field in model.model_fields.items():
        within = get_args(field.annotation)
        if len(within) == 2 and isinstance(within[1], type) and issubclass(within[1], BaseModel):  # noqa: PLR2004  (name and table)
            yield title.replace("]", f".{name}.NAME]", 1), within[1]


def _settings_table(title: str, model: type[BaseModel]) -> str:
    rows = []
    for name, field in model.model_fields.items():
        default = "needed" if field.is_required() else ""
        if not default and field.default_factory is None and field.default is not None:
            default = f"`{toml_value(field.default)}`"
        description = field.description or "Which kind this is."
        rows.append(f"| `{name}` | {default} | {description} |")
    head = f"## `{title}`\n\n| setting | default | meaning |\n|---|---|---|"
    return "\n".join([head, *rows])


def render_errors() -> str:
    """The page of the error tree."""
    rows = "\n".join(
        f"| {'&nbsp;' * 4 * depth}{kind.__name__} | {kind.exit_code} | {_first_sentence(kind)} |"
        for kind, depth in _tree(PumphouseError, 0)
    )
    return f"""# Errors

{_MADE}
Every message says what happened, what was expected and what to do next. Behind it is one of these,
indented below its kind. *Transient* errors mend themselves: Pumphouse tries again, later and later,
and as the vendor asks. *Permanent* ones need a person; `pumphouse status` shows which.

| error | exit code | meaning |
|---|---|---|
{rows}
"""


def _tree(kind: type[PumphouseError], depth: int) -> Iterator[tuple[type[PumphouseError], int]]:
    yield kind, depth
    order = list(vars(errors).values())  # plugins add kinds of their own below these
    for child in sorted((sub for sub in kind.__subclasses__() if sub in order), key=order.index):
        yield from _tree(child, depth + 1)


def _first_sentence(kind: type[PumphouseError]) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]


PAGES = {
    "commands.md": render_commands,
    "configuration.md": render_configuration,
    "errors.md": render_errors,
}


def main() -> None:
    """Write all pages into the folder that is named."""
    folder = Path(sys.argv[1])
    for name, render in PAGES.items():
        (folder / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
