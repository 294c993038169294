"""The section of an emoncms sink in the configuration."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pumphouse.config.settings import CursorSinkSettings, HttpAddress, Secret

__all__ = ["EmoncmsSettings"]

_Node = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9_-]{1,32}$"))]


class EmoncmsSettings(CursorSinkSettings):
    """emoncms.org or an emoncms of one's own, such as an emonPi."""

    type: Literal["emoncms"] = Field(
        default="emoncms", description="emoncms, for openenergymonitor's heat pump app."
    )
    url: HttpAddress = Field(
        default="https://emoncms.org",
        description="Where emoncms is; one of your own: http://emonpi/emoncms.",
    )
    api_key: Secret = Field(description="The read and write key of your account.")
    node: _Node = Field(
        default="pumphouse",
        description="How nodes are called: this, and the device; each heat pump has its own.",
    )
    batch_size: int = Field(
        default=2000, ge=1, le=10_000, description="How many readings one request holds at most."
    )
    timeout_secs: float = Field(
        default=30, ge=1, le=600, description="How long to wait for the server's answer."
    )
