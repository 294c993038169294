"""What every page and every answer may ask for: one value, made when the house starts."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.runtime.installation import Installation
from pumphouse.sinks.prometheus import PrometheusExposition
from pumphouse.web.access.gate import Gate
from pumphouse.web.changes import Changes
from pumphouse.web.figures import Figures
from pumphouse.web.logins import Logins
from pumphouse.web.stream import Broadcast

__all__ = ["Context", "WebContext", "web_context"]


@dataclass(frozen=True, slots=True)
class WebContext:
    """What the web app is made of.

    Attributes:
        installation: settings, store, host (clock, grants, site), sources and sinks.
        catalogue: what metrics mean.
        live: hands the newest readings to open streams; `live.news` is how things are now.
        exposition: the page for Prometheus.
        gate: who may come in.
        logins: consents that were begun in a browser, and what came of them.
        figures: efficiency and whatever else takes seconds to compute.
        changes: what was asked for in a browser to be set, and what came of it.
    """

    installation: Installation
    catalogue: Catalogue
    live: Broadcast
    exposition: PrometheusExposition
    gate: Gate
    logins: Logins
    figures: Figures
    changes: Changes = field(default_factory=Changes)


def web_context(connection: HTTPConnection) -> WebContext:
    """The context of the app that answers `connection`."""
    context = connection.app.state.context
    assert isinstance(context, WebContext)
    return context


async def _context(connection: HTTPConnection) -> WebContext:
    """The same for FastAPI, which would call a plain function in a thread, for every request."""
    return web_context(connection)


Context = Annotated[WebContext, Depends(_context)]
"""The type of a route's argument that is the app's context."""
