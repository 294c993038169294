"""Connecting an account in the browser: to the vendor's consent page and back.

A form of ours must not lead to another host (`form-action 'self'`), so that the button is answered
by a page that goes on to the vendor by itself.
"""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from pumphouse.config.settings import is_loopback
from pumphouse.http.login import SupportsLogin
from pumphouse.http.messages import Registration
from pumphouse.http.problems import printable
from pumphouse.runtime.installation import no_such_source
from pumphouse.web.access.gate import visitor_of
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.rendering import render
from pumphouse.web.text import texts

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_HTTP_PORT: Final = 80
_HTTPS_PORT: Final = 443
#: characters of an answer that are looked at; codes and tokens are much shorter
_LONGEST_ANSWER: Final = 16_384

# The implicit grant's answer is a fragment, which browsers do not send: this hands it over.
_FRAGMENT_SCRIPT: Final = """"use strict";
const fields = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
const form = document.getElementById("answer");
for (const [name, value] of fields) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  form.append(input);
}
if (fields.size) form.submit();
"""


@router.post("/sources/{name}/connect")
async def connect(request: Request, name: str, context: Context) -> Response:
    """Begin a login, or finish it at once where no browser is needed."""
    registration = _registration(context, name)
    if registration.kind == "client_credentials":
        await context.logins.by_credentials(registration)
        return _to_sources(name)
    begun = context.logins.begin(registration, _origin(request))
    return render(
        request,
        "connect.html",
        source=name,
        vendor=registration.vendor,
        caution=registration.caution,
        address=begun.attempt.address,
        returns=_returns_here(registration.redirect_uri, begun.origin),
        redirect_uri=registration.redirect_uri,
    )


@router.post("/sources/{name}/paste")
async def paste(
    name: str, context: Context, answer: Annotated[str, Form(max_length=_LONGEST_ANSWER)]
) -> Response:
    """Finish a login with the address or code that its user has copied."""
    _registration(context, name)
    begun = context.logins.newest(name)
    if begun is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, "No login was begun here lately; press the button once more."
        )
    await context.logins.pasted(begun, answer)
    return _to_sources(name)


@router.post("/sources/{name}/disconnect")
async def disconnect(name: str, context: Context) -> Response:
    """Forget the consent."""
    _registration(context, name)
    await context.installation.host.grants.forget(name)
    context.logins.forget(name)
    return _to_sources(name)


@router.get("/oauth/callback")
async def callback(request: Request, context: Context) -> Response:
    """Take the vendor's answer from the address."""
    return await _take(request, context, dict(request.query_params))


@router.post("/oauth/callback")
async def callback_by_fragment(request: Request, context: Context) -> Response:
    """Take the vendor's answer from the fragment that our script has handed over."""
    form = await request.form()
    return await _take(
        request, context, {key: one for key, one in form.items() if isinstance(one, str)}
    )


@router.get("/oauth/fragment.js")
async def fragment_script() -> Response:
    """The script that hands a fragment over."""
    return Response(_FRAGMENT_SCRIPT, media_type="text/javascript")


async def _take(request: Request, context: WebContext, fields: dict[str, str]) -> Response:
    begun = context.logins.find(fields.get("state", ""))
    if begun is not None:
        await context.logins.answered(begun, fields)
        return _to_sources(begun.source, begun.origin)
    return render(
        request,
        "callback.html",
        code=fields.get("code"),
        state=fields.get("state", ""),
        refusal=_vendor_s_words(fields) if "error" in fields else None,
        sources=sorted(_sources_with_login(context)),
    )


def _vendor_s_words(fields: dict[str, str]) -> str:
    words = (fields.get(name, "") for name in ("error", "error_description"))
    return texts()("callback.said", words=printable(" ".join(filter(None, words))))


def _sources_with_login(context: WebContext) -> list[str]:
    sources = context.installation.sources
    return [name for name, source in sources.items() if isinstance(source, SupportsLogin)]


def _registration(context: WebContext, name: str) -> Registration:
    source = context.installation.sources.get(name)
    if source is None:
        known = context.installation.sources
        raise HTTPException(HTTPStatus.NOT_FOUND, no_such_source(name, known))
    if not isinstance(source, SupportsLogin):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{name} needs no login.")
    return source.registration()


def _to_sources(name: str, origin: str = "") -> Response:
    """Where the outcome is shown: at the address at which the browser has begun."""
    return RedirectResponse(f"{origin}/sources#source-{quote(name)}", HTTPStatus.SEE_OTHER)


def _origin(request: Request) -> str:
    scheme = "https" if visitor_of(request).secure else "http"
    return f"{scheme}://{request.headers['host']}"


def _returns_here(redirect_uri: str, origin: str) -> bool:
    """Whether the vendor sends the browser back to us."""
    there, here = urlsplit(redirect_uri), urlsplit(origin)
    if there.path != "/oauth/callback" or there.hostname is None or here.hostname is None:
        return False
    same = there.hostname == here.hostname or (
        is_loopback(there.hostname) and is_loopback(here.hostname)
    )
    return same and _port(redirect_uri) == _port(origin)


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or (_HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT)
