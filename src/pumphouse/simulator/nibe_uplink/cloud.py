"""The 18 functions of NIBE Uplink v1."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.guard import READ, WRITE, Guard, json_object, positive
from pumphouse.simulator.nibe_uplink.settings import resolve, settle
from pumphouse.simulator.nibe_uplink.smart_home import SmartHome
from pumphouse.simulator.nibe_uplink.status import status_icons
from pumphouse.simulator.nibe_uplink.systems import Installation
from pumphouse.simulator.nibe_uplink.wire import CODES, Category, Code, Parameter
from pumphouse.simulator.ports import Alarm
from pumphouse.simulator.refusals import ApiRefusal

__all__ = ["NibeUplinkCloud"]

_MOST_IDS: Final = 15
_PER_PAGE: Final = 30
_INDEXED: Final = re.compile(r"parameterIds(\[\d*\])?")
_VERSION: Final = re.compile(r"(\d+)(?:R(\d+))?")
_SYSTEM: Final = "/api/v1/systems/{system:int}"


class NibeUplinkCloud:
    """The API over the account's installations.

    Args:
        installations: in the order of the list of systems.
        clock: the house's time.
    """

    def __init__(self, installations: Sequence[Installation], clock: HouseClock) -> None:
        self._installations = installations
        self._by_id = {one.system().get("systemId"): one for one in installations}
        self._smart_home = SmartHome(clock)
        self._clock = clock

    def routes(self, guard: Guard) -> list[Route]:
        """The addresses below the vendor's base."""
        table = (
            ("GET", "/api/v1/systems", READ, self._systems),
            ("GET", _SYSTEM, READ, self._system),
            ("GET", f"{_SYSTEM}/status/system", READ, self._status),
            ("GET", f"{_SYSTEM}/status/systemUnit/{{unit:int}}", READ, self._unit_status),
            ("GET", f"{_SYSTEM}/software", READ, self._system_software),
            ("GET", "/api/v1/software", READ, self._software),
            ("GET", f"{_SYSTEM}/config", READ, self._config),
            ("GET", f"{_SYSTEM}/units", READ, self._units),
            ("GET", f"{_SYSTEM}/notifications", READ, self._notifications),
            ("GET", f"{_SYSTEM}/parameters", READ, self._parameters),
            ("PUT", f"{_SYSTEM}/parameters", WRITE, self._write),
            ("GET", f"{_SYSTEM}/premium", READ, self._premium),
            ("GET", f"{_SYSTEM}/serviceinfo/categories", READ, self._categories),
            ("GET", f"{_SYSTEM}/serviceinfo/categories/{{category}}", READ, self._category),
            ("GET", f"{_SYSTEM}/smarthome/mode", READ, self._mode),
            ("PUT", f"{_SYSTEM}/smarthome/mode", WRITE, self._set_mode),
            ("GET", f"{_SYSTEM}/smarthome/thermostats", READ, self._thermostats),
            ("POST", f"{_SYSTEM}/smarthome/thermostats", WRITE, self._set_thermostat),
        )
        return [guard.route(*row) for row in table]

    async def _systems(self, request: Request) -> Response:
        return _paged(request, [one.system() for one in self._installations])

    async def _system(self, request: Request) -> Response:
        return JSONResponse(self._installation(request).system())

    async def _status(self, request: Request) -> Response:
        return JSONResponse(status_icons(self._installation(request), 0, whole=True))

    async def _unit_status(self, request: Request) -> Response:
        installation = self._installation(request)
        unit = _unit(installation, request.path_params["unit"])
        return JSONResponse(status_icons(installation, unit, whole=False))

    async def _system_software(self, request: Request) -> Response:
        return JSONResponse({"current": _software(self._installation(request)), "upgrade": None})

    async def _software(self, request: Request) -> Response:
        serial = request.query_params.get("serialNumber")
        if not serial:
            raise ApiRefusal(400, Code.FORMAT_ERROR, "serialNumber is required.")
        for one in self._installations:
            if one.system().get("serialNumber") == serial:
                return JSONResponse(_software(one))
        raise ApiRefusal(404, Code.NOT_FOUND, "No product has this serial number.")

    async def _config(self, request: Request) -> Response:
        listed = self._installation(request).categories(0)
        groups = {group.get("categoryId") or "" for group in listed}
        return JSONResponse(
            {
                "hasCooling": any("COOLING" in group for group in groups),
                "hasHeating": True,
                "hasHotWater": True,
                "hasVentilation": bool(groups & {"VENTILATION", "ERS1", "SAM"}),
            }
        )

    async def _units(self, request: Request) -> Response:
        return JSONResponse(list(self._installation(request).units()))

    async def _notifications(self, request: Request) -> Response:
        kind = request.query_params.get("type", "ALARM")
        if kind not in ("ALARM", "INFO_MESSAGE"):
            raise ApiRefusal(400, Code.FORMAT_ERROR, "type is ALARM or INFO_MESSAGE.")
        only_active = _boolean(request, "active", default=True)
        installation = self._installation(request)
        module = installation.units()[0].get("product")
        alarms = [] if kind != "ALARM" else installation.alarms()
        chosen = [alarm for alarm in alarms if alarm.ended is None or not only_active]
        newest_first = sorted(chosen, key=lambda alarm: alarm.started, reverse=True)
        return _paged(request, [_notification(alarm, module) for alarm in newest_first])

    async def _parameters(self, request: Request) -> Response:
        query = request.query_params.multi_items()
        asked = [value for name, value in query if _INDEXED.fullmatch(name)]
        if len(asked) > _MOST_IDS:
            raise ApiRefusal(
                400, Code.TOO_MANY, f"Error 13: at most {_MOST_IDS} parameters at a time"
            )
        installation = self._installation(request)
        unit = _asked_unit(installation, request)
        found = (_named(installation, unit, identifier) for identifier in asked)
        return JSONResponse([parameter for parameter in found if parameter is not None])

    async def _write(self, request: Request) -> Response:
        """All settings are checked before the first is changed."""
        installation = self._installation(request)
        _require_reach(installation)
        unit = _asked_unit(installation, request)
        settings = (await json_object(request, Code.FORMAT_ERROR)).get("settings")
        if not isinstance(settings, dict) or not settings:
            raise ApiRefusal(400, Code.FORMAT_ERROR, "settings is missing.")
        for identifier in settings:
            if _named(installation, unit, identifier) is None:
                raise ApiRefusal(400, Code.FORMAT_ERROR, f"Error 18:  {identifier}")
        changes = {identifier: settle(identifier, value) for identifier, value in settings.items()}
        for register, raw in changes.values():
            installation.write(unit, register, raw)
        return JSONResponse(
            [
                {"status": "DONE", "parameter": _named(installation, unit, identifier)}
                for identifier in changes
            ]
        )

    async def _premium(self, request: Request) -> Response:
        if not self._installation(request).has_premium():
            return JSONResponse([])
        ends = _timestamp(self._clock.now() + timedelta(days=365))
        return JSONResponse(
            [
                {"type": kind, "name": kind.title(), "expirationDate": ends, "isExpiring": False}
                for kind in ("HISTORY", "MANAGE")
            ]
        )

    async def _categories(self, request: Request) -> Response:
        installation = self._installation(request)
        groups = installation.categories(_asked_unit(installation, request))
        if _boolean(request, "parameters", default=False):
            return JSONResponse(list(groups))
        bare: list[Category] = [{**group, "parameters": None} for group in groups]
        return JSONResponse(bare)

    async def _category(self, request: Request) -> Response:
        """A `categoryId` in the query wins over the path, as the vendor's model binding has it."""
        installation = self._installation(request)
        wanted = request.query_params.get("categoryId", request.path_params["category"])
        for group in installation.categories(_asked_unit(installation, request)):
            if (group.get("categoryId") or "").upper() == wanted.upper():
                return JSONResponse(group.get("parameters"))
        raise ApiRefusal(404, Code.NOT_FOUND, "There is no such category.")

    async def _mode(self, request: Request) -> Response:
        return JSONResponse({"mode": self._smart_home.mode(self._system_id(request))})

    async def _set_mode(self, request: Request) -> Response:
        system = self._system_id(request)
        body = await json_object(request, Code.FORMAT_ERROR)
        self._smart_home.set_mode(system, body.get("mode"))
        return Response(status_code=204)

    async def _thermostats(self, request: Request) -> Response:
        return JSONResponse(self._smart_home.thermostats(self._system_id(request)))

    async def _set_thermostat(self, request: Request) -> Response:
        system = self._system_id(request)
        body = await json_object(request, Code.FORMAT_ERROR)
        self._smart_home.set_thermostat(system, body)
        return Response(status_code=204)

    def _system_id(self, request: Request) -> int:
        system: int = request.path_params["system"]
        if system not in self._by_id:
            raise ApiRefusal(404, Code.UNKNOWN_SYSTEM, f"There is no system {system}.")
        return system

    def _installation(self, request: Request) -> Installation:
        return self._by_id[self._system_id(request)]


def _require_reach(installation: Installation) -> None:
    """Changes need a pump that is there and a subscription.

    Which status goes with the numbers is not documented.
    """
    if installation.system().get("connectionStatus") == "OFFLINE":
        raise ApiRefusal(400, Code.SYSTEM_OFFLINE, "Error 26: The system is offline.")
    if not installation.has_premium():
        raise ApiRefusal(403, Code.NO_PREMIUM, "Error 12: No premium on the system.")


def _named(installation: Installation, unit: int, identifier: str) -> Parameter | None:
    """A parameter by number or alias; its name is what was asked for."""
    register = resolve(identifier)
    found = None if register is None else installation.find(unit, register)
    return None if found is None else {**found, "name": identifier}


def _paged(request: Request, objects: Sequence[Mapping[str, object]]) -> Response:
    page = positive(request, "page", 1, CODES.malformed)
    size = positive(request, "itemsPerPage", _PER_PAGE, CODES.malformed)
    chosen = objects[(page - 1) * size : page * size]
    envelope = {"page": page, "itemsPerPage": size, "numItems": len(objects)}
    return JSONResponse({**envelope, "objects": list(chosen)})


def _boolean(request: Request, name: str, *, default: bool) -> bool:
    """A boolean of the query, in any case: Python clients send `True`."""
    text = request.query_params.get(name, str(default)).lower()
    if text not in ("true", "false"):
        raise ApiRefusal(400, Code.FORMAT_ERROR, f"{name} is true or false.")
    return text == "true"


def _asked_unit(installation: Installation, request: Request) -> int:
    text = request.query_params.get("systemUnitId", "0")
    if not (text.isascii() and text.isdigit()):
        raise ApiRefusal(400, Code.FORMAT_ERROR, "systemUnitId is a number.")
    return _unit(installation, int(text))


def _unit(installation: Installation, unit: int) -> int:
    if unit not in {one.get("systemUnitId") for one in installation.units()}:
        raise ApiRefusal(404, Code.UNKNOWN_SYSTEM_UNIT, f"There is no unit {unit}.")
    return unit


def _software(installation: Installation) -> Mapping[str, object]:
    """Version and release stand in one text elsewhere: `9240R2`."""
    found = _VERSION.match(installation.units()[0].get("softwareVersion") or "")
    version, release = found.groups() if found else (None, None)
    return {
        "name": (installation.system().get("productName") or "").lower().replace(" ", "_"),
        "version": int(version or 0),
        "release": int(release or 0),
        "releaseDate": "2021-03-01T00:00:00Z",
    }


def _notification(alarm: Alarm, module: str | None) -> Mapping[str, object]:
    active = alarm.ended is None
    return {
        "notificationId": int(alarm.started.timestamp()),
        "systemUnitId": 0,
        "moduleName": module,
        "occuredAt": _timestamp(alarm.started),
        "stoppedAt": None if alarm.ended is None else _timestamp(alarm.ended),
        "wasReset": not active,
        "resetPossible": active,
        "aidmodePossible": active,
        "info": {
            "alarmNumber": alarm.number,
            "type": "ALARM",
            "title": alarm.title,
            "description": alarm.description,
        },
        "comments": [],
    }


def _timestamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
