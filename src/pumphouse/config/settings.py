"""The models of the configuration: one class per section, a description per field.

The descriptions are the documentation: the sample file and the reference page are made from them.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import argon2
from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from pumphouse.core.model import Site

__all__ = [
    "CursorSinkSettings",
    "EfficiencySettings",
    "HttpAddress",
    "OAuthSourceSettings",
    "RedirectUri",
    "Secret",
    "Section",
    "SinkSettings",
    "SiteSettings",
    "SourceSettings",
    "StoreSettings",
    "WebSettings",
    "is_loopback",
]

DEFAULT_REDIRECT_URI = "http://localhost:8400/oauth/callback"

#: a hash to show how one looks; its password was never kept
_HASH_OF_NOTHING_KNOWN = "$argon2id$v=19$m=65536,t=3,p=4$dX3b7IZCa1U$/mwY5HaFpCUTR+xbgbO4GQ"
#: in the order of `analytics.fluids.Fluid`
_FLUIDS = ("water", "ethanol", "propylene_glycol", "ethylene_glycol")
_HEADER_NAME = re.compile(r"^[A-Za-z0-9-]+$")
#: a native id, and limits for it
_ALLOWED = re.compile(r"^\S+( from -?\d+(\.\d+)? to -?\d+(\.\d+)?( step \d+(\.\d+)?)?)?$")
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:]{2,39}\]?")


def _resolve_secret(given: object) -> object:
    """Turn `{ env = … }` and `{ file = … }` into the secret they point to."""
    if isinstance(given, str) and not given:
        raise ValueError("it is empty")
    if not isinstance(given, dict):
        return given
    if set(given) == {"env"}:
        name = str(given["env"])
        if not os.environ.get(name):
            raise ValueError(f"the environment variable {name} is not set, or empty")
        return os.environ[name]
    if set(given) == {"file"}:
        path = Path(str(given["file"])).expanduser()
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is not a text file"
            raise ValueError(f"the file {path} cannot be read: {reason}") from None
        if not secret:
            raise ValueError(f"the file {path} is empty")
        return secret
    raise ValueError('write a text, { env = "NAME" } or { file = "/path" }')


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'"{name}" is no time zone; write one such as "Europe/Stockholm"'
        ) from None
    return name


def _checked_address(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f'"{address}" is no address; it begins with http:// or https://')
    if parts.username or parts.password:
        raise ValueError("an address holds no user name or password here")
    return address


def _base_address(address: str) -> str:
    return _checked_address(address).rstrip("/")


def _checked_hash(secret: SecretStr) -> SecretStr:
    try:
        argon2.extract_parameters(secret.get_secret_value())
    except argon2.exceptions.InvalidHashError:
        raise ValueError("it is no argon2 hash; `pumphouse password` prints one") from None
    return secret


def _checked_network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError(
            f'"{text}" is no address; write one such as 192.168.1.2 or 172.16.0.0/12'
        ) from None


def _checked_host_name(name: str) -> str:
    if not _HOST_NAME.fullmatch(name):
        raise ValueError(f'"{name}" is no host name; write it without http:// and without a port')
    return name.lower()


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    name = host.lower().strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


Secret = Annotated[SecretStr, BeforeValidator(_resolve_secret)]
"""A secret: a text, `{ env = "NAME" }` or `{ file = "/path" }`; shown nowhere."""

HttpAddress = Annotated[str, AfterValidator(_base_address)]
"""An http or https address; a trailing slash is taken off."""

RedirectUri = Annotated[str, AfterValidator(_checked_address)]
"""An http or https address, kept letter for letter: vendors compare it so."""


class Section(BaseModel):
    """A part of the configuration; an unknown key is an error, not a surprise later."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class SiteSettings(Section):
    """The home or plant."""

    name: str = Field(default="Home", description="What you call it.")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="UTC", description="IANA name of the time zone; days are this zone's days."
    )
    currency: Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Z]{3}$"))] = Field(
        default="EUR", description="Currency of prices and costs, three letters (ISO 4217)."
    )

    def site(self) -> Site:
        """The same as a domain value."""
        return Site(self.name, self.timezone, self.currency)


def _default_store_path() -> Path:
    return user_state_path("pumphouse") / "pumphouse.db"


class StoreSettings(Section):
    """Where readings stay."""

    path: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=_default_store_path,
        description="The database file. Logins are kept in the folder `grants` beside it.",
    )
    journal_limit: int = Field(
        default=10_000_000,
        ge=10_000,
        description="How many readings may wait in order for sinks that do not answer: ten million"
        " are nine months of one pump and 150 MB. What exceeds it is delivered later all the same.",
    )

    archive_after_months: int | None = Field(
        default=None,
        ge=1,
        le=1200,
        description="After how many months readings move into Parquet files in the folder `archive`"
        " beside the database, a tenth of the size; left out, never.",
        examples=[12],
    )

    @property
    def grants(self) -> Path:
        """The folder of the grants."""
        return self.path.parent / "grants"


class WebSettings(Section):
    """The web application."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. On any but this machine's own, a password_hash or a"
        " trusted_header is needed.",
    )
    port: int = Field(default=8400, ge=0, le=65535, description="Port to listen on.")
    password_hash: Annotated[Secret, AfterValidator(_checked_hash)] | None = Field(
        default=None,
        description="What `pumphouse password` prints for your password; with it, everybody has to"
        " log in.",
        examples=[_HASH_OF_NOTHING_KNOWN],
    )
    trusted_header: Annotated[str, StringConstraints(pattern=_HEADER_NAME)] | None = Field(
        default=None,
        description="A header in which your proxy names the user that it has let in.",
        examples=["Remote-User"],
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_checked_network)], ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of your proxies; from nobody else is trusted_header"
        " believed, nor X-Forwarded-For.",
    )
    hosts: tuple[Annotated[str, AfterValidator(_checked_host_name)], ...] = Field(
        default=(),
        description="Further names under which browsers reach it, such as pump.example.org.",
    )
    open_metrics: bool = Field(
        default=False,
        description="Whether /metrics needs no login, for a Prometheus that has no token.",
    )

    @property
    def guarded(self) -> bool:
        """Whether visitors have to say who they are."""
        return self.password_hash is not None or self.trusted_header is not None

    @model_validator(mode="after")
    def _let_nobody_in_by_mistake(self) -> Self:
        reached = (self.host, *self.hosts)
        if not self.guarded and (elsewhere := [one for one in reached if not is_loopback(one)]):
            raise ValueError(
                f'"{elsewhere[0]}" lets others than this machine in: set password_hash to what'
                ' `pumphouse password` prints, or trusted_header, or host = "127.0.0.1" and no'
                " hosts"
            )
        return self


class EfficiencySettings(Section):
    """What you know about a device and it does not tell: its figures become more certain."""

    electricity_meter_is_external: bool | None = Field(
        default=None,
        description="Whether its electricity is counted by a meter of its own (EN 50470 class B),"
        " not by the pump.",
        examples=[True],
    )
    heat_meter_is_external: bool | None = Field(
        default=None,
        description="Whether its heat is counted by a heat meter (EN 1434 class 2), not by the"
        " pump.",
        examples=[True],
    )
    phase_currents_are_pump: bool | None = Field(
        default=None,
        description="Whether its phase currents are those of the pump's feed, not of the house.",
        examples=[True],
    )
    brine_flow: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Flow of the brine in l/min, where nothing measures heat.",
        examples=[30.0],
    )
    brine_fluid: Literal["water", "ethanol", "propylene_glycol", "ethylene_glycol"] | None = Field(
        default=None,
        description="What is mixed with the water of the brine.",
        examples=["ethanol"],
    )
    brine_concentration: float | None = Field(
        default=None, ge=0, le=60, description="Its share of the mass, %.", examples=[25.0]
    )
    design_outdoor_temperature: float | None = Field(
        default=None,
        ge=-60,
        le=30,
        description="Outdoor temperature in °C for which the need of heat is told; -10 without it.",
        examples=[-16.0],
    )
    tank_litres: float | None = Field(
        default=None,
        gt=0,
        le=5000,
        description="What the hot water tank holds, in litres; 180 without it.",
        examples=[180.0],
    )

    def hints(self) -> Mapping[str, float]:
        """What is set, as numbers: yes is 1, and fluids are counted as they are listed above."""
        given = self.model_dump(exclude_none=True)
        if self.brine_fluid is not None:
            given["brine_fluid"] = _FLUIDS.index(self.brine_fluid)
        return {name: float(value) for name, value in given.items()}


class SourceSettings(Section):
    """What every source understands."""

    type: str = Field(description="What kind of source it is.")
    interval_secs: float = Field(
        default=300,
        ge=1,
        le=86400,
        description="Seconds between two reads; the clouds change about every 5 minutes.",
    )
    include: tuple[str, ...] = Field(
        default=("*",),
        description="What to keep: native ids or metric names, with wildcards.",
    )
    exclude: tuple[str, ...] = Field(default=(), description="What not to keep, of the above.")
    write: bool = Field(
        default=False,
        description="Whether settings may be changed; asks for a further permission at login.",
    )
    allow: tuple[Annotated[str, StringConstraints(pattern=_ALLOWED)], ...] = Field(
        default=(),
        description="What may be changed beyond the documented settings: native ids. Where the"
        ' vendor tells no limits, with yours: "40940 from -300 to 100 step 10".',
    )
    writes_per_hour: int = Field(
        default=30, ge=1, le=1000, description="How many changes may be sent within an hour."
    )
    writes_per_point: int = Field(
        default=6, ge=1, le=1000, description="How many of them may be of one setting."
    )
    confirm_secs: float | None = Field(
        default=None,
        ge=0,
        le=600,
        description="How long a change may take to be seen, before it counts as ignored; as long"
        " as is usual with the vendor without it.",
        examples=[60],
    )

    @property
    def allowed_ids(self) -> tuple[str, ...]:
        """The native ids of `allow`, without their limits."""
        return tuple(entry.split()[0] for entry in self.allow)


class OAuthSourceSettings(SourceSettings):
    """What every source behind an OAuth 2 login understands."""

    client_id: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] = Field(
        description="The identifier you got when you registered an application with the vendor."
    )
    client_secret: Secret = Field(
        description='The secret that came with it: a text, { env = "NAME" } or { file = "/path" }.'
    )
    base_url: HttpAddress | None = Field(
        default=None, description="Only to point at a test server; the vendor's own by default."
    )
    redirect_uri: RedirectUri = Field(
        default=DEFAULT_REDIRECT_URI,
        description="The callback address you registered with the vendor, letter for letter.",
    )
    grant: Literal["authorization_code", "client_credentials", "implicit"] = Field(
        default="authorization_code", description="How consent is given."
    )


class SinkSettings(Section):
    """What every sink understands."""

    type: str = Field(description="What kind of sink it is.")


class CursorSinkSettings(SinkSettings):
    """What every sink understands that is given each reading."""

    backfill: bool = Field(
        default=False,
        description="Whether a new sink begins with everything that was ever stored, not from now.",
    )
