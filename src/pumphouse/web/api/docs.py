"""The OpenAPI document, and a page that shows it to people."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.openapi import document
from pumphouse.web.pages.rendering import render

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """The document for programs."""
    return answer(request, encoded(document(request.app)))


@router.get("/api/docs")
async def docs(request: Request) -> Response:
    """The same for people."""
    return render(request, "api.html", document=document(request.app), type_of=type_of)


def type_of(schema: dict[str, Any]) -> str:
    """What a value is, in words: `number or null`, `list of Point`."""
    match schema:
        case {"$ref": str(reference)}:
            words = reference.rpartition("/")[2]
        case {"anyOf": options}:
            words = " or ".join(type_of(one) for one in options)
        case {"enum": values}:
            words = ", ".join(map(str, values))
        case {"type": "array", "items": items}:
            words = f"list of {type_of(items)}"
        case {"type": "object", "additionalProperties": dict(inner)}:
            words = f"object of {type_of(inner)}"
        case {"type": "string", "format": "date-time"}:
            words = "time"
        case _:
            words = str(schema.get("type", "anything"))
    return words
