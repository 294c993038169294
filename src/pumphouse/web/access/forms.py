"""Every change is asked for by a form of ours, or by an API token (CSRF)."""

from http import HTTPStatus
from typing import Final

from fastapi import HTTPException, Request

from pumphouse.web.access.gate import visitor_of
from pumphouse.web.context import web_context
from pumphouse.web.problems import is_for_scripts

__all__ = ["CSRF_HEADER", "from_a_form_of_ours"]

CSRF_HEADER: Final = "X-CSRF-Token"
"""Where htmx sends the token; a plain form has it in the field `csrf_token`."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FOR_PEOPLE: Final = (
    "This form is too old, or was made for another browser. Load the page again and repeat what you"
    " did."
)
_FOR_SCRIPTS: Final = (
    "To change something send an API token that may write: `pumphouse token add NAME --scope write`"
    " makes one."
)
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


async def from_a_form_of_ours(request: Request) -> None:
    """Refuse a change whose form was not made for this browser; all routes depend on it.

    Raises:
        HTTPException: 403.
    """
    if request.method in _SAFE_METHODS:
        return
    visitor = visitor_of(request)
    if visitor.by_token:
        return
    token = request.headers.get(CSRF_HEADER)
    if token is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get("csrf_token")
        token = field if isinstance(field, str) else None
    sessions = web_context(request).gate.sessions
    if token is None or not sessions.is_form_token(token, visitor.browser):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, _FOR_SCRIPTS if is_for_scripts(request) else _FOR_PEOPLE
        )
