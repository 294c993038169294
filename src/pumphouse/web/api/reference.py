"""The reference page of the API, made from the OpenAPI document.

`python -m pumphouse.web.api.reference docs/reference/http.md` writes it; a test says when it is
stale.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from pumphouse.web.api.docs import type_of
from pumphouse.web.api.openapi import DESCRIPTION, TAGS, document
from pumphouse.web.app import ROUTERS

__all__ = ["render_http"]

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


def main() -> None:
    """Write the page to the file that is named."""
    app = FastAPI(title="Pumphouse", description=DESCRIPTION, openapi_tags=TAGS)
    for router in ROUTERS:
        app.include_router(router)
    Path(sys.argv[1]).write_text(render_http(document(app)), encoding="utf-8")


if __name__ == "__main__":
    main()
