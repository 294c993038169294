"""OAuth 2 as a client middleware: refresh once, save before use, retry one 401.

However many requests need a fresh token, in however many processes, the vendor is asked once: tasks
of one process share one renewal, processes meet at the grant store's compare and set.
"""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from pumphouse.core.errors import CredentialsRefused, LoginRequired, PermanentError, TransientError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.messages import (
    PersonalToken,
    Registration,
    check_scope,
    credentials_form,
    grant_from_reply,
    refresh_form,
    scope_problem,
    ungranted_scopes,
)
from pumphouse.http.problems import login_hint
from pumphouse.http.wire import Reply

__all__ = ["Bearer", "FixedToken", "GrantKeeper", "PersonalToken", "Registration"]

_EARLIEST_SECS, _LATEST_SECS = 300.0, 60.0  # how long before its end a token is renewed
_FIRST_BACK_OFF_SECS, _LONGEST_BACK_OFF_SECS = 5.0, 300.0
_CREDENTIALS_SECS = 3000.0  # refused credentials are tried again: a vendor may have been confused
_FINISH_SECS = 1.0  # a renewal under way at exit may still save what it gets

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class GrantKeeper:
    """Keeps one source's grant usable.

    Args:
        registration: the client.
        host: lends the grant store, the clock and chance.
        post: sends a form to the token endpoint.
    """

    def __init__(
        self, registration: Registration, host: Host, post: Callable[[str], Awaitable[Reply]]
    ) -> None:
        self._registration = registration
        self._host = host
        self._post = post
        self._renewal: asyncio.Task[Grant] | None = None
        self._refused: tuple[Grant | None, PermanentError, float] | None = None
        self._failed: TransientError | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._due: tuple[Grant, datetime] | None = None
        self._narrow = ""

    async def current(self) -> Grant:
        """A grant to send now, renewed before its end.

        Raises:
            LoginRequired, CredentialsRefused, AccessDenied: a person has to act. The vendor is
                not asked again until the saved grant changes.
            TransientError: the token endpoint failed and the grant at hand has ended.
        """
        grant = await self._load()
        if grant is not None and not self._is_due(grant):
            return grant
        try:
            return await self._renew(grant)
        except TransientError:
            if grant is not None and self._host.clock.now() < grant.expires_at:
                return grant  # renewed early: there is time to try again
            raise

    async def renewed(self, seen: Grant) -> Grant:
        """A grant other than `seen`, which the vendor has just refused.

        Raises:
            PermanentError, TransientError: as `current`.
        """
        grant = await self._load()
        if grant is not None and grant.access_token != seen.access_token:
            return grant  # another task or process was faster
        return await self._renew(grant)

    async def scope_problem(self) -> str | None:
        """What to do about what is wanted but was not granted; None where that is nothing.

        Raises:
            PermanentError, TransientError: as `current`.
        """
        return scope_problem(await self.current(), self._registration)

    async def aclose(self) -> None:
        """End; a renewal under way gets a moment to save what the vendor answers.

        What it failed with has been told to those who waited for it.
        """
        if self._renewal is not None:
            await asyncio.wait({self._renewal}, timeout=_FINISH_SECS)
            self._renewal.cancel()
            await asyncio.wait({self._renewal})
            if not self._renewal.cancelled():
                self._renewal.exception()

    async def _load(self) -> Grant | None:
        registration = self._registration
        grant = await self._host.grants.load(registration.source)
        if self._refused is not None:
            about, error, when = self._refused
            mended = isinstance(error, CredentialsRefused) and (
                self._host.clock.monotonic() - when >= _CREDENTIALS_SECS
            )
            if about == grant and not mended:
                raise copy(error) from None
            self._refused = None
        if registration.kind == "client_credentials":
            return grant
        if grant is None:
            raise LoginRequired(
                f"'{registration.source}' has no consent of a {registration.vendor} user yet. "
                + login_hint(registration.source)
            )
        check_scope(grant, registration)
        return grant

    def _is_due(self, grant: Grant) -> bool:
        """Whether it is time to renew: a tenth of the lifetime early, within 60 to 300 s.

        The lifetime is what was left when this process first saw the grant. Very short lives are
        used for half of their length, so that renewing always gains time.
        """
        if self._due is None or self._due[0] != grant:
            lifetime = (grant.expires_at - self._host.clock.now()).total_seconds()
            early = min(_EARLIEST_SECS, max(_LATEST_SECS, lifetime / 10), max(0.0, lifetime / 2))
            self._due = (grant, grant.expires_at - timedelta(seconds=early))
        if self._registration.kind == "client_credentials":
            # What the vendor does not give when it is asked, it is not asked for again.
            narrow = ungranted_scopes(grant, self._registration)
            if narrow and grant.access_token != self._narrow:
                return True
        elif grant.refresh_token is None:
            return self._host.clock.now() >= grant.expires_at
        return self._host.clock.now() >= self._due[1]

    async def _renew(self, seen: Grant | None) -> Grant:
        """Join the renewal under way or begin one; a cancelled caller does not stop it."""
        if self._renewal is None or self._renewal.done():
            self._raise_if_failed_lately()
            self._renewal = asyncio.create_task(self._replace(seen))
            self._renewal.add_done_callback(_look_at)
        return await asyncio.shield(self._renewal)

    async def _replace(self, seen: Grant | None) -> Grant:
        generation = 0 if seen is None else seen.generation
        return await self._host.grants.replace(self._registration.source, generation, self._ask)

    async def _ask(self, saved: Grant | None) -> Grant:
        """Ask the vendor for the successor of the saved grant, with the store's lock held."""
        try:
            grant = await self._successor(saved)
        except PermanentError as error:
            self._refused = (saved, error, self._host.clock.monotonic())
            raise
        except TransientError as error:
            self._remember(error)
            raise
        self._failed, self._failures = None, 0
        _log.debug("grant renewed", source=self._registration.source)
        return grant

    async def _successor(self, saved: Grant | None) -> Grant:
        registration = self._registration
        if registration.kind == "client_credentials":
            form, previous = credentials_form(registration), None
        elif saved is not None:
            form, previous = refresh_form(registration, saved), saved
        else:
            raise LoginRequired(
                f"The login of '{registration.source}' was removed. "
                + login_hint(registration.source)
            )
        reply = await self._post(form)
        now = self._host.clock.now()
        grant = grant_from_reply(reply, registration, previous=previous, now=now)
        if ungranted_scopes(grant, registration):
            self._narrow = grant.access_token
        return grant

    def _remember(self, error: TransientError) -> None:
        """Leave the token endpoint alone for a while: as long as it says, else ever longer."""
        self._failures += 1
        doubled = _FIRST_BACK_OFF_SECS * 2.0 ** min(self._failures - 1, 10)
        wait = min(_LONGEST_BACK_OFF_SECS, doubled) * self._host.rng.uniform(0.5, 1.0)
        if error.retry_after is not None:
            wait = error.retry_after + self._host.rng.uniform(0.0, 1.0)
        self._failed, self._retry_at = error, self._host.clock.monotonic() + wait

    def _raise_if_failed_lately(self) -> None:
        if self._failed is None:
            return
        wait = self._retry_at - self._host.clock.monotonic()
        if wait > 0:
            error = copy(self._failed)
            error.retry_after = wait
            raise error from None


def _look_at(task: asyncio.Task[Grant]) -> None:
    """Mark a failure as seen, also where every caller has been cancelled meanwhile."""
    if not task.cancelled():
        task.exception()


class Bearer:
    """The middleware that sends the token along and repeats one refused request once."""

    def __init__(self, keeper: GrantKeeper) -> None:
        self._keeper = keeper

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send `request` with the current token; upon 401 renew it and send once more."""
        grant = await self._keeper.current()
        request.headers["Authorization"] = f"Bearer {grant.access_token}"
        response = await handler(request)
        if response.status != HTTPStatus.UNAUTHORIZED:
            return response
        response.release()
        grant = await self._keeper.renewed(grant)
        request.headers["Authorization"] = f"Bearer {grant.access_token}"
        return await handler(request)


class FixedToken:
    """The middleware that sends a token along which the user made and which never changes."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send `request` with the token."""
        request.headers["Authorization"] = self._header
        return await handler(request)
