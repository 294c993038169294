"""Commands for the user's consent: obtain it, forget it."""

import asyncio
import sys
import webbrowser
from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import Parameter

from pumphouse.cli.context import InContext
from pumphouse.cli.output import say
from pumphouse.core.errors import UsageError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.callback import CallbackServer
from pumphouse.http.login import (
    Attempt,
    SupportsLogin,
    authorize_address,
    cautions,
    finish,
    log_in_by_credentials,
)
from pumphouse.http.oauth2 import Registration
from pumphouse.runtime.installation import build_host, build_sources, no_such_source

__all__ = ["login", "logout"]


async def login(
    source: str,
    *,
    paste: Annotated[
        bool, Parameter(negative=(), help="Print the address and take the answer from here.")
    ] = False,
    browser: Annotated[bool, Parameter(help="Open a browser by itself.")] = True,
    grant: Annotated[
        Literal["implicit"] | None,
        Parameter(help="Use the implicit grant of NIBE Uplink, which cannot be renewed."),
    ] = None,
    context: InContext,
) -> None:
    """Obtain your consent to read a source, and save it."""
    settings = context.settings()
    host = build_host(settings)
    chosen = build_sources(settings, host).get(source)
    if chosen is None:
        raise UsageError(no_such_source(source, settings.sources))
    if not isinstance(chosen, SupportsLogin):
        raise UsageError(f"{source} needs no login")
    registration = chosen.registration()
    if grant is not None:
        if settings.sources[source].type != "nibe_uplink":
            raise UsageError(f"{registration.vendor} does not offer the implicit grant")
        registration = replace(registration, kind=grant)
    if registration.caution:
        say(registration.caution)
    saved = await _consent(registration, host, paste=paste, browser=browser)
    say(f"{source} is logged in to {registration.vendor}.")
    for caution in cautions(registration, saved):
        say(caution)


async def _consent(registration: Registration, host: Host, *, paste: bool, browser: bool) -> Grant:
    if registration.kind == "client_credentials":
        return await log_in_by_credentials(registration, host=host)
    attempt = authorize_address(registration)
    if paste:
        return await _by_paste(attempt, host)
    return await _by_callback(attempt, host, browser=browser)


async def _by_paste(attempt: Attempt, host: Host) -> Grant:
    say("Open this address in a browser anywhere, and give your consent:")
    print(attempt.address, flush=True)  # noqa: T201  (the answer of this command)
    say("Then paste the code, or the whole address your browser was sent to, and press Enter:")
    answer = await asyncio.to_thread(sys.stdin.readline)
    return await finish(attempt, answer, host=host)


async def _by_callback(attempt: Attempt, host: Host, *, browser: bool) -> Grant:
    async with CallbackServer(attempt, host=host) as callback:
        say("Give your consent in the browser on this machine, at this address:")
        print(attempt.address, flush=True)  # noqa: T201  (the answer of this command)
        if browser:
            await asyncio.to_thread(webbrowser.open, attempt.address)
        say("Waiting … (Ctrl-C ends; on a machine without a browser use --paste)")
        return await callback.grant()


async def logout(source: str, *, context: InContext) -> None:
    """Forget the saved consent of a source."""
    settings = context.settings()
    if source not in settings.sources:
        raise UsageError(no_such_source(source, settings.sources))
    known = await build_host(settings).grants.forget(source)
    say(f"{source} is logged out." if known else f"{source} was not logged in.")
