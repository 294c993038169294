"""The commented configuration file that `pumphouse init` writes, made from the models.

`##` explains, `#` before a setting shows its default or an example; take the `#` away to set it.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.config.retention import RetentionSettings
from pumphouse.config.schedules import ScheduleSettings, ThermostatSettings
from pumphouse.config.sensors import CheckSettings
from pumphouse.config.settings import (
    EfficiencySettings,
    SinkSettings,
    SiteSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)

__all__ = ["sample", "toml_value"]

_EXAMPLES: Mapping[str, str] = {
    "client_id": '"00000000-0000-0000-0000-000000000000"',
    "client_secret": '{ file = "/path/to/secret" }',
    "password": '{ file = "/path/to/secret" }',
    "token": '{ file = "/path/to/secret" }',
    "base_url": '"http://127.0.0.1:8080/test-server"',
}
_HEAD = """\
The configuration of Pumphouse.
Lines with two signs explain; a line with one sign shows a default or an example: take the sign
away to set it. `pumphouse check` finds every mistake in this file. Each setting can also come
from the environment: PUMPHOUSE_WEB__PORT=8500 is `port` of [web], and wins over this file."""


def sample(
    types: Mapping[str, type[SourceSettings]],
    sinks: Mapping[str, type[SinkSettings]] = MappingProxyType({}),
) -> str:
    """The file, with one example section per type of source in `types` and of sink in `sinks`."""
    parts = [_explained(_HEAD)]
    for name, model in (("site", SiteSettings), ("store", StoreSettings), ("web", WebSettings)):
        parts.append(_section(f"[{name}]", model, commented=False))
    kinds: Mapping[str, Mapping[str, type[BaseModel]]] = {"sources": types, "sinks": sinks}
    for kind, models in kinds.items():
        for name, section in sorted(models.items()):
            header = f"[{kind}.my-{name.replace('_', '-')}]"
            parts.append(_section(header, section, commented=True))
    parts.append(_section("[efficiency.id-of-a-device]", EfficiencySettings, commented=True))
    parts.append(_section("[sensors.checks.sensor_temperature]", CheckSettings, commented=True))
    parts.append(_section("[retention]", RetentionSettings, commented=True))
    parts.append(_section("[alarms]", AlarmSettings, commented=True, without="rules"))
    parts.append(_section("[alarms.rules.cold-room]", AlarmRuleSettings, commented=True))
    parts.append(_section("[schedules.cheap-hours]", ScheduleSettings, commented=True))
    parts.append(_section("[thermostats.living-room]", ThermostatSettings, commented=True))
    return "\n\n".join(parts) + "\n"


def _section(header: str, model: type[BaseModel], *, commented: bool, without: str = "") -> str:
    """A section; `without` a setting whose tables have a section of their own."""
    lines = [_explained(model.__doc__ or ""), f"# {header}" if commented else header]
    for name, field in model.model_fields.items():
        lines += _setting(name, field) if name != without else ()
    return "\n".join(lines)


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    description = "Which kind this is." if name == "type" else field.description
    if description:
        yield _explained(description)
    yield f"# {name} = {_EXAMPLES.get(name) or toml_value(_shown(name, field))}"


def _shown(name: str, field: FieldInfo) -> object:
    """The default, or an example where there is none."""
    if name == "type":
        return getattr(field.annotation, "__args__", ("",))[0]
    default = field.get_default(call_default_factory=True)
    if default is None or default is PydanticUndefined:
        return next(iter(field.examples or ()), "…")
    return default


def toml_value(value: object) -> str:
    """`value` as it is written in TOML; a path below the home folder begins with `~`."""
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(toml_value(item) for item in value) + "]"
        case dict():
            pairs = ", ".join(
                f"{json.dumps(key)} = {toml_value(one)}" for key, one in value.items()
            )
            return f"{{ {pairs} }}" if pairs else "{}"
        case Path() | time():
            home = str(Path.home())
            return json.dumps(str(value).replace(home, "~", 1))
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return json.dumps(value, ensure_ascii=False)


def _explained(text: str) -> str:
    first, *rest = text.strip().splitlines()
    lines = [first, *textwrap.dedent("\n".join(rest)).splitlines()]
    wrapped = (line for part in lines for line in textwrap.wrap(part, 95) or [""])
    return "\n".join(f"## {line}".rstrip() for line in wrapped)
