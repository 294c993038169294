"""Obtaining consent: the address for the browser, and what comes back from it.

The command line and the local callback server (`pumphouse.http.callback`) both end in `redeem`.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

from pumphouse.core.errors import LoginRequired, UsageError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.messages import (
    Registration,
    authorize_url,
    code_form,
    credentials_form,
    grant_from_fragment,
    grant_from_reply,
    pkce_challenge,
    scope_problem,
)
from pumphouse.http.problems import login_hint, printable
from pumphouse.http.wire import Wire

__all__ = [
    "Attempt",
    "SupportsLogin",
    "authorize_address",
    "cautions",
    "finish",
    "log_in_by_credentials",
    "read_answer",
    "redeem",
    "state_matches",
    "vendor_refusal",
]

_VERIFIER_BYTES, _STATE_BYTES = 48, 32
_ANSWER_FIELDS = ("code=", "state=", "error=", "access_token=")

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@runtime_checkable
class SupportsLogin(Protocol):
    """A source whose vendor wants a user's consent."""

    def registration(self) -> Registration:
        """The OAuth 2 client of this source."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to obtain consent.

    Attributes:
        address: where the user's browser goes.
        state: comes back with the answer and proves that it belongs to this attempt.
        verifier: the proof key, None where the vendor takes none.
    """

    registration: Registration
    address: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str | None = field(repr=False)


def authorize_address(registration: Registration) -> Attempt:
    """Begin a login in a browser.

    Raises:
        UsageError: this kind of grant needs no browser.
    """
    if registration.kind == "client_credentials":
        raise UsageError(
            f"'{registration.source}' logs in with client id and secret; there is nothing to "
            "consent to in a browser."
        )
    state = secrets.token_urlsafe(_STATE_BYTES)
    verifier = None
    if registration.pkce and registration.kind == "authorization_code":
        verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
    challenge = None if verifier is None else pkce_challenge(verifier)
    return Attempt(registration, authorize_url(registration, state, challenge), state, verifier)


async def finish(attempt: Attempt, answer: str, *, host: Host) -> Grant:
    """Turn what the user pasted into a saved grant.

    Args:
        attempt: what `authorize_address` returned.
        answer: the code alone, as copied (percent-encoded or not), or the whole redirected
            address, which is safer: only it carries the state.
        host: lends clock, grant store and User-Agent.

    Raises:
        UsageError: neither a code nor an address.
        LoginRequired: the answer belongs to another attempt, or its code is dead.
        SourceError: the vendor refused, or could not be reached.
    """
    fields = read_answer(answer)
    alone = set(fields) == {"code"} and attempt.registration.kind == "authorization_code"
    return await redeem(attempt, fields | {"state": attempt.state} if alone else fields, host=host)


def read_answer(answer: str) -> dict[str, str]:
    """The fields of a pasted answer; line breaks of a terminal are mended.

    Raises:
        UsageError: it is empty or a broken address.
    """
    text = "".join(answer.split())
    if "://" not in text and text[:1] not in ("?", "#"):
        if not text.startswith(_ANSWER_FIELDS):
            if text:
                return {"code": unquote(text)}
            raise UsageError("Nothing was pasted: the code or the whole address is needed.")
        text = f"?{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise UsageError("The pasted text is neither a code nor an address.") from None
    # A key of its own keeps an address with nothing but a code apart from a code alone.
    found = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    return {"state": "", **found}


def state_matches(attempt: Attempt, fields: Mapping[str, str]) -> bool:
    """Whether an answer belongs to this attempt; compared in constant time."""
    return hmac.compare_digest(fields.get("state", "").encode(), attempt.state.encode())


async def redeem(attempt: Attempt, fields: Mapping[str, str], *, host: Host) -> Grant:
    """Turn the fields of an answer into a saved grant.

    Raises:
        LoginRequired: the answer belongs to another attempt, or its code is dead.
        SourceError: the vendor refused, or could not be reached.
    """
    registration = attempt.registration
    if "error" in fields:
        raise LoginRequired(
            f"{vendor_refusal(registration, fields)} {login_hint(registration.source)}"
        )
    if not state_matches(attempt, fields):
        raise LoginRequired(
            f"This answer belongs to another login of '{registration.source}' (its state "
            f"differs), so it is not used. {login_hint(registration.source)}"
        )
    if registration.kind == "implicit":
        grant = grant_from_fragment(fields, registration, now=host.clock.now())
        return await _save(registration, grant, host)
    code = fields.get("code", "")
    if not code:
        raise LoginRequired(
            "The address holds no code: copy the whole address that the browser shows after "
            f"consent. {login_hint(registration.source)}"
        )
    return await _exchange(registration, code_form(registration, code, attempt.verifier), host)


def vendor_refusal(registration: Registration, fields: Mapping[str, str]) -> str:
    """The vendor's own error in an answer, as one sentence safe for a terminal."""
    said = printable(fields.get("error", ""))
    more = printable(fields.get("error_description", ""))
    return f"{registration.vendor} did not give its consent: {said}{f' ({more})' if more else ''}."


async def log_in_by_credentials(registration: Registration, *, host: Host) -> Grant:
    """Fetch and save a grant with client id and secret, which also proves them right.

    Raises:
        CredentialsRefused: the vendor does not accept them.
        SourceError: it could not be reached.
    """
    return await _exchange(registration, credentials_form(registration), host)


def cautions(registration: Registration, grant: Grant) -> tuple[str, ...]:
    """What the user should know about a fresh grant, one sentence each."""
    if (missing := scope_problem(grant, registration)) is not None:
        return (missing,)
    until = f"'{registration.source}' can be read until {grant.expires_at:%Y-%m-%d %H:%M} UTC"
    if grant.kind == "implicit":
        return (f"An implicit grant cannot be renewed: {until}, then a new login is needed.",)
    if grant.kind == "authorization_code" and grant.refresh_token is None:
        allow = "Log in again and allow offline access on the consent page."
        return (f"{registration.vendor} gave no refresh token: {until}. {allow}",)
    return ()


async def _exchange(registration: Registration, form: str, host: Host) -> Grant:
    async with Wire(host, vendor=registration.vendor) as wire:
        reply = await wire.post_form(registration.token_url, form)
    grant = grant_from_reply(reply, registration, previous=None, now=host.clock.now())
    return await _save(registration, grant, host)


async def _save(registration: Registration, grant: Grant, host: Host) -> Grant:
    saved = await host.grants.save(registration.source, grant)
    _log.info("grant saved", source=registration.source, kind=grant.kind)
    return saved
