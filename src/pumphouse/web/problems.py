"""Refusals and failures as sentences: JSON for scripts, a page for people."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from pumphouse.web.pages.rendering import render

__all__ = ["PROBLEM_TYPE", "Problem", "is_for_scripts", "refused", "sentence"]

PROBLEM_TYPE: Final = "application/problem+json"

#: characters of a wrong value that are repeated
_SHOWN: Final = 100
_INSTEAD: Final = {
    "from": "2026-01-31, 2026-01-31T12:00, today or 7d (ago)",
    "to": "2026-01-31, 2026-01-31T12:00, now or 1h (ago)",
    "step": "15min, 1h, 1d …",
}
_NO_HEADERS: Mapping[str, str] = {}
_FOR_SCRIPTS = ("/api/", "/metrics", "/healthz", "/readyz")
_PAGES_BELOW_API = ("/api/docs",)


class Problem(BaseModel):
    """Why there is no answer (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": 'There is no point "outdoor"; /api/points lists all.',
                }
            ]
        }
    )

    type: str = Field(default="about:blank", description="Always `about:blank`.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The status again.", ge=400, le=599)
    detail: str = Field(description="What happened and what to do, a sentence or more.")


def is_for_scripts(request: Request) -> bool:
    """Whether whoever asks expects no page."""
    path = request.url.path
    return path.startswith(_FOR_SCRIPTS) and path not in _PAGES_BELOW_API


def refused(
    request: Request, status: int, detail: str, headers: Mapping[str, str] = _NO_HEADERS
) -> Response:
    """The answer that says why there is none."""
    title = HTTPStatus(status).phrase
    if is_for_scripts(request):
        problem = Problem(title=title, status=status, detail=detail)
        return Response(problem.model_dump_json(), status, headers, media_type=PROBLEM_TYPE)
    page = render(request, "problem.html", status=status, kind=_kind(status), detail=detail)
    page.headers.update(headers)
    return page


def _kind(status: int) -> str:
    """Which of the texts for people fits."""
    match status:
        case HTTPStatus.NOT_FOUND:
            return "not_found"
        case HTTPStatus.FORBIDDEN:
            return "forbidden"
        case _:
            return "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"


def sentence(error: Mapping[str, Any]) -> str:
    """What is wrong with one parameter or field, and what to write instead."""
    name = str(error["loc"][-1])
    match error["type"]:
        case "missing":
            return f"`{name}` is missing."
        case "string_pattern_mismatch":
            given = str(error["input"])[:_SHOWN]
            return f'`{name}` cannot be "{given}"; write {_INSTEAD.get(name, "it differently")}.'
        case _:
            return f"`{name}`: {error['msg']}."
