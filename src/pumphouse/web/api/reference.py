"""The OpenAPI document and the reference page of the API, made from the code.

`python -m pumphouse.web.api.reference docs/reference/http.md` writes both; a test says when they
are stale.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from pumphouse.web.api.docs import type_of
from pumphouse.web.api.openapi import DESCRIPTION, TAGS
from pumphouse.web.app import ROUTERS
from pumphouse.web.problems import Problem

__all__ = ["DOCUMENT", "openapi_document", "render_http", "written"]

DOCUMENT: Final = Path(__file__).with_name("openapi.json")
"""Where the document lies in the package."""

_MADE = "<!-- Made by `make docs`; edit the code, not this page. -->\n"
_OTHER = """
## Other addresses

A login is needed where a password is set or a proxy is trusted, but for these: `/login`,
`/healthz`, `/readyz`, `/oauth/callback`, `/static/`, and `/metrics` with `open_metrics = true`.

| address | answers |
|---|---|
| `/` | the web app |
| `/metrics` | Prometheus, see [how to](../how-to/prometheus.md) |
| `/healthz` | `ok` while the program lives |
| `/readyz` | `ready` while the store can be written, else status 503 |
| `/oauth/callback` | takes a vendor's answer to a login |
| `/api/docs`, `/api/openapi.json` | this page, and the document for programs |
"""


def render_http(made: Mapping[str, Any]) -> str:
    """The page that shows this OpenAPI document."""
    parts = [f"# HTTP\n\n{_MADE}\n{DESCRIPTION}\n{_OTHER}"]
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    parts.append("## Models\n")
    for name, model in made["components"]["schemas"].items():
        parts += _model(name, model)
    return "\n".join(parts)


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"## `{title}`\n\n{operation['summary']}. {operation.get('description', '')}\n"
    if parameters := operation.get("parameters"):
        yield "| parameter | is | default | meaning |\n|---|---|---|---|"
        for one in parameters:
            default = one["schema"].get("default")
            shown = "needed" if one["required"] else f"`{default}`" if default else ""
            words = _cell(one.get("description", ""))
            yield f"| `{one['name']}` | {_cell(type_of(one['schema']))} | {shown} | {words} |"
        yield ""
    for kind, one in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body: `{kind}`, {type_of(one['schema'])}\n"
    yield "| status | body | meaning |\n|---|---|---|"
    for status, answer in operation["responses"].items():
        bodies = (type_of(one["schema"]) for one in answer.get("content", {}).values())
        yield f"| {status} | {_cell(', '.join(bodies))} | {_cell(answer['description'])} |"
    yield ""


def _model(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{model.get('description', '')}\n"
    if values := model.get("enum"):
        yield ", ".join(f"`{value}`" for value in values) + "\n"
        return
    yield "| field | is | example | meaning |\n|---|---|---|---|"
    for field, schema in model.get("properties", {}).items():
        example = next(iter(schema.get("examples", ())), None)
        shown = "" if example is None else f"`{example}`"
        words = _cell(schema.get("description", ""))
        yield f"| `{field}` | {_cell(type_of(schema))} | {shown} | {words} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def openapi_document() -> dict[str, Any]:
    """What programs are told about the API."""
    whole = APIRouter(generate_unique_id_function=_name)
    for router in ROUTERS:
        whole.include_router(router)
    made = get_openapi(
        title="Pumphouse",
        version=version("pumphouse"),
        description=DESCRIPTION,
        tags=TAGS,
        routes=whole.routes,
    )
    components = made.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token; needed where a password is set.",
        }
    }
    return made | {"security": [{}, {"token": []}]}


def _name(route: APIRoute) -> str:
    return route.name


def written(document: Mapping[str, Any]) -> str:
    """The document as it lies in the package."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write the document, and the page to the file that is named."""
    document = openapi_document()
    DOCUMENT.write_text(written(document), encoding="utf-8")
    Path(sys.argv[1]).write_text(render_http(document), encoding="utf-8")


if __name__ == "__main__":
    main()
