"""The section of a myUplink source in the configuration."""

from typing import Literal

from pydantic import Field, field_validator

from pumphouse.config.settings import OAuthSourceSettings

__all__ = ["MyUplinkSettings"]


class MyUplinkSettings(OAuthSourceSettings):
    """myUplink, the cloud of NIBE and its sister brands."""

    type: Literal["myuplink"] = Field(default="myuplink", description="myUplink, public API v2.")
    grant: Literal["authorization_code", "client_credentials", "implicit"] = Field(
        default="client_credentials",
        description="How consent is given: `client_credentials` needs no browser and never decays, "
        "and sees the systems of the application's owner; `authorization_code` asks a user.",
    )

    @field_validator("grant")
    @classmethod
    def _documented_grant(cls, grant: str) -> str:
        if grant == "implicit":
            raise ValueError(
                'myUplink has no implicit grant; write "client_credentials" or "authorization_code"'
            )
        return grant
