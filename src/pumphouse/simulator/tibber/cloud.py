"""The Data API: homes, devices, history. Everything is read; nothing can be written."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.tibber.account import TibberHome
from pumphouse.simulator.tibber.devices import Device
from pumphouse.simulator.tibber.guard import HOMES, METERS, Caller, TibberGuard
from pumphouse.simulator.tibber.history import Window, page
from pumphouse.simulator.tibber.live import LiveEvents
from pumphouse.simulator.tibber.wire import Problem

__all__ = ["TibberCloud"]

_HOME: Final = "/v1/homes/{home}"
_DEVICE: Final = f"{_HOME}/devices/{{device}}"


class TibberCloud:
    """The Data API over the homes of the account.

    Args:
        homes: in the order of the list.
        clock: the house's time.
        base: the vendor's base address, for links.
        live: the streams of the homes.
    """

    def __init__(
        self, homes: Sequence[TibberHome], clock: HouseClock, base: str, live: LiveEvents
    ) -> None:
        self._homes = {home.id: home for home in homes}
        self._clock = clock
        self._base = base
        self._live = live

    def routes(self, guard: TibberGuard) -> list[Route]:
        """The addresses below the vendor's base."""
        table = (
            ("/v1/homes", HOMES, self._list_homes),
            (f"{_HOME}/devices", HOMES, self._list_devices),
            (_DEVICE, HOMES, self._describe),
            (f"{_DEVICE}/history", HOMES, self._history),
            (f"{_HOME}/live-events/devices", METERS, self._list_meters),
            (f"{_HOME}/live-events", METERS, self._stream),
            ("/connect/userinfo", "openid", _user),
        )
        return [guard.route(*row) for row in table]

    async def _list_homes(self, _request: Request, _caller: Caller) -> Response:
        homes = [{"id": home.id, "name": home.name} for home in self._homes.values()]
        return JSONResponse({"homes": homes})

    async def _list_devices(self, request: Request, caller: Caller) -> Response:
        """What the caller may not see is not there, without a word."""
        home = self._home(request)
        seen = [device.item() for device in home.devices if caller.may(device.plate.scope)]
        return JSONResponse({"devices": seen})

    async def _describe(self, request: Request, caller: Caller) -> Response:
        now = self._clock.catch_up()
        return JSONResponse(self._device(request, caller).describe(now))

    async def _history(self, request: Request, caller: Caller) -> Response:
        self._clock.catch_up()
        home, device = self._home(request), self._device(request, caller)
        window = Window(home.paired, self._clock.now(), home.zone)
        address = f"{self._base}/v1/homes/{home.id}/devices/{device.id}/history"
        return JSONResponse(page(device, request.query_params, window, address))

    async def _list_meters(self, request: Request, _caller: Caller) -> Response:
        return JSONResponse({"devices": [meter.item() for meter in self._home(request).meters]})

    async def _stream(self, request: Request, _caller: Caller) -> Response:
        return self._live.open(self._home(request), request)

    def _home(self, request: Request) -> TibberHome:
        home = self._homes.get(request.path_params["home"])
        if home is None:
            raise Problem(404, "There is no such home.")
        return home

    def _device(self, request: Request, caller: Caller) -> Device:
        home = self._home(request)
        wanted = request.path_params["device"]
        device = next((device for device in home.devices if device.id == wanted), None)
        if device is None:
            raise Problem(404, "There is no such device.")
        if not caller.may(device.plate.scope):
            raise Problem(403, f"The scope {device.plate.scope} is needed.")
        return device


async def _user(_request: Request, _caller: Caller) -> Response:
    return JSONResponse(
        {"sub": "owner", "name": "Owner of the house", "email": "owner@example.org"}
    )
