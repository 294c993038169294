"""Prices in Tibber's schema: today, tomorrow, and any range before."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from typing import Final, NamedTuple

from pumphouse.simulator.house.prices import Prices
from pumphouse.simulator.tibber.account import Contract
from pumphouse.simulator.tibber.graphql.execution import Arguments, Node, Value
from pumphouse.simulator.tibber.graphql.language import GraphqlProblem
from pumphouse.simulator.tibber.graphql.paging import Span, cursor_of, paged
from pumphouse.simulator.tibber.periods import periods

__all__ = ["CURRENCY", "price_info", "price_range", "unit_price"]

CURRENCY: Final = "SEK"
_CAPS: Final = {"QUARTER_HOURLY": 672, "HOURLY": 744, "DAILY": 31}
#: what a price is compared with, by resolution
_TRAILING: Final = {"QUARTER_HOURLY": 3, "HOURLY": 3, "DAILY": 30}
_PERIODS: Final = {"QUARTER_HOURLY": "quarterHour", "HOURLY": "hour"}
_LEVELS: Final = ((0.6, "VERY_CHEAP"), (0.9, "CHEAP"))
_UPPER: Final = ((1.15, "NORMAL"), (1.4, "EXPENSIVE"))


class _Mean(NamedTuple):
    energy: float
    tax: float

    @property
    def total(self) -> float:
        return self.energy + self.tax


def price_info(contract: Contract, now: datetime, arguments: Arguments) -> Node:
    """`priceInfo(resolution)`: what is known of today and tomorrow."""
    resolution = arguments.get("resolution") or "HOURLY"
    if resolution not in _PERIODS:
        raise GraphqlProblem(f'Value "{resolution}" does not exist in "PriceInfoResolution" enum.')
    prices, name = contract.prices, str(resolution)
    today = now.astimezone(prices.zone).date()

    def of_day(day: date) -> list[Node]:
        begin, end = prices.midnight(day), prices.midnight(day + timedelta(days=1))
        if end > prices.published_until(now):
            return []
        spans = periods(_PERIODS[name], begin, end, prices.zone)
        return [_price(prices, name, *span) for span in spans]

    def current(_arguments: Arguments) -> Node:
        nodes = of_day(today)
        elapsed = now - prices.midnight(today)
        length = (prices.midnight(today + timedelta(days=1)) - prices.midnight(today)) / len(nodes)
        return nodes[int(elapsed / length)]

    return Node(
        "PriceInfo",
        {
            "current": current,
            "today": lambda _: of_day(today),
            "tomorrow": lambda _: of_day(today + timedelta(days=1)),
        },
    )


def price_range(contract: Contract, now: datetime, arguments: Arguments) -> Node:
    """`priceInfoRange(resolution, first, last, before, after)`."""
    prices = contract.prices
    span = Span(contract.since, prices.published_until(now), prices.zone, _CAPS)
    page = paged(arguments, span)
    name = str(arguments["resolution"])
    nodes = [_price(prices, name, *one) for one in page.periods]
    cursors = [cursor_of(start.astimezone(prices.zone)) for start, _ in page.periods]
    edges = [
        Node("PriceInfoRangeEdge", {"cursor": cursor, "node": node})
        for cursor, node in zip(cursors, nodes, strict=True)
    ]
    means = [_mean(prices, *one) for one in page.periods]
    info: dict[str, Value] = {
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "count": len(nodes),
        "resolution": name,
        "currency": CURRENCY,
        "precision": "4",
    }
    totals = [mean.energy for mean in means]
    info |= {
        "minEnergy": min(totals, default=None),
        "maxEnergy": max(totals, default=None),
        "minTotal": min((mean.total for mean in means), default=None),
        "maxTotal": max((mean.total for mean in means), default=None),
    }
    return Node(
        "SubscriptionPriceConnection",
        {"pageInfo": Node("PriceInfoRangePageInfo", info), "nodes": nodes, "edges": edges},
    )


def unit_price(prices: Prices, start: datetime, end: datetime) -> float:
    """Mean price of all quarters of a period, everything included."""
    return _mean(prices, start, end).total


def _price(prices: Prices, resolution: str, start: datetime, end: datetime) -> Node:
    mean = _mean(prices, start, end)
    return Node(
        "Price",
        {
            "total": round(mean.total, 4),
            "energy": round(mean.energy, 4),
            "tax": round(mean.tax, 4),
            "startsAt": start.astimezone(prices.zone).isoformat(timespec="milliseconds"),
            "currency": CURRENCY,
            "level": lambda _: _level(prices, resolution, start, mean.total),
        },
    )


def _mean(prices: Prices, start: datetime, end: datetime) -> _Mean:
    found = list(_between(prices, start, end))
    energy, tax = zip(*((price.energy, price.tax) for price in found), strict=True)
    return _Mean(fmean(energy), fmean(tax))


def _between(prices: Prices, start: datetime, end: datetime) -> Iterable[_Mean]:
    day = start.astimezone(prices.zone).date()
    while prices.midnight(day) < end:
        for price in prices.day(day):
            if start <= price.starts_at.astimezone(UTC) < end:
                yield _Mean(price.energy, price.tax)
        day += timedelta(days=1)


def _level(prices: Prices, resolution: str, start: datetime, total: float) -> str:
    """How a price compares with the days before it."""
    before = start - timedelta(days=_TRAILING[resolution])
    average = fmean(_totals(prices, before, start))
    for share, name in _LEVELS:
        if total <= share * average:
            return name
    for share, name in _UPPER:
        if total < share * average:
            return name
    return "VERY_EXPENSIVE"


def _totals(prices: Prices, start: datetime, end: datetime) -> Sequence[float]:
    return [price.total for price in _between(prices, start, end)]
