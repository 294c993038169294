"""OAuth 2 in messages: what is sent to a vendor's authorization server, and what its replies mean.

No I/O. oauthlib builds and parses the messages of RFC 6749 and RFC 7636; this module adds what the
three vendors do differently and turns their refusals into sentences.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import MissingTokenError, OAuth2Error, WebApplicationClient
from oauthlib.oauth2.rfc6749.parameters import parse_token_response, prepare_token_request

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RequestRefused,
    ServerFailure,
    SourceError,
)
from pumphouse.core.grant import Grant
from pumphouse.http.problems import Failure, login_hint, refusal
from pumphouse.http.wire import Reply

__all__ = [
    "PersonalToken",
    "Registration",
    "authorize_url",
    "check_scope",
    "code_form",
    "credentials_form",
    "grant_from_fragment",
    "grant_from_reply",
    "missing_scopes",
    "pkce_challenge",
    "refresh_form",
    "scope_problem",
    "ungranted_scopes",
]

GrantKind = Literal["authorization_code", "client_credentials", "implicit"]

_DEFAULT_LIFETIME_SECS = 1800.0  # where a reply has no `expires_in`; a 401 corrects it
_LONGEST_LIFETIME_SECS = 366 * 86400.0
# Scopes about the sign-in itself: no request is refused for the lack of one.
_SIGN_IN_SCOPES = frozenset({"offline_access", "openid", "profile", "email"})


@dataclass(frozen=True, slots=True)
class Registration:
    """What a vendor knows about this client, and where its authorization server is.

    Attributes:
        source: the configured name.
        vendor: the name people know the vendor by.
        kind: how consent is obtained.
        scopes: what is asked for.
        pkce: whether the vendor takes a proof key (RFC 7636); always S256.
        dispensable: those of `scopes` without which a grant is still of use: the source tells what
            is missing for the lack of one.
        caution: what the user should know before a login, a sentence; "" where there is nothing.
    """

    source: str
    vendor: str
    kind: GrantKind
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    pkce: bool = False
    dispensable: frozenset[str] = frozenset()
    caution: str = ""


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A token that the user made on the vendor's pages: no login, and nothing to renew.

    Attributes:
        source: the configured name.
        vendor: the name people know the vendor by.
    """

    source: str
    vendor: str
    token: str = field(repr=False)


def authorize_url(registration: Registration, state: str, challenge: str | None) -> str:
    """Where the user's browser goes to give consent."""
    query = [
        ("response_type", "token" if registration.kind == "implicit" else "code"),
        ("client_id", registration.client_id),
        ("redirect_uri", registration.redirect_uri),
        ("scope", " ".join(registration.scopes)),
        ("state", state),
    ]
    if challenge is not None:
        query += [("code_challenge", challenge), ("code_challenge_method", "S256")]
    return str(add_params_to_uri(registration.authorize_url, query))


def pkce_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    client = WebApplicationClient("")
    return str(client.create_code_challenge(verifier, "S256"))


def code_form(registration: Registration, code: str, verifier: str | None) -> str:
    """The form that turns an authorization code into a grant.

    `scope` is not in RFC 6749 here; NIBE Uplink documents it, the others ignore it.
    """
    return prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=registration.redirect_uri,
        scope=list(registration.scopes),
        code_verifier=verifier,
        client_id=registration.client_id,
        client_secret=registration.client_secret,
    )


def credentials_form(registration: Registration) -> str:
    """The form that turns client id and secret into a grant."""
    return prepare_token_request(
        "client_credentials",
        scope=[scope for scope in registration.scopes if scope not in _SIGN_IN_SCOPES],
        client_id=registration.client_id,
        client_secret=registration.client_secret,
    )


def refresh_form(registration: Registration, grant: Grant) -> str:
    """The form that renews a grant.

    Raises:
        LoginRequired: this grant cannot be renewed.
    """
    if grant.kind == "implicit":
        raise LoginRequired(
            f"The login of '{registration.source}' has ended: an implicit grant cannot be renewed. "
            + login_hint(registration.source)
        )
    if grant.refresh_token is None:
        raise LoginRequired(
            f"The login of '{registration.source}' has ended, and {registration.vendor} gave no "
            "refresh token with it: allow offline access on the consent page. "
            + login_hint(registration.source)
        )
    return prepare_token_request(
        "refresh_token",
        refresh_token=grant.refresh_token,
        client_id=registration.client_id,
        client_secret=registration.client_secret,
    )


def grant_from_reply(
    reply: Reply, registration: Registration, *, previous: Grant | None, now: datetime
) -> Grant:
    """The grant in a reply of the token endpoint.

    A reply without scope or refresh token keeps those of `previous`.

    Raises:
        SourceError: there is none, or it covers less than was asked for.
    """
    if reply.status != HTTPStatus.OK:
        raise _refusal(reply, registration, renewing=previous is not None, now=now)
    try:
        fields = parse_token_response(reply.body.decode())
    except MissingTokenError:
        raise _no_token(registration) from None
    except OAuth2Error:
        raise _refusal(reply, registration, renewing=previous is not None, now=now) from None
    except (ValueError, TypeError, AttributeError):
        raise _no_token(registration) from None
    return _grant(fields, registration, previous=previous, now=now)


def grant_from_fragment(
    fields: Mapping[str, str], registration: Registration, *, now: datetime
) -> Grant:
    """The grant in the fragment of an implicit login's redirected address.

    Raises:
        SourceError: there is none, or it covers less than was asked for.
    """
    return _grant(fields, registration, previous=None, now=now)


def _grant(
    fields: Mapping[str, object],
    registration: Registration,
    *,
    previous: Grant | None,
    now: datetime,
) -> Grant:
    token, refresh_token = fields.get("access_token"), fields.get("refresh_token")
    if not isinstance(token, str) or not _fits_a_header(token):
        raise _no_token(registration)
    if str(fields.get("token_type") or "bearer").lower() != "bearer":
        raise BadResponse(
            f"{registration.vendor} issues a token that is no bearer token, the documented type."
        )
    if not isinstance(refresh_token, str) or not refresh_token:
        refresh_token = previous.refresh_token if previous else None
    grant = Grant(
        access_token=token,
        kind=registration.kind if previous is None else previous.kind,
        scope=_scope(fields.get("scope"), registration, previous),
        expires_at=now + _lifetime(fields.get("expires_in")),
        refresh_token=refresh_token,
    )
    check_scope(grant, registration)
    return grant


def _fits_a_header(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable()


def _scope(said: object, registration: Registration, previous: Grant | None) -> frozenset[str]:
    scopes = said.split() if isinstance(said, str) else said
    if isinstance(scopes, list) and scopes:
        return frozenset(map(str, scopes))
    return frozenset(registration.scopes) if previous is None else previous.scope


def _lifetime(said: object) -> timedelta:
    try:
        seconds = float(str(said)) if said is not None else _DEFAULT_LIFETIME_SECS
    except ValueError:
        seconds = _DEFAULT_LIFETIME_SECS
    # Written so that NaN ends as the bound.
    return timedelta(seconds=max(0.0, min(_LONGEST_LIFETIME_SECS, seconds)))


def missing_scopes(grant: Grant, registration: Registration) -> frozenset[str]:
    """What a grant is of no use without and does not cover."""
    return ungranted_scopes(grant, registration) - registration.dispensable


def ungranted_scopes(grant: Grant, registration: Registration) -> frozenset[str]:
    """What is wanted but was not granted; the order of scopes means nothing."""
    return frozenset(registration.scopes) - grant.scope - _SIGN_IN_SCOPES


def scope_problem(grant: Grant, registration: Registration) -> str | None:
    """What to do about all that is wanted but was not granted; None where that is nothing."""
    missing = ungranted_scopes(grant, registration)
    if not missing:
        return None
    covered = " ".join(sorted(grant.scope)) or "nothing"
    return (
        f"The consent for '{registration.source}' covers {covered}, but its configuration "
        f"also needs {' '.join(sorted(missing))}. {login_hint(registration.source)} "
        "Allow everything the consent page lists."
    )


def check_scope(grant: Grant, registration: Registration) -> None:
    """Check that a grant covers what it is of no use without.

    Raises:
        AccessDenied: it covers less.
    """
    if missing_scopes(grant, registration):
        raise AccessDenied(scope_problem(grant, registration) or "")


def _no_token(registration: Registration) -> SourceError:
    return BadResponse(
        f"{registration.vendor} answers the token request with something that holds no token."
    )


def _refusal(
    reply: Reply, registration: Registration, *, renewing: bool, now: datetime
) -> SourceError:
    """The error in a reply of the token endpoint.

    NIBE Uplink says `400 invalid_request` where RFC 6749 says `invalid_grant`, so any 400 means
    that the code or the refresh token is dead (NIBE Uplink reference: OAuth errors).
    """
    vendor, source = registration.vendor, registration.source
    error = _error_code(reply)
    if (
        reply.status == HTTPStatus.TOO_MANY_REQUESTS
        or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        error = ""
    elif reply.status == HTTPStatus.UNAUTHORIZED and error not in _CREDENTIAL_ERRORS:
        error = "invalid_client"
    match error:
        case "invalid_client" | "unauthorized_client":
            return CredentialsRefused(
                f"{vendor} does not accept the client of '{source}' ({error}): compare client_id "
                f"and client_secret in [sources.{source}] with the vendor's developer page."
            )
        case "invalid_scope":
            return AccessDenied(
                f"{vendor} does not give this client the scope {' '.join(registration.scopes)}."
            )
        case "unsupported_grant_type":
            return RequestRefused(
                f"{vendor} does not offer the grant {registration.kind}: see `grant` in "
                f"[sources.{source}]."
            )
        case "temporarily_unavailable" | "server_error":
            return ServerFailure(f"{vendor} cannot issue tokens at the moment ({error}).")
    if reply.status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
        return _dead(registration, error, renewing=renewing)
    failure = Failure(reply.status, None, reply.headers)
    return refusal(failure, what="the token request", vendor=vendor, source=source, now=now)


_CREDENTIAL_ERRORS = frozenset({"invalid_client", "unauthorized_client"})


def _dead(registration: Registration, error: str, *, renewing: bool) -> SourceError:
    said = f"{registration.vendor} answers {error or 'HTTP 400'}"
    if registration.kind == "client_credentials":
        return CredentialsRefused(
            f"{said} to the credentials of '{registration.source}': compare client_id and "
            f"client_secret in [sources.{registration.source}] with the vendor's developer page."
        )
    if renewing:
        why = f"The login of '{registration.source}' has expired or was revoked ({said})."
    else:
        why = (
            f"The login of '{registration.source}' did not succeed ({said}): a code serves once "
            "and for a minute or two, and redirect_uri must be exactly the registered one."
        )
    return LoginRequired(f"{why} {login_hint(registration.source)}")


def _error_code(reply: Reply) -> str:
    """The `error` of an RFC 6749 error body, empty where there is none."""
    try:
        body = reply.json()
    except ValueError:
        return ""
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,40}", error) else ""
