"""The section of a Tibber source in the configuration."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pumphouse.config.settings import (
    DEFAULT_REDIRECT_URI,
    HttpAddress,
    RedirectUri,
    Secret,
    SourceSettings,
)

__all__ = ["Category", "TibberSettings"]

Category = Literal["vehicles", "chargers", "thermostats", "energy_systems", "inverters"]

_EVERYTHING: Final = 36525  # days


class TibberSettings(SourceSettings):
    """Tibber: prices, consumption and the devices that are paired in its app."""

    type: Literal["tibber"] = Field(
        default="tibber", description="Tibber, its Data API and its GraphQL API."
    )
    client_id: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] | None = (
        Field(
            default=None,
            description="The id of the client you made at data-api.tibber.com/clients/manage.",
        )
    )
    client_secret: Secret | None = Field(
        default=None,
        description="The secret that came with it; Tibber shows it once.",
        examples=[{"env": "TIBBER_SECRET"}],
    )
    access_token: Secret | None = Field(
        default=None,
        description="Instead of a client: a personal token of developer.tibber.com. It brings"
        " prices, consumption and live power, but no devices.",
        examples=[{"env": "TIBBER_TOKEN"}],
    )
    redirect_uri: RedirectUri = Field(
        default=DEFAULT_REDIRECT_URI,
        description="The callback address of the client, letter for letter, final slash included.",
    )
    base_url: HttpAddress | None = Field(
        default=None,
        description="Only to point at a test server, which takes the place of all Tibber's hosts.",
    )
    devices: tuple[Category, ...] = Field(
        default=("thermostats", "energy_systems"),
        description="Which devices to read; each category is a permission of its own at login.",
    )
    prices: bool = Field(default=True, description="Whether to read the price of electricity.")
    consumption: bool = Field(
        default=True, description="Whether to read what the home used hour by hour, and its cost."
    )
    grid_fee: float = Field(
        default=0.0,
        description="What the grid company takes for a kilowatt-hour, with VAT, in the currency of"
        " Tibber's prices: it is in none of them, and is added to each.",
        examples=[0.35],
    )
    live: bool = Field(
        default=False, description="Whether to listen to the live power of a Pulse or Watty."
    )
    live_service: Literal["data_api", "graphql"] = Field(
        default="data_api",
        description="Where live power comes from: the events of the Data API, or the websocket of"
        " the older GraphQL API, which knows phases too. A personal token has only the latter.",
    )
    live_interval_secs: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        description="Keep at most one live measurement in so many seconds; 0 keeps all.",
    )
    history_days: int = Field(
        default=366,
        ge=0,
        le=_EVERYTHING,
        description="How much of the past to fetch when Tibber is asked for the first time, and"
        " after an outage at most.",
    )
    scopes: tuple[str, ...] = Field(
        default=(),
        description="Ask for exactly these permissions at login, instead of those that follow from"
        " the settings above.",
        examples=[["openid", "offline_access", "data-api-homes-read"]],
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_client = self.client_id is not None and self.client_secret is not None
        if self.access_token is not None:
            if self.client_id is not None or self.client_secret is not None:
                raise ValueError("set client_id and client_secret, or access_token, not both")
        elif not by_client:
            raise ValueError("set client_id and client_secret, or access_token")
        return self

    @property
    def by_graphql(self) -> bool:
        """Whether live power comes over the websocket."""
        return self.access_token is not None or self.live_service == "graphql"
