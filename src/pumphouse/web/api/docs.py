"""The OpenAPI document, and a page that shows it to people.

The document is made by `make docs` and lies in the package: to make it here takes 4 MB of memory.
"""

import json
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from pumphouse.web.api.answers import answer
from pumphouse.web.pages.rendering import render

__all__ = ["router", "type_of"]

router = APIRouter(include_in_schema=False)


@router.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """The document for programs."""
    return answer(request, _document())


@router.get("/api/docs")
async def docs(request: Request) -> Response:
    """The same for people."""
    return render(request, "api.html", document=json.loads(_document()), type_of=type_of)


def _document() -> bytes:
    return (files("pumphouse.web.api") / "openapi.json").read_bytes()


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
