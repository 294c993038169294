"""Asks for figures that take seconds and a library of arrays to compute, without having either.

Each request is answered by a process that ends with it: the daemon stays small for the rest of the
year, and its polls never wait for arithmetic.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from pumphouse.core.documents import Document, iso
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Device, Interval

__all__ = ["Analyst", "Period"]

_PROGRAM: Final = (sys.executable, "-m", "pumphouse.runtime.analysis")
#: a report about years of minutes takes seconds; on the smallest machine ten times as long
_DEADLINE: Final = 600.0


class Period(NamedTuple):
    """What is asked about: one device over some time."""

    device: Device
    interval: Interval


class Analyst:
    """Computes one request at a time, each in a process of its own.

    Args:
        store: the database file.
        timezone: of the site, IANA name.
        hints: what the owner says about devices, by id.
    """

    def __init__(
        self,
        store: Path,
        timezone: str,
        hints: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._timezone = timezone
        self._hints = {device: dict(named) for device, named in hints.items()}
        self._busy = asyncio.Lock()

    async def days(self, periods: Sequence[Period]) -> Sequence[Mapping[str, float]]:
        """The daily metrics of each period, those left out for which there is not enough data.

        Raises:
            StoreError: it cannot be read, or computing failed.
        """
        answer = await self._ask("days", periods)
        return [{name: float(str(value)) for name, value in one.items()} for one in answer]

    async def reports(self, periods: Sequence[Period]) -> Sequence[Document]:
        """What `report --json` says about each period.

        Raises:
            StoreError: it cannot be read, or computing failed.
        """
        return [dict(one) for one in await self._ask("report", periods)]

    async def about(self, what: str, period: Period) -> Document:
        """What a page is drawn from: a "season", "cycles" of a day, a "curve", or a "report".

        Raises:
            StoreError: it cannot be read, or computing failed.
        """
        (document,) = await self._ask(what, [period])
        return dict(document)

    async def _ask(self, what: str, periods: Sequence[Period]) -> Sequence[Document]:
        request = {
            "what": what,
            "store": str(self._store),
            "timezone": self._timezone,
            "hints": self._hints,
            "periods": [
                (one.source, one.id, iso(interval.start), iso(interval.end))
                for one, interval in periods
            ],
        }
        async with self._busy:
            answer = await self._answer(json.dumps(request).encode())
        if not isinstance(answer, dict) or not isinstance(answer.get("answer"), list):
            words = answer.get("error") if isinstance(answer, dict) else None
            raise StoreError(str(words or "the figures could not be computed; see the log"))
        rows: Sequence[Document] = answer["answer"]
        return rows

    async def _answer(self, request: bytes) -> object:
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(_DEADLINE):
                answer, _ = await process.communicate(request)
        except TimeoutError:
            raise StoreError(f"computing figures took more than {_DEADLINE:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            return json.loads(answer)
        except ValueError:
            return None
