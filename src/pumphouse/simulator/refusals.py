"""How both vendors' APIs say no: a JSON body of five keys."""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from pumphouse.core.errors import PumphouseError

__all__ = ["ApiRefusal", "error_reply"]


class ApiRefusal(PumphouseError):
    """The API refuses a request.

    Attributes:
        status: of the HTTP reply.
        code: the vendor's error number.
    """

    def __init__(self, status: int, code: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def error_reply(
    refusal: ApiRefusal, at: datetime, headers: Mapping[str, str] | None = None
) -> Response:
    """The vendor's error body for `refusal`."""
    body = {
        "httpStatusCode": refusal.status,
        "errorCode": refusal.code,
        "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "details": [refusal.detail],
        "data": None,
    }
    return JSONResponse(body, refusal.status, dict(headers or {}))
