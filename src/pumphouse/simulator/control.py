"""`/_simulator/…`: the strings behind the stage, for tests and demonstrations."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pumphouse.core.errors import UsageError
from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.faults import Fault, Faults
from pumphouse.simulator.gateway import RequestLog
from pumphouse.simulator.ports import House

__all__ = ["Control"]


class Control:
    """The control API.

    Args:
        faults: what is to be broken.
        log: what was asked of the clouds.
        clock: the house's time.
        house: None where recordings are served.
    """

    def __init__(
        self, faults: Faults, log: RequestLog, clock: HouseClock, house: House | None
    ) -> None:
        self._faults = faults
        self._requests = log
        self._clock = clock
        self._house = house

    def routes(self) -> list[Route]:
        """The addresses below `/_simulator`."""
        return [
            Route("/faults", _explained(self._add_fault), methods=["POST"]),
            Route("/faults", self._list_faults, methods=["GET"]),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/requests", self._list_requests, methods=["GET"]),
            Route("/clock", _explained(self._advance), methods=["POST"]),
            Route("/clock", self._tell_time, methods=["GET"]),
            Route("/truth", _explained(self._tell_truth), methods=["GET"]),
        ]

    async def _add_fault(self, request: Request) -> Response:
        body = await _json_object(request)
        unknown = body.keys() - {"vendor", "kind", "count", "path", "seconds"}
        if unknown:
            raise UsageError(f"unknown: {', '.join(sorted(unknown))}")
        seconds = body.get("seconds")
        path = body.get("path")
        fault = self._faults.add(
            vendor=str(body.get("vendor")),
            kind=str(body.get("kind")),
            count=int(_number(body, "count", 1)),
            path=None if path is None else str(path),
            seconds=None if seconds is None else _number(body, "seconds", 0),
        )
        return JSONResponse(_fault_json(fault))

    async def _list_faults(self, _request: Request) -> Response:
        return JSONResponse([_fault_json(fault) for fault in self._faults.pending])

    async def _clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _list_requests(self, _request: Request) -> Response:
        return JSONResponse([record.as_json() for record in self._requests])

    async def _advance(self, request: Request) -> Response:
        seconds = _number(await _json_object(request), "advance_seconds", None)
        if seconds < 0:
            raise UsageError("advance_seconds is negative: the house cannot go back in time")
        self._clock.advance(seconds)
        return await self._tell_time(request)

    async def _tell_time(self, _request: Request) -> Response:
        return JSONResponse({"now": self._clock.now().isoformat()})

    async def _tell_truth(self, request: Request) -> Response:
        if self._house is None:
            raise UsageError("recordings are served: there is no house that could tell the truth")
        self._clock.catch_up()
        device = request.query_params.get("device", "")
        if device not in self._house.pumps:
            raise UsageError(f"device is {device!r}: give one of {', '.join(self._house.pumps)}")
        truth = self._house.truth(device, _instant(request, "from"), _instant(request, "to"))
        return JSONResponse(dict(truth))


def _explained(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Answer wrong calls with a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def _fault_json(fault: Fault) -> Mapping[str, object]:
    return {
        "vendor": fault.vendor,
        "kind": fault.kind,
        "count": fault.count,
        "path": fault.path,
        "seconds": fault.seconds,
    }


async def _json_object(request: Request) -> dict[str, object]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UsageError("the body is not a JSON object")
    return body


def _number(body: Mapping[str, object], name: str, default: float | None) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name} is {value!r}: give a number")
    return value


def _instant(request: Request, name: str) -> datetime:
    """An ISO 8601 instant; a `+` that was not percent-encoded arrives as a blank."""
    text = request.query_params.get(name, "")
    try:
        instant = datetime.fromisoformat(text[:11] + text[11:].replace(" ", "+"))
    except ValueError:
        raise UsageError(f"{name} is {text!r}: give an ISO 8601 time with its offset") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
