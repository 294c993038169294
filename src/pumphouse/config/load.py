"""From a TOML file and the environment to validated settings: all problems at once.

Environment variables win over the file: `PUMPHOUSE_WEB__PORT=8500` is `port` of `[web]`.
"""

import difflib
import functools
import operator
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, cast

from platformdirs import user_config_path
from pydantic import BaseModel, Field, StringConstraints, ValidationError, create_model
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pumphouse.config.alarms import AlarmSettings
from pumphouse.config.retention import RetentionSettings
from pumphouse.config.schedules import ScheduleSettings, ThermostatSettings
from pumphouse.config.sensors import SensorsSettings
from pumphouse.config.settings import (
    EfficiencySettings,
    Section,
    SinkSettings,
    SiteSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)
from pumphouse.core.errors import ConfigurationError

__all__ = ["ENVIRONMENT_PREFIX", "Settings", "default_path", "load", "parse"]

ENVIRONMENT_PREFIX = "PUMPHOUSE_"
_Types: TypeAlias = Mapping[str, type[SourceSettings]]
_SinkTypes: TypeAlias = Mapping[str, type[SinkSettings]]
#: `sources` and `sinks`, and what `type` may be in each of their sections
_Kinds: TypeAlias = Mapping[str, Mapping[str, type[BaseModel]]]
_Name = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9_-]{1,64}$"))]


class Settings(Section):
    """The whole configuration.

    Attributes:
        path: the file it was read from, None where there is none.
        sources, sinks: by configured name.
        efficiency: by id of the device.
        schedules, thermostats: by configured name.
    """

    path: Path | None = None
    site: SiteSettings
    store: StoreSettings
    web: WebSettings
    sources: Mapping[str, SourceSettings]
    sinks: Mapping[str, SinkSettings] = {}
    efficiency: Mapping[str, EfficiencySettings] = {}
    sensors: SensorsSettings = SensorsSettings()
    alarms: AlarmSettings = AlarmSettings()
    retention: RetentionSettings = RetentionSettings()
    schedules: Mapping[str, ScheduleSettings] = {}
    thermostats: Mapping[str, ThermostatSettings] = {}

    @property
    def hints(self) -> Mapping[str, Mapping[str, float]]:
        """What the owner says about devices, by id, as numbers."""
        return {device: section.hints() for device, section in self.efficiency.items()}


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is looked for: `$PUMPHOUSE_CONFIG`, then the user's folder."""
    if named := environment.get(f"{ENVIRONMENT_PREFIX}CONFIG"):
        return Path(named).expanduser()
    return user_config_path("pumphouse") / "pumphouse.toml"


def load(path: Path, types: _Types, sinks: _SinkTypes = MappingProxyType({})) -> Settings:
    """Read and validate the file at `path`, overlaid by the environment.

    Args:
        path: the TOML file.
        types: what `type` may be in `[sources.…]`, and the model of such a section.
        sinks: the same for `[sinks.…]`.

    Raises:
        ConfigurationError: with every problem, each beginning with its TOML path.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            [f"there is no configuration at {path}; `pumphouse init` writes one to fill in"]
        ) from None
    except OSError as problem:
        raise ConfigurationError([f"{path} cannot be read: {problem.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path} is not a UTF-8 text file"]) from None
    return parse(text, types, sinks, path=path)


def parse(
    text: str,
    types: _Types,
    sinks: _SinkTypes = MappingProxyType({}),
    *,
    path: Path | None = None,
) -> Settings:
    """Validate the TOML in `text`, overlaid by the environment; see `load`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigurationError([f"{path or 'the text'} is not valid TOML: {problem}"]) from None
    kinds: _Kinds = {"sources": types, "sinks": sinks}
    model = _model(types, sinks, content)
    try:
        layered = model()
    except ValidationError as problem:
        raise ConfigurationError(
            sorted({_sentence(error, kinds) for error in problem.errors(include_url=False)})
        ) from None
    return Settings(
        path=path,
        site=layered.site,
        store=layered.store,
        web=layered.web,
        efficiency=layered.efficiency,
        schedules=layered.schedules,
        thermostats=layered.thermostats,
        sensors=layered.sensors,
        alarms=layered.alarms,
        retention=layered.retention,
        sources=cast("Mapping[str, SourceSettings]", layered.sources),
        sinks=cast("Mapping[str, SinkSettings]", layered.sinks),
    )


class _Layers(BaseSettings):
    """Environment over file over defaults; a subclass knows the sources and the file."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
    )
    site: SiteSettings = SiteSettings()
    store: StoreSettings = Field(default_factory=StoreSettings)
    web: WebSettings = WebSettings()
    sources: Mapping[str, Any] = {}
    sinks: Mapping[str, Any] = {}
    efficiency: Mapping[str, EfficiencySettings] = {}
    sensors: SensorsSettings = SensorsSettings()
    alarms: AlarmSettings = AlarmSettings()
    retention: RetentionSettings = RetentionSettings()
    schedules: Mapping[_Name, ScheduleSettings] = {}
    thermostats: Mapping[_Name, ThermostatSettings] = {}


def _model(types: _Types, sinks: _SinkTypes, content: dict[str, object]) -> type[_Layers]:
    """The layered model whose sections may be of these types and whose file holds `content`."""

    class FileLayers(_Layers):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the framework passes all)
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (as above)
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (as above)
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, InitSettingsSource(settings_cls, init_kwargs=content)

    return create_model(
        "ConfigurationFile",
        __base__=FileLayers,
        sources=(_sections(SourceSettings, types), Field(default={})),
        sinks=(_sections(SinkSettings, sinks), Field(default={})),
    )


def _sections(base: type[BaseModel], types: Mapping[str, type[BaseModel]]) -> Any:  # noqa: ANN401  (a type made at run time)
    """The type of a table of named sections, each of which may be of any of `types`."""
    section: Any = next(iter(types.values()), base)
    if len(types) > 1:
        tagged = functools.reduce(operator.or_, types.values())
        section = Annotated[tagged, Field(discriminator="type")]
    return Mapping[_Name, section]


def _sentence(error: ErrorDetails, kinds: _Kinds) -> str:
    """One problem for people: where, what, and what to write instead."""
    types = kinds.get(str(error["loc"][0]), {}) if error["loc"] else {}
    where = _toml_path(error["loc"], types)
    match error["type"]:
        case "missing":
            what = f"missing; write {where.rsplit('.', 1)[-1]} = …"
        case "extra_forbidden":
            what = f"no such setting{_suggestion(error['loc'], types)}"
        case "union_tag_not_found":
            what = f"`type` is missing; write one of {_listed(types)}"
        case "union_tag_invalid":
            what = f"`type` is unknown; write one of {_listed(types)}"
        case "string_pattern_mismatch" if "[key]" in error["loc"]:
            what = "a name holds letters, digits, - and _ only"
        case "tuple_type":
            what = 'write a list such as ["*"]'
        case _:
            what = error["msg"].removeprefix("Value error, ")
    return f"{where}: {what}"


def _toml_path(location: Iterable[int | str], types: Mapping[str, object]) -> str:
    """`sources.house.client_id`, without the marks pydantic puts between."""
    parts = list(location)
    if len(parts) > 2 and parts[2] in types:  # noqa: PLR2004  (the tag)
        del parts[2]
    return ".".join(str(part) for part in parts if part != "[key]") or "the file"


def _suggestion(location: tuple[int | str, ...], types: Mapping[str, type[BaseModel]]) -> str:
    """`; did you mean …?` where an allowed key is near."""
    model: type[BaseModel] = _Layers
    for part in location[:-1]:
        if str(part) in types:
            model = types[str(part)]
        elif (field := model.model_fields.get(str(part))) and isinstance(field.annotation, type):
            model = field.annotation if issubclass(field.annotation, BaseModel) else model
    near = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _listed(types: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(types))
