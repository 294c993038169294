"""The JSON shapes of Tibber's Data API, and how it says no."""

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NotRequired, TypedDict

from starlette.responses import JSONResponse, Response

from pumphouse.core.errors import PumphouseError

__all__ = [
    "Attribute",
    "Capability",
    "DeviceItem",
    "Info",
    "Problem",
    "SupportedHistory",
    "opaque_id",
    "problem_reply",
    "zulu",
]

_PROBLEMS: Final = "https://tools.ietf.org/html/rfc9110#section-15"


class Info(TypedDict):
    """What a device is called; the model may be unknown."""

    name: str
    brand: str
    model: NotRequired[str]


class SupportedHistory(TypedDict):
    """Which history there is, and for how long it is kept."""

    resolutions: list[str]
    maxRetentionDays: NotRequired[int]


class DeviceItem(TypedDict):
    """A device as the list shows it."""

    id: str
    externalId: str
    info: Info
    supportedHistory: SupportedHistory


class Capability(TypedDict):
    """One value: a number with its unit, or one of the available values."""

    id: str
    description: str
    value: float | str | None
    unit: NotRequired[str]
    availableValues: NotRequired[list[str]]


#: what seldom changes: `{id, value}`, or `{id, status, …}` of a connection
Attribute = Mapping[str, str | bool | int | None]


class Problem(PumphouseError):
    """The Data API refuses a request."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def problem_reply(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as problem details (RFC 9457).

    Tibber documents no error body; this is what the framework it is written in gives by itself.
    """
    body = {
        "type": _PROBLEMS,
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "traceId": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00",
    }
    return JSONResponse(body, problem.status, dict(headers or {}), "application/problem+json")


def opaque_id(text: str) -> str:
    """A device's id: base64 without padding, to be treated as opaque."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def zulu(instant: datetime, *, milliseconds: bool = False) -> str:
    """An instant in UTC with a `Z`."""
    timespec = "milliseconds" if milliseconds else "seconds"
    return instant.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
