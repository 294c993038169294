"""Debian's Chromium, and an eye on what it must not do."""

import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Request, async_playwright

#: no sandbox: the tests may run as root; nothing that Chromium does on its own account
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def chromium_program() -> str:
    """Where Chromium is; without it the test is skipped, on CI it fails."""
    found = shutil.which("chromium")
    if found is None:
        missing = "chromium is not here: apt-get install --no-install-recommends chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@asynccontextmanager
async def launched(program: str) -> AsyncIterator[Browser]:
    """A browser, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watch:
    """Notes every error on the console, every exception, every request to a stranger.

    Attributes:
        hosts: `host:port` of whom may be asked.
        expected: what an error on the console may hold in this test.
        broken: who did not answer, and what the console said of it.
    """

    hosts: set[str]
    expected: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of `context`."""
        context.on("console", self._said)
        context.on("weberror", lambda error: self.seen.append(f"exception: {error.error}"))
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        said = f"console {message.type}: {message.text}"
        if message.type == "error" and "Failed to load resource: net::" in message.text:
            self.broken.append((urlsplit(message.location["url"]).netloc, said))
        elif message.type in {"error", "warning"}:
            self.seen.append(said)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc not in self.hosts:
            self.seen.append(f"request to a stranger: {parts.netloc}")

    def complaints(self) -> list[str]:
        """What should not have happened; that a house was left before its page may."""
        broken = [said for host, said in self.broken if host not in self.hosts or _listens(host)]
        return [
            one for one in self.seen + broken if not any(words in one for words in self.expected)
        ]


def _listens(place: str) -> bool:
    """Whether somebody still does at `host:port`."""
    host, _, port = place.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError:
        return False
    return True
