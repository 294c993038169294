"""Templates to HTML: the one Jinja environment, and what every page is given."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.web.access.gate import Visitor
from pumphouse.web.context import web_context
from pumphouse.web.pages.times import Times
from pumphouse.web.text import texts

__all__ = ["NAVIGATION", "Destination", "asset", "html_of", "is_fragment", "render", "warm"]


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry of the navigation.

    Attributes:
        key: names its text, `nav.<key>`, and its icon.
        others: paths of further pages that belong to it.
    """

    key: str
    path: str
    others: tuple[str, ...] = ()


NAVIGATION: Final = (
    Destination("now", "/"),
    Destination("history", "/history"),
    Destination("efficiency", "/efficiency", ("/cycles", "/heating-curve")),
    Destination("points", "/points"),
    Destination("sensors", "/sensors"),
    Destination("settings", "/settings", ("/settings/change", "/settings/boost", "/settings/undo")),
    Destination("sources", "/sources"),
)


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that it may be kept for ever."""
    content = files("pumphouse.web").joinpath("static", *name.split("/")).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pumphouse.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.globals.update(t=texts(), asset=asset, navigation=NAVIGATION)
    return environment


def is_fragment(request: Request) -> bool:
    """Whether a script of ours asks for a part of the page only.

    htmx also says so when somebody goes back to a page that it no longer has; that takes it whole.
    """
    headers = request.headers
    return "hx-request" in headers and "hx-history-restore-request" not in headers


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The page that `template` makes of `values`.

    Every template also finds `t` (texts), `asset`, `navigation`, `path`, `site`, `times` (how
    instants are written), `csrf_token` (for forms), `bell` (how many alarms last), `logged_in`
    and `inside`: whether the visitor may see the house at all, not only the door.
    """
    installation = web_context(request).installation
    site, now = installation.settings.site, installation.host.clock.now()
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    html = html_of(
        template,
        path=request.url.path,
        site=site.name,
        times=Times(site.timezone, now),
        csrf_token=getattr(request.state, "csrf_token", ""),
        bell=len(web_context(request).live.news.lasting),
        inside=visitor is not None and visitor.may_read,
        logged_in=getattr(request.state, "logged_in", False),
        **values,
    )
    return HTMLResponse(html, status)


def html_of(template: str, **values: object) -> str:
    """What `template` makes of `values` and nothing else, for a document that is no page."""
    return _environment().get_template(template).render(**values)


def warm() -> None:
    """Compile every template now, so that who asks first after a start does not wait for it.

    That is a tenth of a second and most of the time of a first page; what the compiler leaves
    behind in memory serves the first polls then, instead of coming on top of them: 1 MB less.
    """
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)
