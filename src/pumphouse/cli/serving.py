"""Polling all sources and serving all sinks and the web app, until the process is told to stop."""

import asyncio
import logging
from pathlib import Path

from pumphouse.cli.endings import exit_code
from pumphouse.cli.logs import configure_logging
from pumphouse.cli.signals import until_signalled
from pumphouse.config.load import load
from pumphouse.core.errors import UsageError
from pumphouse.runtime import daemon
from pumphouse.runtime.alone import alone
from pumphouse.runtime.installation import open_installation
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.web.serve import web_front

__all__ = ["serve"]


def serve(config: Path, *, debug: bool) -> int:
    """Serve what the configuration names; the exit code when it has ended."""
    configure_logging(level=logging.DEBUG if debug else logging.INFO)
    return exit_code(lambda: asyncio.run(_serve(config)), debug=debug)


async def _serve(config: Path) -> None:
    async with open_installation(load(config, source_types(), sink_types())) as installation:
        if not installation.sources:
            raise UsageError(f"{config} names no sources yet; see `pumphouse init`")
        with alone(installation.settings.store.path):
            async with until_signalled() as stop:
                await daemon.run(installation, stop, front=web_front(installation))
