"""Every function of NIBE Uplink's API version 1, one method each.

Facts are those of the vendor's documentation, as far as it survives, and of what clients met. There
is no history endpoint. Texts are asked for in English.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from pydantic import TypeAdapter

from pumphouse.http.session import ApiClient
from pumphouse.sources.nibe_uplink import wire
from pumphouse.sources.parsing import Report, parse

__all__ = ["MAX_PARAMETERS", "NibeUplinkApi"]

#: more ids in one call are refused: the same number stands in all known clients
MAX_PARAMETERS: Final = 15
ITEMS_PER_PAGE: Final = 100
_HEADERS: Final = {"Accept": "application/json", "Accept-Language": "en"}

T = TypeVar("T")


class NibeUplinkApi:
    """The API below `/api/v1`; every call needs a user's consent.

    All methods raise `SourceError`; a reply that is not as documented is `BadResponse`.

    Args:
        client: sends the requests, with token and limit.
        report: is told each bad item of a list that was left out.
    """

    def __init__(self, client: ApiClient, report: Report | None = None) -> None:
        self._client = client
        self._report = report

    async def systems(self) -> list[wire.System]:
        """All systems of the account, every page.

        The size of a page is sent because its default is 3 or 30, depending on whom you believe.
        """
        return await self._pages("/systems", (), wire.SYSTEMS, "the systems")

    async def system(self, system: int) -> wire.System:
        """One system."""
        return await self._get(f"/systems/{system}", (), wire.SYSTEM, f"system {system}")

    async def status(self, system: int) -> list[wire.StatusItem]:
        """The components of a system that run now; an empty list is legal."""
        what = f"the status of system {system}"
        return await self._get(f"/systems/{system}/status/system", (), wire.STATUS, what)

    async def unit_status(self, system: int, unit: int) -> list[wire.StatusItem]:
        """Compressors and pumps of one unit.

        One document types the answer as a single object, every client met a list: both are taken.
        """
        path = f"/systems/{system}/status/systemUnit/{unit}"
        body = await self._client.get(path, (), _HEADERS)
        items = [body] if isinstance(body, dict) else body
        return parse(wire.STATUS, items, f"the status of unit {unit}", self._report)

    async def system_software(self, system: int) -> wire.SystemSoftware:
        """The software of a system; `upgrade` is None while it is up to date."""
        what = f"the software of system {system}"
        return await self._get(f"/systems/{system}/software", (), wire.SYSTEM_SOFTWARE, what)

    async def software(self, serial_number: str) -> wire.Software:
        """The newest software for the product with this serial number."""
        query = (("serialNumber", serial_number),)
        return await self._get("/software", query, wire.SOFTWARE, "the software of a product")

    async def config(self, system: int) -> wire.ProductConfig:
        """Whether a system heats, cools, ventilates and makes hot water."""
        what = f"the configuration of system {system}"
        return await self._get(f"/systems/{system}/config", (), wire.CONFIG, what)

    async def units(self, system: int) -> list[wire.SystemUnit]:
        """The units of a system; unit 0 is the main one and always exists."""
        what = f"the units of system {system}"
        return await self._get(f"/systems/{system}/units", (), wire.UNITS, what)

    async def notifications(
        self, system: int, *, kind: str = "ALARM", active: bool = True
    ) -> list[wire.Notification]:
        """Alarms or messages of a system, every page.

        Args:
            system: its id.
            kind: `ALARM` or `INFO_MESSAGE`; one passage of the documentation requires it.
            active: only those that last; False asks for all (or, by another reading of the
                documentation, for the ended ones only).
        """
        query = (("type", kind), ("active", str(active).lower()))
        what = f"the notifications of system {system}"
        return await self._pages(
            f"/systems/{system}/notifications", query, wire.NOTIFICATIONS, what
        )

    async def parameters(
        self, system: int, ids: Sequence[str], *, unit: int | None = None
    ) -> list[wire.Parameter]:
        """Some parameters by id or alias, at most `MAX_PARAMETERS`, in no certain order.

        Ids that the system does not know are silently missing. `name` echoes what was asked for.
        `unit` is undocumented here, but clients with slave units send it.
        """
        query = [("parameterIds", name) for name in ids]
        if unit is not None:
            query.append(("systemUnitId", str(unit)))
        what = f"the settings of system {system}"
        return await self._get(f"/systems/{system}/parameters", query, wire.PARAMETERS, what)

    async def set_parameters(
        self, system: int, settings: Mapping[str, str], *, unit: int | None = None
    ) -> list[wire.Queued]:
        """Change settings. The values are in the units people read (22.0, not 220).

        Needs the scope WRITESYSTEM and a paid subscription. The answer comes as soon as the change
        is queued; only a later read shows whether the pump took it.
        """
        query = () if unit is None else (("systemUnitId", str(unit)),)
        body = await self._client.send(
            "PUT", f"/systems/{system}/parameters", {"settings": dict(settings)}, query
        )
        return parse(wire.QUEUE, body or [], "the queued changes", self._report)

    async def premium(self, system: int) -> list[wire.Subscription]:
        """The paid subscriptions of a system."""
        what = f"the subscriptions of system {system}"
        return await self._get(f"/systems/{system}/premium", (), wire.SUBSCRIPTIONS, what)

    async def categories(
        self, system: int, *, unit: int = 0, parameters: bool = False
    ) -> list[wire.Category]:
        """The categories of a unit; with `parameters` the cheapest read of all its values."""
        query = (("systemUnitId", str(unit)), ("parameters", str(parameters).lower()))
        path = f"/systems/{system}/serviceinfo/categories"
        what = f"the parameters of system {system}, unit {unit}"
        return await self._get(path, query, wire.CATEGORIES, what)

    async def category(self, system: int, category: str, *, unit: int = 0) -> list[wire.Parameter]:
        """The parameters of one category."""
        path = f"/systems/{system}/serviceinfo/categories/{category}"
        query = (("systemUnitId", str(unit)),)
        return await self._get(path, query, wire.PARAMETERS, f"the category {category}")

    async def mode(self, system: int) -> wire.Mode:
        """The smart-home mode: DEFAULT_OPERATION, AWAY_FROM_HOME or VACATION."""
        what = f"the mode of system {system}"
        return await self._get(f"/systems/{system}/smarthome/mode", (), wire.MODE, what)

    async def set_mode(self, system: int, mode: str) -> None:
        """Set the smart-home mode. It expires: repeat it at least every 30 minutes."""
        await self._client.send("PUT", f"/systems/{system}/smarthome/mode", {"mode": mode})

    async def thermostats(self, system: int) -> list[wire.Thermostat]:
        """The thermostats that influence a system now."""
        what = f"the thermostats of system {system}"
        path = f"/systems/{system}/smarthome/thermostats"
        return await self._get(path, (), wire.THERMOSTATS, what)

    async def set_thermostat(
        self,
        system: int,
        external_id: int,
        name: str,
        *,
        actual: float | None = None,
        target: float | None = None,
        valve_position: int | None = None,
        climate_systems: Sequence[int] | None = None,
    ) -> None:
        """Create or renew a thermostat; one not renewed within 30 minutes is dropped.

        Args:
            system: its id.
            external_id: the caller's own id of the thermostat.
            name: for people.
            actual: measured temperature, °C; travels as tenths.
            target: wanted temperature, °C; travels as tenths.
            valve_position: percent.
            climate_systems: 1 to 8.
        """
        body = {
            "externalId": external_id,
            "name": name,
            "actualTemp": _tenths(actual),
            "targetTemp": _tenths(target),
            "valvePosition": valve_position,
            "climateSystems": None if climate_systems is None else list(climate_systems),
        }
        await self._client.send("POST", f"/systems/{system}/smarthome/thermostats", body)

    async def _get(
        self, path: str, query: Sequence[tuple[str, str]], adapter: TypeAdapter[T], what: str
    ) -> T:
        body = await self._client.get(path, query, _HEADERS)
        return parse(adapter, body, what, self._report)

    async def _pages(
        self,
        path: str,
        query: Sequence[tuple[str, str]],
        adapter: TypeAdapter[wire.Page[T]],
        what: str,
    ) -> list[T]:
        objects: list[T] = []
        number = 1
        while True:
            paging = (("page", str(number)), ("itemsPerPage", str(ITEMS_PER_PAGE)))
            page = await self._get(path, (*query, *paging), adapter, what)
            objects += page.objects
            size = page.items_per_page or ITEMS_PER_PAGE
            if not page.objects or number * size >= page.num_items:
                return objects
            number += 1


def _tenths(celsius: float | None) -> int | None:
    return None if celsius is None else round(celsius * 10)
