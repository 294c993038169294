"""A local web server that takes the browser's answer at the end of a login.

It listens on the loopback addresses only, at the port and path of the redirect URI, for as long as
one login takes. Nothing it is sent is logged; everything it echoes is escaped.
"""

import asyncio
import errno
import socket
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from pumphouse.core.errors import SourceError, UsageError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.login import Attempt, redeem, state_matches, vendor_refusal

__all__ = ["CallbackServer"]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LARGEST_FORM_BYTES = 64 * 1024
_GOODBYE_SECS = 2.0

# The implicit grant's answer is a fragment, which browsers do not send: this hands it over.
_SCRIPT = """"use strict";
const fields = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
const form = document.createElement("form");
form.method = "post";
for (const [name, value] of fields) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  form.append(input);
}
document.body.append(form);
if (form.childElementCount) form.submit();
"""


class CallbackServer:
    """Listens while it is entered.

    Usage::

        async with CallbackServer(attempt, host=host) as callback:
            webbrowser.open(attempt.address)
            grant = await callback.grant()

    Raises (on entering):
        UsageError: the redirect URI is not on this machine, or its port is taken.
    """

    def __init__(self, attempt: Attempt, *, host: Host) -> None:
        self._attempt = attempt
        self._host = host
        parts = urlsplit(attempt.registration.redirect_uri)
        self._scheme, self._name = parts.scheme, parts.hostname or ""
        self._port = parts.port or 80
        self._path = parts.path or "/"
        self._script_path = f"{self._path.rstrip('/')}/fragment.js"
        self._outcome: asyncio.Future[Grant] | None = None
        self._turn = asyncio.Lock()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        sockets = self._listen()
        self._outcome = asyncio.get_running_loop().create_future()
        app = web.Application(middlewares=[self._guard], client_max_size=_LARGEST_FORM_BYTES)
        app.router.add_get(self._path, self._answer)
        app.router.add_post(self._path, self._answer)
        app.router.add_get(self._script_path, self._script)
        # No access log: the address of the answer holds the code.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GOODBYE_SECS)
        await self._runner.setup()
        for listening in sockets:
            await web.SockSite(self._runner, listening).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._outcome is not None and not self._outcome.cancel():
            self._outcome.exception()  # has been looked at, also where nobody waited for it

    async def grant(self) -> Grant:
        """Wait for the browser and return the saved grant.

        Raises:
            SourceError: the vendor's answer to this attempt was no grant.
        """
        assert self._outcome is not None
        return await asyncio.shield(self._outcome)

    # Listening

    def _listen(self) -> list[socket.socket]:
        source = self._attempt.registration.source
        paste = f"Use `pumphouse login {source} --paste`."
        addresses = _loopback(self._name) if self._scheme == "http" else ()
        if not addresses:
            raise UsageError(
                f"The redirect_uri of '{source}' does not lead to http://localhost or another "
                f"loopback address, so its answer cannot be awaited here. {paste}"
            )
        sockets: list[socket.socket] = []
        for address in addresses:
            try:
                sockets.append(_bind(address, self._port))
            except OSError as error:
                if sockets and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    continue  # a machine without IPv6
                for opened in sockets:
                    opened.close()
                raise UsageError(
                    f"Port {self._port} of this machine cannot be used for the answer "
                    f"({_why(error)}), perhaps because `pumphouse run` uses it. {paste}"
                ) from None
        return sockets

    # Answering

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other names for this machine: a stranger's page may have rebound its own."""
        names = {"localhost", "127.0.0.1", "[::1]", self._name}
        hosts = {f"{name}:{self._port}" for name in names} | (names if self._port == 80 else set())  # noqa: PLR2004 - the port of http
        if request.host.lower() not in hosts:
            return web.Response(status=HTTPStatus.MISDIRECTED_REQUEST, headers=_HEADERS)
        return await handler(request)

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text=_SCRIPT, content_type="text/javascript", headers=_HEADERS)

    async def _answer(self, request: web.Request) -> web.Response:
        sent = request.query if request.method == "GET" else await request.post()
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        if state_matches(self._attempt, fields):
            return await self._expected(fields)
        if "code" in fields:
            return self._unasked(fields)
        if "error" in fields:
            said = vendor_refusal(self._attempt.registration, fields)
            return _page("No consent", said, status=HTTPStatus.BAD_REQUEST)
        return self._nothing()

    async def _expected(self, fields: Mapping[str, str]) -> web.Response:
        """The answer to this attempt; browsers may send it twice, the code serves once."""
        assert self._outcome is not None
        async with self._turn:
            if not self._outcome.done():
                try:
                    self._outcome.set_result(await redeem(self._attempt, fields, host=self._host))
                except SourceError as error:
                    self._outcome.set_exception(error)
        failure = self._outcome.exception()
        if failure is not None:
            return _page("Login failed", str(failure), status=HTTPStatus.BAD_REQUEST)
        source = self._attempt.registration.source
        return _page(
            "Logged in", f"Pumphouse may now read '{source}'.", "You can close this window."
        )

    def _unasked(self, fields: Mapping[str, str]) -> web.Response:
        source = self._attempt.registration.source
        return _page(
            "An answer to another login",
            "Pumphouse did not ask for this code now. If it belongs to a login you began "
            f"elsewhere, copy it there (pumphouse login {source} --paste).",
            copy={"code": fields["code"], "state": fields.get("state", "")},
            status=HTTPStatus.BAD_REQUEST,
        )

    def _nothing(self) -> web.Response:
        implicit = self._attempt.registration.kind == "implicit"
        return _page(
            "Pumphouse waits for a login",
            "This page takes the vendor's answer. If nothing happens, paste the whole address "
            f"into pumphouse login {self._attempt.registration.source} --paste.",
            script=self._script_path if implicit else None,
        )


def _loopback(name: str) -> tuple[str, ...]:
    """The addresses to listen on for a host name; empty where it is not this machine."""
    if name == "localhost":
        return ("127.0.0.1", "::1")
    return (name,) if name == "::1" or name.startswith("127.") else ()


def _bind(address: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


def _why(error: OSError) -> str:
    return "it is taken" if error.errno == errno.EADDRINUSE else error.strerror or "not allowed"


def _page(
    title: str,
    *paragraphs: str,
    copy: Mapping[str, str] | None = None,
    script: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    for name, value in (copy or {}).items():
        body += f"<p>{escape(name)}:</p><pre>{escape(value)}</pre>"
    load = f'<script src="{escape(script)}" defer></script>' if script else ""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} - Pumphouse</title>{load}</head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return web.Response(text=text, content_type="text/html", headers=_HEADERS, status=status)
