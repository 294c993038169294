"""The door: every request passes here before anything else looks at it."""

from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pumphouse.core.errors import StoreError
from pumphouse.web.access.gate import Gate, Visitor
from pumphouse.web.access.sessions import LIFETIME, cookie_name
from pumphouse.web.problems import is_for_scripts, refused

__all__ = ["LARGEST_BODY", "Guard", "set_cookie"]

log = structlog.get_logger()

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request that are taken; no form here needs as much."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: what may be seen without a login: it tells nothing about the house
_PUBLIC: Final = frozenset(
    {"/login", "/healthz", "/readyz", "/oauth/callback", "/oauth/fragment.js", "/favicon.ico"}
)
_PUBLIC_FOLDER: Final = "/static/"


class Guard:
    """Refuses strange hosts, strangers and other sites; tells the rest of the app who asks.

    `request.state` then has `visitor`, `csrf_token` (for forms) and `logged_in`.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            answer = self._stopped_at_the_door(request) or self._identified(request)
        except StoreError as error:
            answer = refused(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        if answer is not None:
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, self._with_cookie(request, send))

    def _stopped_at_the_door(self, request: Request) -> Response | None:
        """The refusal of a request that must not even be looked at."""
        _introduce(request, None, "")
        if not self._gate.knows_host(request):
            return refused(
                request,
                HTTPStatus.MISDIRECTED_REQUEST,
                "This address does not belong to Pumphouse. If it is yours, add its name to `hosts`"
                " of [web] in the configuration.",
            )
        if _announced_bytes(request) > LARGEST_BODY:
            return refused(
                request,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "This is more than any form here sends.",
            )
        if self._gate.came_by_a_strange_proxy(request):
            return refused(
                request,
                HTTPStatus.FORBIDDEN,
                "This came through a proxy, but nobody has to log in here. Set password_hash or"
                " trusted_header of [web] in the configuration.",
            )
        return None

    def _identified(self, request: Request) -> Response | None:
        """Find out who asks; the refusal where they may not."""
        visitor = self._gate.visitor(request)
        if visitor is None:
            return _unknown_token(request)
        _introduce(request, visitor, self._gate.sessions.form_token(visitor.browser))
        path = request.url.path
        open_to_all = path in _PUBLIC or path.startswith(_PUBLIC_FOLDER)
        if path == "/metrics" and self._gate.settings.open_metrics:
            open_to_all = True
        changing = request.method not in _SAFE_METHODS
        if changing and not visitor.by_token and _is_of_another_site(request):
            return refused(request, HTTPStatus.FORBIDDEN, "Another site's page has sent this.")
        if open_to_all:
            return None
        if not visitor.may_read:
            return self._to_login(request)
        if changing and not visitor.may_write:
            return refused(
                request,
                HTTPStatus.FORBIDDEN,
                "This token may read only; `pumphouse token add NAME --scope write` makes one that"
                " may write.",
            )
        return None

    def _to_login(self, request: Request) -> Response:
        if self._gate.password is None:
            return refused(request, HTTPStatus.FORBIDDEN, "Your proxy has not let you in.")
        if is_for_scripts(request):
            return refused(
                request,
                HTTPStatus.UNAUTHORIZED,
                "Log in, or send an API token: `pumphouse token add NAME` makes one.",
                {"WWW-Authenticate": "Bearer"},
            )
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        login = f"/login?next={quote(where if request.method == 'GET' else '/', safe='/')}"
        if "hx-request" in request.headers:
            return refused(
                request, HTTPStatus.UNAUTHORIZED, "Log in again.", {"HX-Redirect": "/login"}
            )
        return RedirectResponse(login, HTTPStatus.SEE_OTHER)

    @staticmethod
    def _with_cookie(request: Request, send: Send) -> Send:
        """Give a new browser its name together with the first page, which may hold a form."""
        visitor: Visitor = request.state.visitor
        if not visitor.is_new:
            return send

        async def send_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_page and "set-cookie" not in headers:
                    headers.append("Set-Cookie", set_cookie(visitor.browser, visitor))
            await send(message)

        return send_cookie


def set_cookie(name: str, visitor: Visitor) -> str:
    """The header that gives a browser its name; no script can read it, no other site can use it."""
    secure = "; Secure" if visitor.secure else ""
    age = int(LIFETIME.total_seconds())
    cookie = cookie_name(secure=visitor.secure)
    return f"{cookie}={name}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _introduce(request: Request, visitor: Visitor | None, csrf_token: str) -> None:
    request.state.visitor = visitor
    request.state.csrf_token = csrf_token
    request.state.logged_in = visitor is not None and visitor.logged_in


def _announced_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _is_of_another_site(request: Request) -> bool:
    """What the browser itself says about whose page sends this; older ones say nothing."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != request.headers["host"].lower()
    except ValueError:
        return True


def _unknown_token(request: Request) -> Response:
    return refused(
        request,
        HTTPStatus.UNAUTHORIZED,
        "This API token is not known here, or was removed.",
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
