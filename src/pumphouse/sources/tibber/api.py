"""Every endpoint of Tibber's Data API that answers once, one method each; none of them writes."""

from datetime import UTC, datetime
from typing import Literal, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from pumphouse.http.session import ApiClient
from pumphouse.sources.parsing import Report, parse
from pumphouse.sources.tibber import wire

__all__ = ["DataApi", "events_path"]

T = TypeVar("T")


class DataApi:
    """The API below https://data-api.tibber.com/v1.

    All methods raise `SourceError`; a reply that is not as documented is `BadResponse`. Ids are
    opaque. A device whose category the consent does not cover is absent, without an error.

    Args:
        client: sends the requests, with token and limit.
        report: is told each bad item of a list that was left out.
    """

    def __init__(self, client: ApiClient, report: Report | None = None) -> None:
        self._client = client
        self._report = report

    async def homes(self) -> list[wire.Home]:
        """The homes of the account."""
        body = await self._client.get("/v1/homes")
        return self._parsed(wire.HOMES, body, "the homes").homes

    async def devices(self, home: str) -> list[wire.ListedDevice]:
        """The devices of a home; one that moves, such as a car, is in the list of every home."""
        body = await self._client.get(_home(home, "devices"))
        return self._parsed(wire.DEVICES, body, "the devices of a home").devices

    async def device(self, home: str, device: str) -> wire.Device:
        """One device with what it measures."""
        body = await self._client.get(_device(home, device))
        return self._parsed(wire.DEVICE, body, "a device")

    async def history(
        self,
        home: str,
        device: str,
        resolution: str,
        start: datetime,
        *,
        direction: Literal["since", "until"] = "since",
    ) -> wire.Page:
        """The first page of the closed periods of a device; `follow` reads the others.

        Args:
            resolution: one of those that the device supports.
            start: where to begin; the vendor ignores what is finer than an hour.
            direction: `since` goes on to later periods by the page's `next`, `until` to earlier
                ones by its `prev`.
        """
        query = (
            ("resolution", resolution),
            (direction, f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        )
        body = await self._client.get(_device(home, device, "/history"), query)
        return self._parsed(wire.HISTORY, body, "the history of a device")

    async def follow(self, link: str) -> wire.Page:
        """The page of history that another one links to."""
        body = await self._client.follow(link)
        return self._parsed(wire.HISTORY, body, "the history of a device")

    async def meters(self, home: str) -> list[wire.ListedDevice]:
        """The meters of a home that tell their measurements live."""
        body = await self._client.get(f"{events_path(home)}/devices")
        return self._parsed(wire.DEVICES, body, "the meters of a home").devices

    def _parsed(self, adapter: TypeAdapter[T], body: object, what: str) -> T:
        return parse(adapter, body, what, self._report)


def events_path(home: str) -> str:
    """Where the events of a home's meters are streamed."""
    return _home(home, "live-events")


def _home(home: str, rest: str) -> str:
    return f"/v1/homes/{quote(home, safe='')}/{rest}"


def _device(home: str, device: str, rest: str = "") -> str:
    return _home(home, f"devices/{quote(device, safe='')}{rest}")
