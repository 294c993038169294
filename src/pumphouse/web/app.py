"""The whole web app, put together."""

from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from stat import S_ISREG
from typing import Final

import structlog
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pumphouse.core.errors import PumphouseError, StoreError
from pumphouse.runtime.house_figures import house_figures
from pumphouse.sinks.prometheus import routes as metrics_routes
from pumphouse.web import api, connect, pages
from pumphouse.web.access import login
from pumphouse.web.access.forms import from_a_form_of_ours
from pumphouse.web.access.guard import LARGEST_BODY, Guard
from pumphouse.web.access.headers import SafeHeaders
from pumphouse.web.context import WebContext
from pumphouse.web.history import routes as chart_routes
from pumphouse.web.pages import history
from pumphouse.web.problems import refused, sentence

__all__ = ["ROUTERS", "create_app"]

log = structlog.get_logger()

ROUTERS: Final = (
    api.router,
    chart_routes.router,
    connect.router,
    login.router,
    pages.router,
    history.router,
)
"""Every room of the app, in the order in which the OpenAPI document lists them."""

#: what the framework says, and what we say instead
_IN_WORDS: Final = {
    "There was an error parsing the body": "The body is no JSON.",
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address cannot be used in this way.",
    "Content Too Large": "This is more than any form here sends.",
}
#: bytes from which on compressing is worth it, and how hard to try
_WORTH_COMPRESSING: Final = 1024
_COMPRESSION: Final = 5


def create_app(context: WebContext) -> FastAPI:
    """The app for this house: pages, API, live stream, metrics, static files."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        dependencies=[Depends(from_a_form_of_ours)],
        middleware=[
            Middleware(SafeHeaders),
            Middleware(LastResort),
            Middleware(Guard, gate=context.gate),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
            Middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING, compresslevel=_COMPRESSION),
        ],
        exception_handlers={
            HTTPException: _refuse,
            RequestValidationError: _refuse_input,
            PumphouseError: _explain,
        },
    )
    app.state.context = context
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes += metrics_routes(
        context.exposition,
        partial(house_figures, context.installation),
        partial(_is_writable, context),
    )
    app.mount("/static", KeptFiles(directory=str(files("pumphouse.web") / "static")))
    return app


class KeptFiles(StaticFiles):
    """Static files: with a version in the address they never change, else they are asked for.

    They are small and ours: they are read at once and not by a thread, whose library is 5 MB.
    """

    def __init__(self, directory: str) -> None:
        super().__init__(directory=directory)
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, and for how long it may be kept."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            name, found = self.lookup_path(path)
        except (OSError, ValueError):  # what no file can be called
            raise HTTPException(HTTPStatus.NOT_FOUND) from None
        if found is None or not S_ISREG(found.st_mode):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        content = _content(name)
        response = Response(content, media_type=guess_type(name)[0] or "text/plain")
        response.headers["ETag"] = f'"{blake2b(content, digest_size=12).hexdigest()}"'
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            response = NotModifiedResponse(response.headers)
        versioned = b"v=" in scope["query_string"]
        kept = "public, max-age=31536000, immutable" if versioned else "public, no-cache"
        response.headers["Cache-Control"] = kept
        return response


def _content(name: str) -> bytes:
    return Path(name).read_bytes()


class LastResort:
    """A bug becomes a sentence; its own text may hold anything, so it goes to the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as bug:
            log.error("bug in the web app", path=scope["path"], kind=type(bug).__name__)
            log.debug("bug in the web app", exc_info=bug)
            if started:
                raise
            detail = f"This is a bug in Pumphouse ({type(bug).__name__}), please report it."
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            await refused(Request(scope), status, detail)(scope, receive, send)


async def _is_writable(context: WebContext) -> bool:
    """Whether the store takes what is written; a failed try raises."""
    await context.installation.store.prune()
    return True


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = _IN_WORDS.get(error.detail, error.detail)
    return refused(request, error.status_code, detail, error.headers or {})


async def _refuse_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    detail = " ".join(sentence(one) for one in error.errors())
    return refused(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)


async def _explain(request: Request, error: Exception) -> Response:
    broken = isinstance(error, StoreError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if broken else HTTPStatus.NOT_FOUND
    return refused(request, status, str(error))
