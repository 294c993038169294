"""What every section of the configuration says that names an MQTT broker."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, model_validator

from pumphouse.config.settings import Secret, Section

__all__ = ["Address", "BrokerSettings", "BrokerUrl"]

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Address:
    """A broker's address, taken apart."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), 0
        if parts.password is not None:
            raise ValueError("an address holds no password here; write it into `password`")
        if parts.scheme not in _PORTS or not parts.hostname or port == 0:
            raise ValueError(f'"{url}" is no address; write mqtt://host:1883 or mqtts://host:8883')
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("behind host and port the address of a broker has nothing")
        self.host = parts.hostname
        self.port = port or _PORTS[parts.scheme]
        self.user = unquote(parts.username) if parts.username else None
        self.encrypted = parts.scheme == "mqtts"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.encrypted else 'mqtt'}://{host}:{self.port}"


def _checked_address(url: str) -> str:
    Address(url)
    return url


def _readable_file(path: Path) -> Path:
    path = path.expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as problem:
        raise ValueError(f"the file {path} cannot be read: {problem.strerror}") from None


BrokerUrl = Annotated[str, AfterValidator(_checked_address)]
"""A broker's address, `mqtt://user@host:1883`, without a password."""

ReadableFile = Annotated[Path, AfterValidator(_readable_file)]


class BrokerSettings(Section):
    """How a broker is reached."""

    url: BrokerUrl = Field(
        description="Address of the broker: mqtt://user@host:1883, or mqtts:// to encrypt."
    )
    password: Secret | None = Field(
        default=None,
        description='The user\'s password: a text, { env = "NAME" } or { file = "/path" }.',
    )
    protocol: Literal["3.1.1", "5"] = Field(default="3.1.1", description="Version of MQTT.")
    keepalive_secs: int = Field(
        default=60, ge=5, le=3600, description="Seconds of silence after which a ping is sent."
    )
    client_id: str | None = Field(
        default=None, description="How the client calls itself; by default it invents a name."
    )
    ca_file: ReadableFile | None = Field(
        default=None,
        description="Certificate of the authority that signed the broker's, for mqtts:// with "
        "an authority of your own.",
    )
    certificate: ReadableFile | None = Field(
        default=None, description="Our own certificate, where the broker asks for one."
    )
    certificate_key: ReadableFile | None = Field(
        default=None, description="The key of our own certificate."
    )

    @model_validator(mode="after")
    def _reaches_a_broker(self) -> Self:
        address = self.address()
        if self.password is not None and address.user is None:
            raise ValueError("there is a password but no user; write mqtt://user@host into `url`")
        given = (self.ca_file, self.certificate, self.certificate_key)
        if not address.encrypted and any(given):
            raise ValueError("certificates need an encrypted connection; write mqtts:// in `url`")
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("`certificate` and `certificate_key` belong together; write both")
        return self

    def address(self) -> Address:
        """The address of the broker, taken apart."""
        return Address(self.url)
