"""The section of an rtl_433 source in the configuration."""

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from pumphouse.config.settings import HttpAddress, Secret, SourceSettings
from pumphouse.mqtt.settings import BrokerSettings, ReadableFile

__all__ = ["Rtl433Settings"]

_HTTP: Final = TypeAdapter[str](HttpAddress)
_Word = Annotated[str, StringConstraints(min_length=1)]


class Rtl433Settings(SourceSettings):
    """Radio sensors that rtl_433 hears: by a broker, by its own server, or run by us."""

    type: Literal["rtl433"] = Field(default="rtl433", description="Radio sensors, by rtl_433.")
    url: str | None = Field(
        default=None,
        description="Where rtl_433 tells what it hears: the broker of its -F mqtt://user@host:1883"
        " (mqtts:// to encrypt), or its own server -F http, http://host:8433.",
        examples=["mqtt://localhost:1883"],
    )
    topic: Annotated[str, StringConstraints(pattern=r"^[^\s\x00]+$")] = Field(
        default="rtl_433/+/events", description="Topic of the events, with wildcards."
    )
    password: Secret | None = Field(
        default=None,
        description='The password of the user at the broker: a text, { env = "NAME" } or'
        ' { file = "/path" }.',
    )
    ca_file: ReadableFile | None = Field(
        default=None,
        description="Certificate of the authority that signed the broker's, for mqtts:// with "
        "an authority of your own.",
    )
    command: tuple[_Word, ...] | None = Field(
        default=None,
        min_length=1,
        description="Instead of url: the program to run and its arguments, without a shell. It is"
        " started again when it ends.",
        examples=[("rtl_433", "-F", "json", "-M", "time:unix", "-M", "level")],
    )
    transmitters: tuple[str, ...] = Field(
        default=("*",),
        description="Which transmitters to keep: models, or whole ids such as"
        ' "Oregon-THGR122N/1/*".',
    )
    exclude_transmitters: tuple[str, ...] = Field(
        default=("TPMS",),
        description="Which of them not to keep; TPMS are the tyres of cars that drive by.",
    )
    interval_secs: float = Field(
        default=300,
        ge=1,
        le=86400,
        description="How long all transmitters together may be silent; after three times as long"
        " the connection is opened, or the program started, again.",
    )
    listen_secs: float = Field(
        default=60,
        gt=0,
        le=600,
        description="How long `pumphouse poll` listens; most transmitters speak every minute.",
    )

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise ValueError("write either `url` or `command`")
        if self.url is None or self.url.startswith(("mqtt:", "mqtts:")):
            self.broker()
        elif urlsplit(self.url).scheme in ("http", "https"):
            _HTTP.validate_python(self.url)
        else:
            raise ValueError(
                f'"{self.url}" is no address; write mqtt://host:1883 or http://host:8433'
            )
        return self

    def broker(self) -> BrokerSettings | None:
        """How the broker is reached; None where there is none."""
        if self.url is None or not self.url.startswith("mqtt"):
            return None
        return BrokerSettings(url=self.url, password=self.password, ca_file=self.ca_file)
