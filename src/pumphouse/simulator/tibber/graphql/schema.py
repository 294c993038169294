"""Tibber's schema over the homes of the account."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.tibber.account import Contract, TibberHome
from pumphouse.simulator.tibber.graphql.execution import Arguments, Node, Value
from pumphouse.simulator.tibber.graphql.language import GraphqlProblem
from pumphouse.simulator.tibber.graphql.paging import Page, Span, cursor_of, paged
from pumphouse.simulator.tibber.graphql.prices import (
    CURRENCY,
    price_info,
    price_range,
    unit_price,
)
from pumphouse.simulator.tibber.meter import FIELDS

__all__ = ["Schema"]

_CAPS: Final = {"HOURLY": 744, "DAILY": 31, "WEEKLY": 52, "MONTHLY": 12, "ANNUAL": 1}
#: consumption is known so much later
_LATE: Final = timedelta(hours=3)
_VAT: Final = 0.2  # of the whole price


class Schema:
    """What can be asked for.

    Args:
        homes: of the account.
        clock: the house's time.
        socket_address: of the websocket.
    """

    def __init__(self, homes: Sequence[TibberHome], clock: HouseClock, socket_address: str) -> None:
        self._homes = {home.id: home for home in homes}
        self._clock = clock
        self._socket_address = socket_address

    def query(self) -> Node:
        """The root of queries."""
        return Node("Query", {"viewer": self._viewer})

    def measured_home(self, arguments: Arguments) -> TibberHome:
        """The home whose live measurement is subscribed to.

        Raises:
            GraphqlProblem: there is no such home, or no Pulse in it.
        """
        home = self._home(arguments.get("homeId"))
        if home.contract is None:
            raise GraphqlProblem("The home has no real time consumption.", "BAD_USER_INPUT")
        return home

    def measurement(self, home: TibberHome) -> Node:
        """The root of one live measurement."""
        assert home.contract is not None, "only measured homes are subscribed to"
        self._clock.catch_up()
        values = home.contract.meter.measure(self._clock.now())
        fields: dict[str, Value] = {name: values[name] for name in FIELDS}
        fields |= {"timestamp": values["timestamp"], "currency": CURRENCY}
        return Node("Subscription", {"liveMeasurement": Node("LiveMeasurement", fields)})

    def _viewer(self, _arguments: Arguments) -> Node:
        self._clock.catch_up()
        return Node(
            "Viewer",
            {
                "login": "owner@example.org",
                "userId": "8c0ffee0-1111-4222-8333-444444444444",
                "name": "Owner of the house",
                "accountType": ["tibber", "customer"],
                "websocketSubscriptionUrl": self._socket_address,
                "homes": [self._home_node(home) for home in self._homes.values()],
                "home": lambda arguments: self._home_node(self._home(arguments.get("id"))),
            },
        )

    def _home(self, identifier: object) -> TibberHome:
        home = self._homes.get(str(identifier))
        if home is None:
            raise GraphqlProblem("No home found for the given id.", "HOME_NOT_FOUND")
        return home

    def _home_node(self, home: TibberHome) -> Node:
        contract = home.contract
        subscription = self._subscription(contract) if contract else None
        return Node(
            "Home",
            {
                "id": home.id,
                "timeZone": home.zone.key,
                "appNickname": home.name,
                "appAvatar": "FLOORHOUSE1" if contract else "COTTAGE",
                "size": 170 if contract else 45,
                "type": "HOUSE" if contract else "COTTAGE",
                "numberOfResidents": 4,
                "primaryHeatingSource": "GROUND" if contract else "ELECTRICITY",
                "hasVentilationSystem": contract is not None,
                "mainFuseSize": 20 if contract else None,
                "address": _address(),
                "owner": Node("LegalEntity", {"id": "owner", "name": "Owner of the house"}),
                "meteringPointData": _metering_point() if contract else None,
                "currentSubscription": subscription,
                "subscriptions": [subscription] if subscription else [],
                "consumption": lambda arguments: self._consumption(contract, arguments),
                "production": _production,
                "features": Node(
                    "HomeFeatures", {"realTimeConsumptionEnabled": contract is not None}
                ),
            },
        )

    def _subscription(self, contract: Contract) -> Node:
        now = self._clock.now()
        return Node(
            "Subscription",
            {
                "id": "51b8e0a1-1111-4222-8333-444444444444",
                "status": "running",
                "validFrom": contract.since.isoformat(),
                "validTo": None,
                "priceInfo": lambda arguments: price_info(contract, now, arguments),
                "priceInfoRange": lambda arguments: price_range(contract, now, arguments),
            },
        )

    def _consumption(self, contract: Contract | None, arguments: Arguments) -> Node | None:
        if contract is None:
            return None
        now = self._clock.now()
        span = Span(contract.metered_since, now, contract.prices.zone, _CAPS)
        page = paged(arguments, span)
        rows = [_consumed(contract, start, end, now) for start, end in page.periods]
        known = [row for row in rows if row["consumption"] is not None]
        info: dict[str, Value] = {
            "currency": CURRENCY,
            "totalCost": _sum(known, "cost"),
            "totalConsumption": _sum(known, "consumption"),
            "filtered": len(rows) - len(known),
        }
        zone = contract.prices.zone
        cursors = [cursor_of(start.astimezone(zone)) for start, _ in page.periods]
        return _connection("Consumption", rows, cursors, page, info)


def _consumed(
    contract: Contract, start: datetime, end: datetime, now: datetime
) -> Mapping[str, Value]:
    """One period; null until it is known, and quarter by quarter at its own price."""
    prices, zone = contract.prices, contract.prices.zone
    price = unit_price(prices, start, end)
    known = end <= now - _LATE
    consumption = contract.household.imported_kwh(start, end) if known else None
    cost = None
    if known:
        cost = 0.0
        quarter = start
        while quarter < end:
            later = quarter + timedelta(minutes=15)
            used = contract.household.imported_kwh(quarter, later)
            cost += used * prices.at(quarter).total
            quarter = later
    return {
        "from": start.astimezone(zone).isoformat(timespec="milliseconds"),
        "to": end.astimezone(zone).isoformat(timespec="milliseconds"),
        "unitPrice": round(price, 6),
        "unitPriceVAT": round(price * _VAT, 6),
        "consumption": _rounded(consumption),
        "consumptionUnit": "kWh",
        "cost": _rounded(cost),
        "totalCost": _rounded(cost),
        "unitCost": None if consumption is None else round(price, 6),
        "currency": CURRENCY,
    }


def _production(arguments: Arguments) -> Node:
    """There is no sun on the roof: no nodes."""
    if arguments.get("resolution") not in _CAPS:
        raise GraphqlProblem("Give the resolution of the production.")
    info: dict[str, Value] = {"currency": CURRENCY, "totalProfit": None, "totalProduction": None}
    return _connection("Production", [], [], Page([], has_next=False, has_previous=False), info)


def _connection(
    what: str,
    rows: Sequence[Mapping[str, Value]],
    cursors: Sequence[str],
    page: Page,
    more: Mapping[str, Value],
) -> Node:
    nodes = [Node(what, row) for row in rows]
    edges = [
        Node(f"Home{what}Edge", {"cursor": cursor, "node": node})
        for cursor, node in zip(cursors, nodes, strict=True)
    ]
    info = {
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "count": len(rows),
        **more,
    }
    return Node(
        f"Home{what}Connection",
        {"pageInfo": Node(f"Home{what}PageInfo", info), "nodes": nodes, "edges": edges},
    )


def _address() -> Node:
    return Node(
        "Address",
        {
            "address1": "Pumphouse lane 1",
            "address2": None,
            "address3": None,
            "postalCode": "11122",
            "city": "Stockholm",
            "country": "SE",
            "latitude": "59.3293",
            "longitude": "18.0686",
        },
    )


def _metering_point() -> Node:
    return Node(
        "MeteringPointData",
        {
            "consumptionEan": "735999000000000001",
            "gridCompany": "Ellevio",
            "gridAreaCode": "STH",
            "priceAreaCode": "SE3",
            "productionEan": None,
            "energyTaxType": "normal",
            "vatType": "normal",
            "estimatedAnnualConsumption": 21000,
        },
    )


def _sum(rows: Sequence[Mapping[str, Value]], name: str) -> float | None:
    values = [value for row in rows if isinstance(value := row[name], float)]
    return round(sum(values), 6) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
