"""Logging in and out."""

import re
from http import HTTPStatus
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from pumphouse.web.access.gate import visitor_of
from pumphouse.web.access.guard import set_cookie
from pumphouse.web.access.password import LONGEST
from pumphouse.web.context import Context
from pumphouse.web.pages.rendering import render
from pumphouse.web.text import texts

__all__ = ["local_path", "router"]

log = structlog.get_logger()

router = APIRouter(include_in_schema=False)

#: a path and a query of this house: no second slash that would make the rest a host, no backslash
#: that browsers take for a slash, nothing that is invisible
_LOCAL: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)


def local_path(asked: str) -> str:
    """Where to go after the login: `asked` if it is a place in this house, else the first page."""
    return asked if _LOCAL.fullmatch(asked) and not asked.startswith("/login") else "/"


@router.get("/login")
async def show(request: Request, context: Context) -> Response:
    """The login page."""
    if context.gate.password is None or visitor_of(request).logged_in:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    place = local_path(request.query_params.get("next", "/"))
    return render(request, "login.html", next=place, problem=None)


@router.post("/login")
async def log_in(
    request: Request,
    context: Context,
    password: Annotated[str, Form(max_length=LONGEST)],
    place: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Check the password; the browser then gets a new name."""
    gate, visitor, place = context.gate, visitor_of(request), local_path(place)
    if gate.password is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    if wait := gate.throttle.take(visitor.address):
        minutes = max(round(wait / 60), 1)
        page = _again(request, place, texts()("login.throttled", n=minutes), 429)
        page.headers["Retry-After"] = str(int(wait))
        return page
    if not await gate.password.matches(password):
        log.warning("wrong password")
        return _again(request, place, texts()("login.wrong"), HTTPStatus.UNAUTHORIZED)
    gate.throttle.forgive(visitor.address)
    gate.sessions.log_out(visitor.browser)
    answer = RedirectResponse(place, HTTPStatus.SEE_OTHER)
    answer.headers.append("Set-Cookie", set_cookie(gate.sessions.log_in(), visitor))
    return answer


@router.post("/logout")
async def log_out(request: Request, context: Context) -> Response:
    """End the session; the browser gets a new name that has not logged in."""
    visitor = visitor_of(request)
    context.gate.sessions.log_out(visitor.browser)
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    answer.headers.append("Set-Cookie", set_cookie(context.gate.sessions.new(), visitor))
    return answer


def _again(request: Request, place: str, problem: str, status: int) -> Response:
    return render(request, "login.html", status=status, next=place, problem=problem)
