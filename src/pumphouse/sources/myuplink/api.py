"""Every public endpoint of the myUplink API that speaks JSON, one method each.

Facts are those of the vendor's OpenAPI document and of what clients met. There is no public history
endpoint. Texts are asked for in American English, the API's own default. Firmware images, the one
thing offered as bytes, are not downloaded here.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from pumphouse.http.session import ApiClient
from pumphouse.sources.myuplink import wire
from pumphouse.sources.parsing import Report, parse

__all__ = ["MyUplinkApi"]

#: the most that the vendor gives; its default is 10
ITEMS_PER_PAGE: Final = 100
_HEADERS: Final = {"Accept": "application/json", "Accept-Language": "en-US"}

T = TypeVar("T")
PageT = TypeVar("PageT", wire.Systems, wire.Notifications)


class MyUplinkApi:
    """The API below https://api.myuplink.com.

    All methods raise `SourceError`; a reply that is not as documented is `BadResponse`. Ids of
    devices and systems are opaque.

    Args:
        client: sends the requests, with token and limit.
        report: is told each bad item of a list that was left out.
    """

    def __init__(self, client: ApiClient, report: Report | None = None) -> None:
        self._client = client
        self._report = report

    async def ping(self) -> None:
        """Whether the service answers; needs no consent."""
        await self._client.get("/v2/ping")

    async def protected_ping(self) -> None:
        """Whether the service answers and takes the token."""
        await self._client.get("/v2/protected-ping")

    async def systems(self) -> list[wire.System]:
        """All systems of the account with their devices, every page."""
        pages = await self._pages("/v2/systems/me", wire.SYSTEMS, "the systems")
        return [system for page in pages for system in page.systems]

    async def notifications(self, system: str, *, active: bool = False) -> list[wire.Notification]:
        """The alarms of a system, every page; with `active` only those that last.

        There is no public way to reset one.
        """
        path = f"/v2/systems/{quote(system, safe='')}/notifications"
        what = "the notifications of a system"
        pages = await self._pages(f"{path}/active" if active else path, wire.NOTIFICATIONS, what)
        return [item for page in pages for item in page.notifications]

    async def smart_home_mode(self, system: str) -> str:
        """The mode of a system: Default, Normal, Away, Vacation or Home."""
        path = f"/v2/systems/{quote(system, safe='')}/smart-home-mode"
        return (await self._get(path, wire.MODE, "the smart-home mode")).smart_home_mode

    async def set_smart_home_mode(self, system: str, mode: str) -> None:
        """Set the mode of a system; some systems refuse some modes."""
        path = f"/v2/systems/{quote(system, safe='')}/smart-home-mode"
        await self._client.send("PUT", path, {"smartHomeMode": mode})

    async def subscriptions(self, system: str) -> list[wire.Subscription]:
        """The paid services of a system.

        The document says a list of objects, clients met one object: both are taken. The endpoint
        has failed for everybody before, so a failure means "unknown", not "none".
        """
        path = f"/v2/systems/{quote(system, safe='')}/subscriptions"
        found = await self._get(path, wire.SUBSCRIPTIONS, "the subscriptions")
        return [item for part in found for item in part.subscriptions or ()]

    async def device(self, device: str) -> wire.Device:
        """One device with its features."""
        return await self._get(_device(device), wire.DEVICE, "a device")

    async def points(
        self,
        device: str,
        parameters: Sequence[str] = (),
        *,
        version: Literal["v2", "v3"] = "v2",
    ) -> list[wire.Point]:
        """The points of a device: a bare list, without pages.

        Args:
            device: its id.
            parameters: only these; without them a default set, which leaves some out. Ids that the
                device lacks are silently missing. Ids may repeat in the answer.
            version: `v3` gives limits in display units instead of raw ones.
        """
        query = (("parameters", ",".join(parameters)),) if parameters else ()
        path = _device(device, "points", version)
        return await self._get(path, wire.POINTS, "the points of a device", query)

    async def set_points(self, device: str, values: Mapping[str, str]) -> Mapping[str, object]:
        """Change points; answers what became of each, for example `{"47398": "modified"}`.

        The values are in display units (22, not 220) and have to keep to the step. "modified" is no
        proof: only a later read shows whether the device took it, up to a minute later.
        """
        body = await self._client.send("PATCH", _device(device, "points"), dict(values))
        return parse(wire.MODIFIED, body or {}, "the changes of a device", self._report)

    async def zones(self, device: str) -> list[wire.Zone]:
        """The climate zones of a device."""
        return await self._get(_device(device, "smart-home-zones"), wire.ZONES, "the zones")

    async def set_zone(
        self,
        device: str,
        zone: str,
        *,
        setpoint_heat: float | None = None,
        setpoint_cool: float | None = None,
        mode: str | None = None,
    ) -> Mapping[str, object]:
        """Change a zone; what is None stays as it is.

        Room set points go this way: as points some devices drop them silently.
        """
        wanted = {"setpointHeat": setpoint_heat, "setpointCool": setpoint_cool, "mode": mode}
        body = await self._client.send(
            "PATCH",
            _device(device, f"zones/{quote(zone, safe='')}"),
            {name: value for name, value in wanted.items() if value is not None},
        )
        return parse(wire.MODIFIED, body or {}, "the changes of a zone", self._report)

    async def smart_home_categories(self, device: str) -> Mapping[str, bool | None]:
        """Which `sh-…` tags a device knows."""
        path = _device(device, "smart-home-categories")
        return await self._get(path, wire.FEATURES, "the smart-home categories")

    async def firmware_info(self, device: str) -> wire.FirmwareInfo:
        """The software of a device; an update waits where desired is set and not current."""
        path = _device(device, "firmware-info")
        return await self._get(path, wire.FIRMWARE, "the firmware of a device")

    async def aid_mode(self, device: str) -> bool:
        """Whether a device runs in its emergency mode."""
        found = await self._get(_device(device, "aidMode"), wire.AID_MODE, "the aid mode")
        return bool(found.aid_mode)

    async def _get(
        self,
        path: str,
        adapter: TypeAdapter[T],
        what: str,
        query: Sequence[tuple[str, str]] = (),
    ) -> T:
        body = await self._client.get(path, query, _HEADERS)
        return parse(adapter, body, what, self._report)

    async def _pages(self, path: str, adapter: TypeAdapter[PageT], what: str) -> list[PageT]:
        """Every page, until the number of items is reached or a page is empty."""
        pages: list[PageT] = []
        while True:
            number = len(pages) + 1
            query = (("page", str(number)), ("itemsPerPage", str(ITEMS_PER_PAGE)))
            page = await self._get(path, adapter, what, query)
            pages.append(page)
            items = page.systems if isinstance(page, wire.Systems) else page.notifications
            if not items or number * (page.items_per_page or ITEMS_PER_PAGE) >= page.num_items:
                return pages


def _device(device: str, rest: str = "", version: str = "v2") -> str:
    path = f"/{version}/devices/{quote(device, safe='')}"
    return f"{path}/{rest}" if rest else path
