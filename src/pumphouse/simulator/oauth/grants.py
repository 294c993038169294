"""The authorization server's memory: codes, grants and tokens, without HTTP."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pumphouse.core.ports import Clock
from pumphouse.simulator.oauth.policy import OAuthRefusal, Policy, Reuse

__all__ = ["Access", "AuthorizationRequest", "GrantBook", "Mint", "TokenReply"]

TokenReply = dict[str, str | int]
#: makes an access token for a scope, valid between two instants
Mint = Callable[[tuple[str, ...], datetime, datetime], str]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks of the user; checked before it is made.

    Attributes:
        state: the client's own words, None where it sent none.
        challenge, method: PKCE, None where not used.
    """

    response_type: str
    redirect_uri: str
    scope: tuple[str, ...]
    state: str | None = None
    challenge: str | None = None
    method: str | None = None


@dataclass(slots=True)
class _Grant:
    """One consent.

    Every exchange issues a pair of tokens of the next generation. Using either token of a pair
    proves that the client has it, so `proven` only grows.
    """

    scope: tuple[str, ...]
    renewable: bool
    latest: int = 0
    proven: int = 0
    revoked: bool = False


@dataclass(slots=True)
class _Code:
    request: AuthorizationRequest
    scope: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True)
class Access:
    """What an access token allows."""

    scope: tuple[str, ...]
    expires_at: datetime
    grant: _Grant
    generation: int


class GrantBook:
    """Issues and checks everything that one vendor's users and clients hold.

    Attributes:
        issued: every code and token ever handed out, for tests that look for leaks.
    """

    def __init__(self, policy: Policy, clock: Clock, reuse: Reuse, mint: Mint) -> None:
        self._policy = policy
        self._clock = clock
        self._reuse = reuse
        self._mint = mint
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, tuple[_Grant, int, datetime]] = {}
        self._grants: list[_Grant] = []
        self.issued: list[str] = []

    def authorize(self, request: AuthorizationRequest, scope: tuple[str, ...]) -> str:
        """A code for a consent to `scope`, which may be less than what was asked for."""
        code = self._new_secret(self._policy.code_bytes)
        expires_at = self._clock.now() + timedelta(seconds=self._policy.code_secs)
        self._codes[code] = _Code(request, scope, expires_at)
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str | None) -> TokenReply:
        """Exchange a code, once.

        Raises:
            OAuthRefusal: the code is unknown, used or expired, the redirect URI is not the one
                the code was sent to, or the verifier does not fit.
        """
        held = self._codes.get(code)
        if held is None or held.request.redirect_uri != redirect_uri:
            raise OAuthRefusal(self._policy.stale)
        del self._codes[code]
        if held.expires_at <= self._clock.now() or not _fits(held.request, verifier):
            raise OAuthRefusal(self._policy.stale)
        offline = self._policy.offline_scope
        return self._issue(self._new_grant(held.scope, offline is None or offline in held.scope))

    def refresh(self, token: str) -> TokenReply:
        """Exchange a refresh token.

        Raises:
            OAuthRefusal: the token is unknown, revoked or out of use.
        """
        held = self._refresh.get(token)
        if held is None:
            raise OAuthRefusal(self._policy.stale)
        grant, generation, issued_at = held
        if grant.revoked or self._is_too_old(issued_at):
            raise OAuthRefusal(self._policy.stale)
        if self._reuse is Reuse.STRICT and generation < grant.latest:
            grant.revoked = True
            raise OAuthRefusal(self._policy.stale)
        if generation < (grant.latest if self._policy.one_time else grant.proven):
            raise OAuthRefusal(self._policy.stale)
        grant.proven = generation
        return self._issue(grant)

    def issue_alone(self, scope: tuple[str, ...]) -> TokenReply:
        """An access token that cannot be renewed: client credentials and the implicit grant."""
        return self._issue(self._new_grant(scope, renewable=False))

    def check(self, token: str) -> Access | None:
        """What `token` allows, None where it allows nothing; the look counts as its use."""
        access = self._access.get(token)
        if access is None or access.grant.revoked or access.expires_at <= self._clock.now():
            return None
        access.grant.proven = max(access.grant.proven, access.generation)
        return access

    def expire_tokens(self) -> None:
        """Every access token ends now; refresh tokens stay."""
        self._access.clear()

    def revoke_grants(self) -> None:
        """Every consent is withdrawn."""
        for grant in self._grants:
            grant.revoked = True

    def _is_too_old(self, issued_at: datetime) -> bool:
        """Whether a refresh token has lived its life; each new one begins another."""
        days = self._policy.refresh_days
        return days is not None and self._clock.now() - issued_at >= timedelta(days=days)

    def _new_grant(self, scope: tuple[str, ...], renewable: bool) -> _Grant:
        grant = _Grant(scope, renewable)
        self._grants.append(grant)
        return grant

    def _issue(self, grant: _Grant) -> TokenReply:
        grant.latest += 1
        now = self._clock.now()
        expires_at = now + timedelta(seconds=self._policy.access_secs)
        access = self._mint(grant.scope, now, expires_at)
        self.issued.append(access)
        self._access[access] = Access(grant.scope, expires_at, grant, grant.latest)
        reply: TokenReply = {
            "access_token": access,
            "expires_in": self._policy.access_secs,
            "token_type": self._policy.token_type,
            "scope": " ".join(grant.scope),
        }
        if grant.renewable:
            token = self._new_secret(self._policy.refresh_bytes)
            self._refresh[token] = (grant, grant.latest, now)
            reply["refresh_token"] = token
        return reply

    def _new_secret(self, size: int) -> str:
        secret = secrets.token_urlsafe(size)
        self.issued.append(secret)
        return secret


def _fits(request: AuthorizationRequest, verifier: str | None) -> bool:
    """PKCE (RFC 7636): a verifier is needed exactly where a challenge was given."""
    if request.challenge is None:
        return verifier is None
    if verifier is None:
        return False
    if request.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == request.challenge
    return verifier == request.challenge
