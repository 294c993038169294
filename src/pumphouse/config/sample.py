"""The commented configuration file that `pumphouse init` writes, made from the models.

`##` explains, `#` before a setting shows its default or an example; take the `#` away to set it.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pumphouse.config.settings import SiteSettings, SourceSettings, StoreSettings, WebSettings

__all__ = ["sample", "toml_value"]

_EXAMPLES: Mapping[str, str] = {
    "client_id": '"00000000-0000-0000-0000-000000000000"',
    "client_secret": '{ file = "/path/to/secret" }',
    "base_url": '"http://127.0.0.1:8080/test-server"',
}
_HEAD = """\
The configuration of Pumphouse.
Lines with two signs explain; a line with one sign shows a default or an example: take the sign
away to set it. `pumphouse check` finds every mistake in this file. Each setting can also come
from the environment: PUMPHOUSE_WEB__PORT=8500 is `port` of [web], and wins over this file."""


def sample(types: Mapping[str, type[SourceSettings]]) -> str:
    """The file, with one example section per type of source in `types`."""
    parts = [_explained(_HEAD)]
    for name, model in (("site", SiteSettings), ("store", StoreSettings), ("web", WebSettings)):
        parts.append(_section(f"[{name}]", model, commented=False))
    for name, source in sorted(types.items()):
        parts.append(_section(f"[sources.my-{name.replace('_', '-')}]", source, commented=True))
    return "\n\n".join(parts) + "\n"


def _section(header: str, model: type[BaseModel], *, commented: bool) -> str:
    lines = [_explained(model.__doc__ or ""), f"# {header}" if commented else header]
    for name, field in model.model_fields.items():
        lines += _setting(name, field)
    return "\n".join(lines)


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    description = "What kind of source it is." if name == "type" else field.description
    if description:
        yield _explained(description)
    yield f"# {name} = {_EXAMPLES.get(name) or toml_value(_default(name, field))}"


def _default(name: str, field: FieldInfo) -> object:
    if name == "type":
        return getattr(field.annotation, "__args__", ("",))[0]
    return field.get_default(call_default_factory=True)


def toml_value(value: object) -> str:
    """`value` as it is written in TOML; a path below the home folder begins with `~`."""
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(toml_value(item) for item in value) + "]"
        case Path():
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
