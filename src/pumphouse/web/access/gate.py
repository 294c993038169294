"""Who may come in, and what they may do: one answer for every request.

Without a password and a trusted header everybody is let in, which is why only this machine can ask
then. Otherwise a visitor has logged in (a session), was let in by a trusted proxy (its header), or
shows an API token.
"""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from pumphouse.config.settings import WebSettings
from pumphouse.core.ports import Clock
from pumphouse.web.access.hosts import is_ours
from pumphouse.web.access.password import PasswordCheck
from pumphouse.web.access.proxies import Proxies
from pumphouse.web.access.sessions import Sessions, cookie_name
from pumphouse.web.access.throttle import Throttle
from pumphouse.web.access.tokens import Scope, TokenFile

__all__ = ["Gate", "Visitor", "visitor_of"]

_BEARER = "bearer "
#: what proxies add; where nobody has to log in, nobody may come through one
_SIGNS_OF_A_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        browser: the name in its cookie, see `Sessions`.
        is_new: whether it has yet to be given that cookie.
        logged_in: whether there is a session that can be ended.
        may_read, may_write: what is allowed.
        token: the name of the API token that it shows; no form of another site can be behind it.
        address: where it comes from, its proxy not counted.
        secure: whether it comes by https.
    """

    browser: str
    is_new: bool
    logged_in: bool
    may_read: bool
    may_write: bool
    token: str | None
    address: str
    secure: bool

    @property
    def by_token(self) -> bool:
        """Whether it shows an API token."""
        return self.token is not None

    @property
    def name(self) -> str:
        """Who it is, for the log of changes."""
        return "web" if self.token is None else f"api token {self.token}"


class Gate:
    """Lets visitors in.

    Attributes:
        settings: `[web]` of the configuration.
        sessions: who has logged in.
        throttle: who has guessed wrong.
        password: None where nobody can log in by password.
        tokens: of scripts.
    """

    def __init__(self, settings: WebSettings, tokens: TokenFile, clock: Clock) -> None:
        self.settings = settings
        self.tokens = tokens
        self.sessions = Sessions(clock)
        self.throttle = Throttle(clock)
        secret = settings.password_hash
        self.password = None if secret is None else PasswordCheck(secret.get_secret_value())
        self._proxies = Proxies(settings.trusted_proxies, settings.trusted_header)

    def knows_host(self, request: HTTPConnection) -> bool:
        """Whether the request calls us by a name of ours."""
        named = request.headers.getlist("host")
        guarded, hosts = self.settings.guarded, self.settings.hosts
        return len(named) == 1 and is_ours(named[0], hosts, guarded=guarded)

    def came_by_a_strange_proxy(self, request: HTTPConnection) -> bool:
        """Whether a proxy passes strangers on where nobody has to log in."""
        return not self.settings.guarded and any(
            sign in request.headers for sign in _SIGNS_OF_A_PROXY
        )

    def visitor(self, request: HTTPConnection) -> Visitor | None:
        """Who asks; None where a token is shown that is not ours.

        Raises:
            StoreError: the file of the tokens cannot be used.
        """
        secure = self._proxies.is_secure(request)
        cookie = request.cookies.get(cookie_name(secure=secure))
        known = self.sessions.is_name(cookie)
        browser = cookie if known and cookie else self.sessions.new()
        logged_in = known and self.sessions.is_logged_in(browser)
        welcome = not self.settings.guarded or logged_in or bool(self._proxies.user(request))
        reads = writes = welcome
        shown, token = _token(request), None
        if shown is not None:
            token = self.tokens.find(shown)
            if token is None:
                return None
            reads, writes = True, token.scope is Scope.WRITE
        return Visitor(
            browser=browser,
            is_new=not known,
            logged_in=logged_in,
            may_read=reads,
            may_write=writes,
            token=token.name if token is not None else None,
            address=self._proxies.address(request),
            secure=secure,
        )


def visitor_of(request: HTTPConnection) -> Visitor:
    """Whom the gate has let in with this request."""
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)
    return visitor


def _token(request: HTTPConnection) -> str | None:
    """The API token that is shown, None where none is."""
    header = request.headers.get("authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None
