"""The section of a 1-Wire bus in the configuration."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pumphouse.config.settings import SourceSettings

__all__ = ["DEFAULT_PATH", "DEFAULT_PORT", "OneWireSettings", "host_and_port"]

DEFAULT_PATH = Path("/sys/bus/w1/devices")
#: registered for owserver with IANA
DEFAULT_PORT = 4304

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_LARGEST_PORT = 65535


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of an address such as `127.0.0.1:4304` or `[::1]:4304`.

    Raises:
        ValueError: it is none.
    """
    found = _ADDRESS.fullmatch(address)
    port = int(found[2] or DEFAULT_PORT) if found else 0
    if found is None or not 0 < port <= _LARGEST_PORT:
        raise ValueError(f'"{address}" is no address; write one such as "127.0.0.1:{DEFAULT_PORT}"')
    return found[1].strip("[]"), port


def _checked(address: str) -> str:
    host_and_port(address)
    return address


class OneWireSettings(SourceSettings):
    """1-Wire: sensors on a bus, by owserver or by the Linux kernel."""

    type: Literal["onewire"] = Field(default="onewire", description="A bus of 1-Wire sensors.")
    interval_secs: float = Field(
        default=60, ge=1, le=86400, description="Seconds between two reads of the whole bus."
    )
    address: Annotated[str, AfterValidator(_checked)] | None = Field(
        default=None,
        description="Host and port of an owserver; without it the kernel's own driver is asked.",
        examples=["127.0.0.1:4304"],
    )
    path: Annotated[Path, AfterValidator(Path.expanduser)] | None = Field(
        default=None,
        description="The folder in which the kernel shows the bus; its usual one without it.",
        examples=[DEFAULT_PATH],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.address is not None and self.path is not None:
            raise ValueError("write `address` for owserver or `path` for the kernel, not both")
        return self
