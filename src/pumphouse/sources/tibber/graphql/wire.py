"""The JSON of Tibber's GraphQL API as types, for the fields that are asked for."""

from pydantic import Field, TypeAdapter

from pumphouse.sources.parsing import Tolerant, Wire

__all__ = [
    "CONSUMPTION",
    "HOMES",
    "PRICES",
    "PRICE_RANGE",
    "Consumption",
    "ConsumptionNode",
    "Home",
    "Homes",
    "PageInfo",
    "Price",
    "PriceInfo",
    "PriceRange",
]


class Features(Wire):
    """What a home can do."""

    real_time_consumption_enabled: bool | None = None


class Contract(Wire):
    """The contract in force; only that there is one matters."""

    status: str | None = None


class Home(Wire):
    """A home. Without a contract it has no prices."""

    id: str
    app_nickname: str | None = None
    time_zone: str | None = None
    current_subscription: Contract | None = None
    features: Features | None = None


class Homes(Wire):
    """All homes of the account, and where their live measurements are."""

    websocket_subscription_url: str | None = None
    homes: Tolerant[Home]


class Price(Wire):
    """What a kilowatt-hour costs from `starts_at` on; total = energy + tax."""

    total: float | None = None
    energy: float | None = None
    tax: float | None = None
    starts_at: str
    currency: str | None = None
    level: str | None = None


class PriceInfo(Wire):
    """Prices of today and tomorrow; tomorrow's are empty until they are published."""

    today: Tolerant[Price] | None = None
    tomorrow: Tolerant[Price] | None = None


class PageInfo(Wire):
    """Where a page ends and whether another follows."""

    end_cursor: str | None = None
    has_next_page: bool | None = None


class PriceRange(Wire):
    """A page of past prices."""

    page_info: PageInfo = Field(default_factory=PageInfo)
    nodes: Tolerant[Price] | None = None


class ConsumptionNode(Wire):
    """What the home used in one period; null until it is known, and corrected for days after."""

    from_: str = Field(alias="from")
    consumption: float | None = None
    cost: float | None = None
    currency: str | None = None


class Consumption(Wire):
    """A page of consumption."""

    page_info: PageInfo = Field(default_factory=PageInfo)
    nodes: Tolerant[ConsumptionNode] | None = None


HOMES = TypeAdapter(Homes)
PRICES = TypeAdapter(PriceInfo)
PRICE_RANGE = TypeAdapter(PriceRange)
CONSUMPTION = TypeAdapter(Consumption)
