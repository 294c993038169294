"""An examination of an installation whose answer is safe to paste in public.

It names versions, kinds, states and ages; never a device, a serial number, an account or a path
below somebody's home.
"""

import asyncio
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pumphouse.config.load import Settings
from pumphouse.core.errors import PumphouseError
from pumphouse.core.ports import Host, Source, SourceStatus, Store
from pumphouse.http.login import SupportsLogin
from pumphouse.runtime.documents import Document
from pumphouse.runtime.installation import Installation, open_installation

__all__ = ["Finding", "Verdict", "diagnose"]

#: a disk with less room than this deserves a word
LITTLE_ROOM_BYTES = 200e6
#: a connection that takes longer than this is slow, in seconds
SLOW_SECS = 2.0
CONNECT_TIMEOUT_SECS = 5.0


class Verdict(StrEnum):
    """How a finding is to be taken."""

    GOOD = "ok"
    NOTICE = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined, and what was found."""

    verdict: Verdict
    subject: str
    text: str

    def document(self) -> Document:
        """For JSON."""
        return {"verdict": self.verdict.value, "subject": self.subject, "text": self.text}

    def row(self) -> tuple[str, str, str]:
        """For a table."""
        return (self.verdict.value, self.subject, self.text)


async def diagnose(settings: Settings) -> list[Finding]:
    """Examine the program, the store and every source. Reads only; asks no vendor for data."""
    findings = [_program(), _configuration(settings)]
    try:
        async with open_installation(settings) as installation:
            findings += [finding async for finding in _installation(installation)]
    except PumphouseError as error:
        findings.append(Finding(Verdict.BAD, "store", _public(str(error))))
    return findings


async def _installation(installation: Installation) -> AsyncIterator[Finding]:
    async for finding in _store(installation.store):
        yield finding
    statuses = {status.source: status for status in await installation.store.source_statuses()}
    for name, source in installation.sources.items():
        kind = installation.settings.sources[name].type
        subject = f"source {name} ({kind})"
        yield await _grant(subject, name, source, installation.host)
        yield await _reachable(subject, source)
        yield _polling(subject, statuses.get(name), installation.host.clock.now())
    async for finding in _devices(installation):
        yield finding


def _program() -> Finding:
    text = (
        f"Pumphouse {version('pumphouse')}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()}"
    )
    return Finding(Verdict.GOOD, "program", text)


def _configuration(settings: Settings) -> Finding:
    kinds = ", ".join(sorted(section.type for section in settings.sources.values()))
    verdict = Verdict.GOOD if kinds else Verdict.NOTICE
    return Finding(verdict, "configuration", f"sources: {kinds or 'none yet'}")


async def _store(store: Store) -> AsyncIterator[Finding]:
    figures = await store.figures()
    text = f"{figures.readings} readings, {figures.points} points, {figures.bytes / 1e6:.1f} MB"
    yield Finding(Verdict.GOOD, "store", text)
    for problem in await store.check():
        yield Finding(Verdict.BAD, "store", _public(problem))
    free = shutil.disk_usage(Path(figures.path).parent).free
    verdict = Verdict.GOOD if free > LITTLE_ROOM_BYTES else Verdict.BAD
    yield Finding(verdict, "disk", f"{free / 1e9:.1f} GB free")
    if open_gaps := [gap for gap in await store.gaps() if gap.end is None]:
        yield Finding(Verdict.NOTICE, "gaps", f"{len(open_gaps)} open")


async def _grant(subject: str, name: str, source: Source, host: Host) -> Finding:
    if not isinstance(source, SupportsLogin):
        return Finding(Verdict.GOOD, subject, "needs no login")
    try:
        grant = await host.grants.load(name)
    except PumphouseError as error:
        return Finding(Verdict.BAD, subject, _public(str(error)))
    if grant is None:
        verdict = (
            Verdict.GOOD if source.registration().kind == "client_credentials" else Verdict.BAD
        )
        return Finding(verdict, subject, f"no login saved; pumphouse login {name}")
    scope = " ".join(sorted(grant.scope)) or "none named"
    renewable = grant.refresh_token is not None or grant.kind == "client_credentials"
    text = f"login saved ({grant.kind}, scope {scope})"
    if not renewable:
        return Finding(Verdict.NOTICE, subject, f"{text}; it cannot be renewed")
    return Finding(Verdict.GOOD, subject, text)


async def _reachable(subject: str, source: Source) -> Finding:
    """Whether a connection to the vendor's host can be opened, and how long that takes."""
    if not isinstance(source, SupportsLogin):
        return Finding(Verdict.GOOD, subject, "local")
    parts = urlsplit(source.registration().token_url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as problem:
        reason = getattr(problem, "strerror", None) or "no answer"
        return Finding(Verdict.BAD, subject, f"{parts.hostname} cannot be reached: {reason}")
    took = time.perf_counter() - began
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    verdict = Verdict.GOOD if took < SLOW_SECS else Verdict.NOTICE
    return Finding(verdict, subject, f"{parts.hostname} answers in {took * 1e3:.0f} ms")


def _polling(subject: str, status: SourceStatus | None, now: datetime) -> Finding:
    if status is None or status.last_success is None:
        error = f": {_public(status.last_error)}" if status and status.last_error else ""
        return Finding(Verdict.NOTICE, subject, f"never read successfully{error}")
    silent = (now - status.last_success).total_seconds()
    text = f"{status.state.value}, last read {silent / 60:.0f} min ago"
    text += f", {status.failures} of {status.polls} polls failed"
    if status.last_error:
        text += f"; last error: {_public(status.last_error)}"
    stale = silent > 3 * status.interval
    return Finding(Verdict.BAD if stale else Verdict.GOOD, subject, text)


async def _devices(installation: Installation) -> AsyncIterator[Finding]:
    """One line for each device: its model, and how old its newest reading is."""
    newest: dict[str, datetime] = {}
    for point, reading in await installation.store.latest():
        known = newest.get(point.key.device)
        newest[point.key.device] = max(known, reading.time) if known else reading.time
    now = installation.host.clock.now()
    for number, device in enumerate(await installation.store.devices(), start=1):
        model = device.model or "model unknown"
        if device.id not in newest:
            yield Finding(Verdict.NOTICE, f"device {number} ({model})", "no readings")
            continue
        minutes = (now - newest[device.id]).total_seconds() / 60
        disconnected = device.connected is False
        text = f"newest reading {minutes:.0f} min old" + (", disconnected" if disconnected else "")
        verdict = Verdict.NOTICE if disconnected else Verdict.GOOD
        yield Finding(verdict, f"device {number} ({model})", text)


def _public(text: str) -> str:
    """`text` without the user's home folder and name."""
    home = str(Path.home())
    user = os.environ.get("USER", "")
    text = text.replace(home, "~") if home != "/" else text
    return text.replace(f"/{user}/", "/~/") if user else text
