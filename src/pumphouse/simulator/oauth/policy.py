"""What distinguishes one vendor's authorization server from another's."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from pumphouse.core.errors import PumphouseError

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "MYUPLINK",
    "NIBE_UPLINK",
    "TIBBER",
    "OAuthRefusal",
    "Policy",
    "Reuse",
    "check_client",
    "is_registered",
]

#: the one registered application: 32 hexadecimal digits, like NIBE Uplink's
CLIENT_ID: Final = "5a1c7e90d3b84f26a07be4c1926fd835"
#: 44 characters of base64 with every character that must be percent-encoded in a form
CLIENT_SECRET: Final = "pH0u+Se/dEm0q7V+simuL8at0r/NotAs3cret+xYz12="  # noqa: S105 - opens nothing


class Reuse(StrEnum):
    """What happens to an old refresh token after it was exchanged."""

    #: it works until the new refresh token or its access token is first used
    TOLERANT = "tolerant"
    #: using it again revokes the whole grant
    STRICT = "strict"


class OAuthRefusal(PumphouseError):
    """The authorization server refuses.

    Attributes:
        error: the error code of RFC 6749.
        description: for people, None where the vendor gives none.
        status: of the HTTP reply.
    """

    def __init__(self, error: str, description: str | None = None, status: int = 400) -> None:
        super().__init__(f"{error}: {description}" if description else error)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class Policy:
    """One vendor's rules.

    Attributes:
        vendor: key in the announcement.
        title: what the vendor calls itself on its pages.
        scopes: what may be asked for, with the sentence of the consent page.
        stale: error for a code or refresh token that is used, expired or unknown.
        bad_secret: reply to a wrong client secret.
        offline_scope: scope without which there is no refresh token; None: there always is one.
        code_bytes, refresh_bytes: entropy; three bytes become four characters.
        error_page: whether browser errors go to `/oauth/error?errorId=…`.
        folder: what the addresses of the authorization server begin with.
        unknown_client: what is said in plain text about an unknown client; None: invalid_client.
        scope_page: whether an unknown scope is told to the user instead of to the application.
        barred: grants that the server knows and this client may not use.
        refresh_days: how long a refresh token lives; None: for ever.
        one_time: whether a refresh token is dead as soon as it was exchanged.
    """

    vendor: str
    title: str
    scopes: Mapping[str, str]
    token_type: str
    access_secs: int
    code_secs: int
    code_bytes: int
    refresh_bytes: int
    stale: str
    bad_secret: tuple[int, str | None]
    offline_scope: str | None
    pkce: bool
    client_credentials: bool
    implicit: bool
    error_page: bool
    folder: str = "/oauth"
    unknown_client: str | None = None
    scope_page: bool = False
    barred: tuple[str, ...] = ()
    refresh_days: float | None = None
    one_time: bool = False


_READ: Final = "See the values of your heat pump"
_WRITE: Final = "Change the settings of your heat pump"

NIBE_UPLINK: Final = Policy(
    vendor="nibe_uplink",
    title="NIBE Uplink",
    scopes={"READSYSTEM": _READ, "WRITESYSTEM": _WRITE},
    token_type="bearer",  # noqa: S106 - the word of the wire
    access_secs=1800,
    code_secs=120,
    code_bytes=285,
    refresh_bytes=225,
    stale="invalid_request",  # where RFC 6749 has invalid_grant
    bad_secret=(401, "The client secret was incorrect."),
    offline_scope=None,
    pkce=False,
    client_credentials=False,
    implicit=True,
    error_page=False,
    unknown_client="The secret for the given client or token could not be looked up.",
)

MYUPLINK: Final = Policy(
    vendor="myuplink",
    title="myUplink",
    scopes={
        "READSYSTEM": _READ,
        "WRITESYSTEM": _WRITE,
        "offline_access": "Keep access while you are away",
    },
    token_type="Bearer",  # noqa: S106 - the word of the wire
    access_secs=3600,
    code_secs=120,
    code_bytes=48,
    refresh_bytes=48,
    stale="invalid_grant",
    bad_secret=(400, "Invalid client credentials"),
    offline_scope="offline_access",
    pkce=True,
    client_credentials=True,
    implicit=False,
    error_page=True,
)

TIBBER: Final = Policy(
    vendor="tibber",
    title="Tibber",
    scopes={
        "openid": "Know who you are",
        "profile": "See your name",
        "email": "See your e-mail address",
        "offline_access": "Keep access while you are away",
        "data-api-user-read": "See your account",
        "data-api-homes-read": "See your homes",
        "data-api-vehicles-read": "See your vehicles",
        "data-api-chargers-read": "See your chargers",
        "data-api-thermostats-read": "See your thermostats and heat pumps",
        "data-api-energy-systems-read": "See your batteries",
        "data-api-inverters-read": "See your inverters",
        "data-api-meters-read": "See your meter live",
    },
    token_type="Bearer",  # noqa: S106 - the word of the wire
    access_secs=3600,
    code_secs=300,
    code_bytes=48,
    refresh_bytes=48,
    stale="invalid_grant",
    bad_secret=(400, None),
    offline_scope="offline_access",
    pkce=True,
    client_credentials=False,
    implicit=False,
    error_page=False,
    folder="/connect",
    scope_page=True,
    barred=("client_credentials",),
    refresh_days=30,
    one_time=True,
)


def is_registered(redirect_uri: str) -> bool:
    """Whether a redirect URI belongs to the application: any plain http address of this machine."""
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        return False
    local = parts.hostname in ("localhost", "127.0.0.1")
    return parts.scheme == "http" and local and not parts.fragment and "#" not in redirect_uri


def check_client(policy: Policy, header: str | None, form: Mapping[str, str]) -> None:
    """Check the client's id and secret, from HTTP Basic or from the body.

    Raises:
        OAuthRefusal: `unknown_client` (never on the wire) or the vendor's `invalid_client`.
    """
    body = (form.get("client_id"), form.get("client_secret"))
    candidates = [body] if header is None else _basic(header) or [body]
    if not any(client_id == CLIENT_ID for client_id, _ in candidates):
        raise OAuthRefusal("unknown_client")
    secrets = [secret for _, secret in candidates if secret]
    if not any(hmac.compare_digest(secret.encode(), CLIENT_SECRET.encode()) for secret in secrets):
        status, description = policy.bad_secret
        raise OAuthRefusal("invalid_client", description, status)


def _basic(header: str) -> list[tuple[str | None, str | None]]:
    """Both readings of a Basic header: RFC 6749 form-encodes the two parts, most clients do not."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return []
    client_id, _, secret = pair.partition(":")
    return [(client_id, secret), (unquote_plus(client_id), unquote_plus(secret))]
