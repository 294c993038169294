"""The models of the configuration: one class per section, a description per field.

The descriptions are the documentation: the sample file and the reference page are made from them.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

from pumphouse.core.model import Site

__all__ = [
    "CursorSinkSettings",
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
]

DEFAULT_REDIRECT_URI = "http://localhost:8400/oauth/callback"


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


Secret = Annotated[SecretStr, BeforeValidator(_resolve_secret)]
"""A secret: a text, `{ env = "NAME" }` or `{ file = "/path" }`; shown nowhere."""

HttpAddress = Annotated[str, AfterValidator(_base_address)]
"""An http or https address; a trailing slash is taken off."""

RedirectUri = Annotated[str, AfterValidator(_checked_address)]
"""An http or https address, kept letter for letter: vendors compare it so."""


class Section(BaseModel):
    """A part of the configuration; an unknown key is an error, not a surprise later."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


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

    @property
    def grants(self) -> Path:
        """The folder of the grants."""
        return self.path.parent / "grants"


class WebSettings(Section):
    """The web application."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8400, ge=0, le=65535, description="Port to listen on.")


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
