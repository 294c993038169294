"""The authorize and token endpoints and what stands around them, for every vendor."""

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pumphouse.simulator.oauth.grants import AuthorizationRequest, GrantBook, TokenReply
from pumphouse.simulator.oauth.pages import consent_page, message_page
from pumphouse.simulator.oauth.policy import (
    CLIENT_ID,
    OAuthRefusal,
    Policy,
    check_client,
    is_registered,
)
from pumphouse.simulator.oauth.tokens import jwks

__all__ = ["OAuthEndpoints"]

_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_METHODS: Final = ("plain", "S256")


class OAuthEndpoints:
    """The browser's and the client's way to tokens.

    Args:
        policy: the vendor's rules.
        book: where codes and tokens are kept.
        base: the vendor's base address.
        auto_consent: redirect at once, without the login and consent page.
    """

    def __init__(self, policy: Policy, book: GrantBook, base: str, *, auto_consent: bool) -> None:
        self._policy = policy
        self._book = book
        self._base = base
        self._auto_consent = auto_consent
        self._asked: dict[str, AuthorizationRequest] = {}
        self._browser_errors: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """The addresses below the vendor's base."""
        folder = self._policy.folder
        routes = [
            Route(f"{folder}/authorize", self._authorize, methods=["GET"]),
            Route(f"{folder}/authorize", self._decide, methods=["POST"]),
            Route(f"{folder}/token", self._token, methods=["POST"]),
        ]
        if self._policy.error_page:
            routes += [
                Route("/oauth/error", self._show_error, methods=["GET"]),
                Route("/.well-known/openid-configuration", self._discovery, methods=["GET"]),
                Route("/.well-known/openid-configuration/jwks", self._keys, methods=["GET"]),
            ]
        return routes

    async def _authorize(self, request: Request) -> Response:
        query = _parse(request.scope["query_string"])
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != CLIENT_ID:
            return self._refuse_in_browser("unauthorized_client")
        if not is_registered(redirect_uri):
            return self._refuse_in_browser("invalid_request")
        try:
            asked = _read_request(self._policy, query)
        except OAuthRefusal as refusal:
            if self._policy.scope_page:
                return self._refuse_in_browser("invalid_request")
            parameters = {"error": refusal.error}
            return _redirect(redirect_uri, parameters, query.get("state"))
        if self._auto_consent:
            return self._grant(asked, asked.scope)
        return self._ask(asked)

    async def _decide(self, request: Request) -> Response:
        """The posted consent page."""
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        form = dict(fields)
        asked = self._asked.pop(form.get("ticket", ""), None)
        if asked is None:
            return self._refuse_in_browser("invalid_request")
        if form.get("decision") == "deny":
            return _redirect(asked.redirect_uri, {"error": "access_denied"}, asked.state)
        if not form.get("username") or not form.get("password"):
            return self._ask(asked, "Enter an e-mail address and a password.")
        ticked = {value for name, value in fields if name == "scope"}
        scope = tuple(scope for scope in asked.scope if scope in ticked)
        if not scope:
            return _redirect(asked.redirect_uri, {"error": "access_denied"}, asked.state)
        return self._grant(asked, scope)

    def _ask(self, asked: AuthorizationRequest, problem: str = "") -> Response:
        ticket = secrets.token_urlsafe(24)
        self._asked[ticket] = asked
        action = f"{self._base}{self._policy.folder}/authorize"
        return consent_page(self._policy, asked, ticket, action, problem)

    def _grant(self, asked: AuthorizationRequest, scope: tuple[str, ...]) -> Response:
        if asked.response_type == "code":
            code = self._book.authorize(asked, scope)
            return _redirect(asked.redirect_uri, {"code": code}, asked.state)
        reply = self._book.issue_alone(scope)
        return _redirect(asked.redirect_uri, reply, asked.state, separator="#")

    async def _token(self, request: Request) -> Response:
        form = _parse(await request.body())
        try:
            check_client(self._policy, request.headers.get("authorization"), form)
            reply = self._exchange(form)
        except OAuthRefusal as refusal:
            return self._refuse_client(refusal)
        return JSONResponse(reply, headers=_NO_STORE)

    def _exchange(self, form: Mapping[str, str]) -> TokenReply:
        match form.get("grant_type"):
            case "authorization_code":
                return self._book.redeem(
                    form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
            case "refresh_token":
                return self._book.refresh(form.get("refresh_token", ""))
            case "client_credentials" if self._policy.client_credentials:
                return self._book.issue_alone(self._client_scope(form.get("scope", "")))
            case None | "":
                raise OAuthRefusal("invalid_request")
            case grant if grant in self._policy.barred:
                raise OAuthRefusal("unauthorized_client")
            case _:
                raise OAuthRefusal("unsupported_grant_type")

    def _client_scope(self, text: str) -> tuple[str, ...]:
        """Client credentials: all scopes where none is named, and never one that needs a user."""
        allowed = [scope for scope in self._policy.scopes if scope != self._policy.offline_scope]
        wanted = text.split() or allowed
        if not set(wanted) <= set(allowed):
            raise OAuthRefusal("invalid_scope")
        return tuple(wanted)

    def _refuse_client(self, refusal: OAuthRefusal) -> Response:
        sentence = self._policy.unknown_client
        if refusal.error == "unknown_client" and sentence is not None:
            return PlainTextResponse(sentence, 400, _NO_STORE)
        error = "invalid_client" if refusal.error == "unknown_client" else refusal.error
        body = {"error": error}
        if refusal.description:
            body["error_description"] = refusal.description
        headers = dict(_NO_STORE)
        if refusal.status == 401:  # noqa: PLR2004 - the status that needs a challenge
            headers["WWW-Authenticate"] = 'Basic realm="oauth"'
        return JSONResponse(body, refusal.status, headers)

    def _refuse_in_browser(self, error: str) -> Response:
        """Tell the user, and never an address that nobody registered."""
        if not self._policy.error_page:
            return message_page(self._policy.title, _explain(error), 400)
        error_id = secrets.token_urlsafe(24)
        self._browser_errors[error_id] = error
        address = f"{self._base}/oauth/error?{urlencode({'errorId': error_id})}"
        return RedirectResponse(address, 302, _NO_STORE)

    async def _show_error(self, request: Request) -> Response:
        error = self._browser_errors.get(request.query_params.get("errorId", ""), "invalid_request")
        return message_page(self._policy.title, _explain(error), 400)

    async def _discovery(self, _request: Request) -> Response:
        """As advertised by the vendor, who serves nothing at `/connect/…`."""
        return JSONResponse(
            {
                "issuer": self._base,
                "jwks_uri": f"{self._base}/.well-known/openid-configuration/jwks",
                "authorization_endpoint": f"{self._base}/connect/authorize",
                "token_endpoint": f"{self._base}/connect/token",
                "scopes_supported": list(self._policy.scopes),
                "response_types_supported": ["code"],
                "grant_types_supported": [
                    "authorization_code",
                    "client_credentials",
                    "refresh_token",
                ],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "code_challenge_methods_supported": list(_METHODS),
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(jwks())


def _read_request(policy: Policy, query: Mapping[str, str]) -> AuthorizationRequest:
    """Read what may be answered at the redirect URI.

    Raises:
        OAuthRefusal: what the application asks for is unknown or malformed.
    """
    response_type = query.get("response_type", "")
    if response_type not in ({"code", "token"} if policy.implicit else {"code"}):
        raise OAuthRefusal("unsupported_response_type")
    scope = tuple(dict.fromkeys(query.get("scope", "").split()))
    if not scope or not set(scope) <= set(policy.scopes):
        raise OAuthRefusal("invalid_scope")
    challenge = query.get("code_challenge") if policy.pkce else None
    method = query.get("code_challenge_method", "plain") if challenge else None
    if method and method not in _METHODS:
        raise OAuthRefusal("invalid_request")
    return AuthorizationRequest(
        response_type, query["redirect_uri"], scope, query.get("state"), challenge, method
    )


def _parse(encoded: bytes) -> dict[str, str]:
    """Form fields; bytes that are no UTF-8 survive, because `state` must come back unchanged."""
    fields = parse_qsl(
        encoded.decode("utf-8", "surrogateescape"),
        keep_blank_values=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    return dict(fields)


def _redirect(
    redirect_uri: str, parameters: Mapping[str, object], state: str | None, separator: str = ""
) -> Response:
    """Send the browser back with `parameters` in the query, or in the fragment."""
    pairs = {name: str(value) for name, value in parameters.items()}
    if state is not None:
        pairs["state"] = state
    encoded = "&".join(f"{name}={_quote(value)}" for name, value in pairs.items())
    separator = separator or ("&" if "?" in redirect_uri else "?")
    headers = {**_NO_STORE, "Location": redirect_uri + separator + encoded}
    return Response(status_code=302, headers=headers)


def _quote(value: str) -> str:
    return quote(value, safe="", errors="surrogateescape")


def _explain(error: str) -> list[str]:
    sentences = {
        "unauthorized_client": "No application is registered under this client id.",
        "invalid_request": "The callback address or a scope is not registered, or the page is old.",
    }
    return [f"Sorry, there was an error: {error}", sentences[error]]
