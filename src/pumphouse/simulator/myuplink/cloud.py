"""The public functions of myUplink: v2, and the points of v3."""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.guard import READ, WRITE, Guard, json_object, positive
from pumphouse.simulator.myuplink.homes import Device, Home
from pumphouse.simulator.myuplink.points import WriteRefused, check_value, pick, scaled
from pumphouse.simulator.myuplink.vocabulary import TAGS
from pumphouse.simulator.myuplink.wire import CODES, INVALID, Point
from pumphouse.simulator.ports import Alarm
from pumphouse.simulator.refusals import ApiRefusal

__all__ = ["MyUplinkCloud"]

_PER_PAGE: Final = 10
_MOST_PER_PAGE: Final = 100
_MODES: Final = ("Default", "Normal", "Away", "Vacation", "Home")
_MODIFIED: Final = "modified"
#: room set points: accepted and silently dropped here, to be written through zones
_DROPPED: Final = ("47751", "47752")
_SYSTEM: Final = "/v2/systems/{system}"
_DEVICE: Final = "/v2/devices/{device}"
_FIRMWARE: Final = "/firmware/{firmware}/version/{version}/download"


class MyUplinkCloud:
    """The API over the account's homes.

    Args:
        homes: in the order of the list of systems.
        clock: the house's time.
    """

    def __init__(self, homes: Sequence[Home], clock: HouseClock) -> None:
        self._homes = homes
        self._by_id = {home.id: home for home in homes}
        self._devices = {device.id: device for home in homes for device in home.devices}
        self._modes: dict[str, str] = {}
        self._clock = clock

    def routes(self, guard: Guard) -> list[Route]:
        """The addresses below the vendor's base."""
        table = (
            ("GET", "/v2/protected-ping", None, _protected_ping),
            ("POST", "/user/validate", None, _validate),
            ("GET", "/v2/systems/me", READ, self._systems),
            ("GET", f"{_SYSTEM}/notifications", READ, self._notifications),
            ("GET", f"{_SYSTEM}/notifications/active", READ, self._active_notifications),
            ("GET", f"{_SYSTEM}/smart-home-mode", READ, self._mode),
            ("PUT", f"{_SYSTEM}/smart-home-mode", WRITE, self._set_mode),
            ("GET", f"{_SYSTEM}/subscriptions", READ, self._subscriptions),
            ("GET", _DEVICE, READ, self._describe),
            ("GET", f"{_DEVICE}/points", READ, self._points),
            ("PATCH", f"{_DEVICE}/points", WRITE, self._write),
            ("GET", "/v3/devices/{device}/points", READ, self._scaled_points),
            ("GET", f"{_DEVICE}/smart-home-categories", READ, self._categories),
            ("GET", f"{_DEVICE}/smart-home-zones", READ, self._zones),
            ("PATCH", f"{_DEVICE}/zones/{{zone:int}}", WRITE, self._write_zone),
            ("GET", f"{_DEVICE}/firmware-info", READ, self._firmware),
            ("GET", f"{_DEVICE}/aidMode", READ, self._aid_mode),
            ("GET", f"/v2{_FIRMWARE}", READ, _download),
            ("GET", f"/v2/brands/{{brand}}{_FIRMWARE}", READ, _download),
        )
        return [Route("/v2/ping", _ping), *(guard.route(*row) for row in table)]

    async def _systems(self, request: Request) -> Response:
        return _paged(request, "systems", [home.entry() for home in self._homes])

    async def _notifications(self, request: Request) -> Response:
        return _paged(request, "notifications", _alarms(self._home(request)))

    async def _active_notifications(self, request: Request) -> Response:
        found = [one for one in _alarms(self._home(request)) if one["status"] == "Active"]
        return _paged(request, "notifications", found)

    async def _mode(self, request: Request) -> Response:
        return JSONResponse({"smartHomeMode": self._modes.get(self._home(request).id, "Default")})

    async def _set_mode(self, request: Request) -> Response:
        home = self._home(request)
        mode = (await json_object(request, INVALID)).get("smartHomeMode")
        if mode not in _MODES:
            raise ApiRefusal(400, INVALID, f"smartHomeMode is one of {', '.join(_MODES)}")
        self._modes[home.id] = str(mode)
        return Response(status_code=204)

    async def _subscriptions(self, request: Request) -> Response:
        self._home(request)
        until = f"{self._clock.now() + timedelta(days=365):%Y-%m-%dT00:00:00Z}"
        kinds = ("manage", "history")
        return JSONResponse({"subscriptions": [{"validUntil": until, "type": k} for k in kinds]})

    async def _describe(self, request: Request) -> Response:
        return JSONResponse(self._device(request).describe())

    async def _points(self, request: Request) -> Response:
        return JSONResponse(_chosen(self._device(request), request))

    async def _scaled_points(self, request: Request) -> Response:
        return JSONResponse([scaled(point) for point in _chosen(self._device(request), request)])

    async def _write(self, request: Request) -> Response:
        """Each value stands for itself: what can be set is set, the rest is explained."""
        _require_json(request)
        device = self._device(request)
        if device.describe().get("connectionState") == "Disconnected":
            raise ApiRefusal(409, 409, "The device is not connected.")
        if not device.has_premium():
            raise ApiRefusal(403, 403, "A subscription of the type manage is needed.")
        wanted = await json_object(request, INVALID)
        if not wanted:
            raise ApiRefusal(400, INVALID, "The body holds no parameter.")
        outcomes, refused = _write_all(device, wanted)
        if refused == len(outcomes):
            details = "; ".join(f"{one}: {text}" for one, text in outcomes.items())
            raise ApiRefusal(400, INVALID, details)
        return JSONResponse(outcomes, 207 if refused else 200)

    async def _categories(self, request: Request) -> Response:
        device = self._device(request)
        tags = {tag for point in device.points() for tag in point.get("smartHomeCategories") or ()}
        if device.zones():
            tags.add("sh-zones")
        return JSONResponse({f"sh-{tag}": f"sh-{tag}" in tags for tag in TAGS})

    async def _zones(self, request: Request) -> Response:
        return JSONResponse(list(self._device(request).zones()))

    async def _write_zone(self, request: Request) -> Response:
        """The mode and a cooling set point are taken but mean nothing to a pump that only heats."""
        _require_json(request)
        device = self._device(request)
        point = device.zone_setpoint(request.path_params["zone"])
        if point is None:
            raise ApiRefusal(404, 404, "There is no such zone.")
        wanted = await json_object(request, INVALID)
        if not wanted or wanted.keys() - {"setpointHeat", "setpointCool", "mode"}:
            raise ApiRefusal(400, INVALID, "Give setpointHeat, setpointCool or mode.")
        if wanted.get("setpointHeat") is not None:
            try:
                number = check_value(pick(device.points(), point), wanted["setpointHeat"])
            except WriteRefused as refusal:
                raise ApiRefusal(400, INVALID, f"setpointHeat: {refusal}") from None
            device.write(point, number)
        return JSONResponse(dict.fromkeys(wanted, _MODIFIED))

    async def _firmware(self, request: Request) -> Response:
        device = self._device(request)
        known = device.describe().get("firmware")
        firmware = known if isinstance(known, dict) else {}
        return JSONResponse(
            {
                "deviceId": device.id,
                "firmwareId": "nibe-n",
                "currentFwVersion": firmware.get("currentFwVersion"),
                "pendingFwVersion": None,
                "desiredFwVersion": firmware.get("desiredFwVersion"),
            }
        )

    async def _aid_mode(self, request: Request) -> Response:
        self._device(request)
        return JSONResponse({"aidMode": 0})

    def _home(self, request: Request) -> Home:
        home = self._by_id.get(request.path_params["system"])
        if home is None:
            raise ApiRefusal(404, 404, "There is no such system.")
        return home

    def _device(self, request: Request) -> Device:
        device = self._devices.get(request.path_params["device"])
        if device is None:
            raise ApiRefusal(404, 404, "There is no such device.")
        return device


async def _ping(_request: Request) -> Response:
    return Response(status_code=204)


async def _protected_ping(_request: Request) -> Response:
    return Response(status_code=204)


async def _validate(_request: Request) -> Response:
    return Response(status_code=200)


async def _download(_request: Request) -> Response:
    raise ApiRefusal(404, 404, "There is no such firmware.")


def _chosen(device: Device, request: Request) -> list[Point]:
    """What was asked for by id, else everything but what must be asked for."""
    text = request.query_params.get("parameters")
    if not text:
        return [one for one in device.points() if not device.is_extra(one.get("parameterId") or "")]
    asked = {identifier.strip() for identifier in text.split(",")}
    return [point for point in device.points() if point.get("parameterId") in asked]


def _write_all(device: Device, wanted: Mapping[str, object]) -> tuple[dict[str, str], int]:
    """Write what can be written.

    Returns:
        the outcome of each id, and how many were refused.
    """
    outcomes: dict[str, str] = {}
    refused = 0
    points = device.points()
    for identifier, value in wanted.items():
        try:
            number = check_value(pick(points, identifier), value)
        except WriteRefused as refusal:
            outcomes[identifier] = str(refusal)
            refused += 1
            continue
        if identifier not in _DROPPED:
            device.write(identifier, number)
        outcomes[identifier] = _MODIFIED
    return outcomes, refused


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/json") and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise ApiRefusal(415, 415, f"The content type '{kind}' is not supported.")


def _paged(request: Request, name: str, entries: Sequence[Mapping[str, object]]) -> Response:
    page = positive(request, "page", 1, CODES.malformed)
    text = request.query_params.get("itemsPerPage", str(_PER_PAGE))
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_PER_PAGE):
        raise ApiRefusal(400, INVALID, f"itemsPerPage is a number from 0 to {_MOST_PER_PAGE}.")
    size = int(text)
    chosen = list(entries[(page - 1) * size : page * size])
    envelope = {"page": page, "itemsPerPage": size, "numItems": len(entries)}
    return JSONResponse({**envelope, name: chosen})


def _alarms(home: Home) -> list[Mapping[str, object]]:
    """The home's notifications, newest first."""
    found = [(alarm, device) for device in home.devices for alarm in device.alarms()]
    found.sort(key=lambda pair: pair[0].started, reverse=True)
    return [_notification(alarm, device) for alarm, device in found]


def _notification(alarm: Alarm, device: Device) -> Mapping[str, object]:
    """`createdDatetime` ends in an offset that no parser takes, as the vendor has it."""
    history = [{"status": "Active", "datetime": int(alarm.started.timestamp())}]
    if alarm.ended is not None:
        ended = {"status": "ResetByUserOnDevice", "datetime": int(alarm.ended.timestamp())}
        history.append(ended)
    return {
        "id": str(uuid5(NAMESPACE_OID, f"{device.id}/{alarm.number}/{alarm.started.isoformat()}")),
        "alarmNumber": alarm.number,
        "deviceId": device.id,
        "severity": 10,
        "status": history[-1]["status"],
        "createdDatetime": f"{alarm.started.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0",
        "statusHistory": history,
        "header": alarm.title,
        "description": alarm.description,
        "equipName": "EB101",
    }
