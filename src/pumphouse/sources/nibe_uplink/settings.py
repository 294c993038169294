"""The section of a NIBE Uplink source in the configuration."""

from typing import Literal

from pydantic import Field, field_validator

from pumphouse.config.settings import OAuthSourceSettings

__all__ = ["NibeUplinkSettings"]


class NibeUplinkSettings(OAuthSourceSettings):
    """NIBE Uplink, the cloud of NIBE's F-series until 2024."""

    type: Literal["nibe_uplink"] = Field(
        default="nibe_uplink", description="NIBE Uplink, API version 1."
    )

    @field_validator("grant")
    @classmethod
    def _documented_grant(cls, grant: str) -> str:
        if grant == "client_credentials":
            raise ValueError(
                'NIBE Uplink has no client credentials; write "authorization_code" or, '
                'without a renewal of the login, "implicit"'
            )
        return grant
