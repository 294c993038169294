"""The pages for machines, served while the daemon runs: `/metrics`, `/healthz`, `/readyz`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import structlog

from pumphouse.core.errors import ConfigurationError
from pumphouse.runtime.installation import Installation
from pumphouse.sinks.prometheus import HouseFigures, PrometheusExposition, serving

__all__ = ["metrics_page"]

log = structlog.get_logger()


@asynccontextmanager
async def metrics_page(
    installation: Installation, exposition: PrometheusExposition
) -> AsyncIterator[None]:
    """Serve the pages at `[web]` while inside.

    An address that cannot be had costs the pages and a warning, never the polling: data first.
    """
    store, web = installation.store, installation.settings.web

    async def figures() -> HouseFigures:
        return HouseFigures(
            version=version("pumphouse"),
            sources=await store.source_statuses(),
            sinks=await store.sink_statuses(),
            store=await store.figures(),
        )

    async def writable() -> bool:
        await store.prune()
        return True

    pages = serving(exposition, web.host, web.port, figures=figures, ready=writable)
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(pages)
        except ConfigurationError as error:
            log.warning("no pages", error=str(error))
        else:
            log.info("serving", metrics=f"{address}/metrics")
        yield
