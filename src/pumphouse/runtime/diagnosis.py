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
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pumphouse.config.load import Settings
from pumphouse.core.errors import PumphouseError
from pumphouse.core.ports import Host, SinkState, SinkStatus, Source, SourceStatus, Store
from pumphouse.http.login import SupportsLogin
from pumphouse.runtime.documents import Document, age
from pumphouse.runtime.installation import Installation, open_installation
from pumphouse.runtime.sensors.registry import sensors_now

__all__ = ["Finding", "Verdict", "diagnose"]

#: a disk with less room than this deserves a word
LITTLE_ROOM_BYTES = 200e6
#: a connection that takes longer than this is slow, in seconds
SLOW_SECS = 2.0
CONNECT_TIMEOUT_SECS = 5.0
#: some point of a heat pump that is switched on changes every hour
A_DEVICE_IS_STALE = timedelta(days=1)
A_CLOCK_MAY_DIFFER = timedelta(minutes=5)


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
    """Examine the program, the store, sources and sinks. Reads only; asks no vendor for data."""
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
    async for finding in _sinks(installation):
        yield finding
    async for finding in _devices(installation):
        yield finding
    async for finding in _sensors(installation):
        yield finding


def _program() -> Finding:
    text = (
        f"Pumphouse {version('pumphouse')}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()}"
    )
    return Finding(Verdict.GOOD, "program", text)


def _configuration(settings: Settings) -> Finding:
    sources = ", ".join(sorted(section.type for section in settings.sources.values()))
    sinks = ", ".join(sorted(section.type for section in settings.sinks.values()))
    verdict = Verdict.GOOD if sources else Verdict.NOTICE
    text = f"sources: {sources or 'none yet'}; sinks: {sinks or 'none'}"
    return Finding(verdict, "configuration", text)


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
    text = f"{status.state.value}, last read {age(status.last_success, now)} ago"
    text += f", {status.failures} of {status.polls} polls failed"
    if silent > 3 * status.interval:
        verdict = Verdict.BAD
    else:
        verdict = Verdict.NOTICE if status.last_error else Verdict.GOOD
    if status.last_error:
        text += f"; last error: {_public(status.last_error)}"
    return Finding(verdict, subject, text)


async def _sinks(installation: Installation) -> AsyncIterator[Finding]:
    """One line for each sink: how it is doing, how far behind it is, what it has refused."""
    statuses = {status.sink: status for status in await installation.store.sink_statuses()}
    now = installation.host.clock.now()
    for name in installation.sinks:
        subject = f"sink {name} ({installation.settings.sinks[name].type})"
        yield _delivering(subject, statuses.get(name), now)


def _delivering(subject: str, status: SinkStatus | None, now: datetime) -> Finding:
    if status is None or status.last_success is None:
        error = f": {_public(status.last_error)}" if status and status.last_error else ""
        return Finding(Verdict.NOTICE, subject, f"nothing delivered yet{error}")
    text = f"{status.state.value}, last delivery {age(status.last_success, now)} ago"
    text += f", {status.lag} readings behind, {status.dropped} refused for good"
    if status.last_error:
        text += f"; last error: {_public(status.last_error)}"
    if status.state is not SinkState.OK:
        return Finding(Verdict.BAD, subject, text)
    return Finding(Verdict.NOTICE if status.dropped else Verdict.GOOD, subject, text)


async def _devices(installation: Installation) -> AsyncIterator[Finding]:
    """One line for each device: its model, and how old its newest reading is."""
    now = installation.host.clock.now()
    newest: dict[str, datetime] = {}
    ahead: dict[str, int] = {}
    for point, reading in await installation.store.latest():
        name = point.key.device
        if reading.time > now + A_CLOCK_MAY_DIFFER:
            ahead[name] = ahead.get(name, 0) + 1
        else:
            newest[name] = max(newest.get(name, reading.time), reading.time)
    for number, device in enumerate(await installation.store.devices(), start=1):
        subject = f"device {number} ({device.model or 'model unknown'})"
        gone = device.connected is False
        yield _freshness(subject, newest.get(device.id), now, disconnected=gone)
        if device.id in ahead:
            text = f"{ahead[device.id]} readings lie in the future: look at the device's clock"
            yield Finding(Verdict.NOTICE, subject, text)


def _freshness(
    subject: str, newest: datetime | None, now: datetime, *, disconnected: bool
) -> Finding:
    if newest is None:
        return Finding(Verdict.NOTICE, subject, "no readings")
    text = f"newest reading {age(newest, now)} old" + (", disconnected" if disconnected else "")
    stale = now - newest > A_DEVICE_IS_STALE
    return Finding(Verdict.NOTICE if stale or disconnected else Verdict.GOOD, subject, text)


async def _sensors(installation: Installation) -> AsyncIterator[Finding]:
    """One line for all sensors of the owner's own, where there are any."""
    found = await sensors_now(installation.store, installation.host.clock.now())
    if not found.sensors:
        return
    low = sum(sensor.battery_low is True for sensor in found.sensors)
    doubted = sum(bool(sensor.suspects) for sensor in found.sensors)
    verdict = Verdict.NOTICE if low or doubted or found.suggestions else Verdict.GOOD
    text = (
        f"{len(found.sensors)} known, {low} with a low battery, {doubted} with values of the last"
        f" day that were not believed, {len(found.suggestions)} may have a new battery"
    )
    yield Finding(verdict, "sensors", text)


def _public(text: str) -> str:
    """`text` without the user's home folder and name."""
    home = str(Path.home())
    user = os.environ.get("USER", "")
    text = text.replace(home, "~") if home != "/" else text
    return text.replace(f"/{user}/", "/~/") if user else text
