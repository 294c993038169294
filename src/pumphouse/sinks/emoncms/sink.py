"""emoncms as a sink: inputs with the readings' own times, many in one request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    RequestRefused,
    ServerFailure,
    SourceError,
)
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host, Rejection
from pumphouse.http.push import Push
from pumphouse.http.wire import Reply
from pumphouse.sinks.emoncms.inputs import inputs_of
from pumphouse.sinks.emoncms.settings import EmoncmsSettings

__all__ = ["Emoncms"]

_PATH: Final = "/input/bulk"
_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_WORDS: Final = 200


class Emoncms:
    """Posts what openenergymonitor's heat pump app understands; the rest counts as delivered.

    A time is the reading's own, so that a feed that logs an input holds it once, however often it
    was delivered.
    """

    def __init__(self, name: str, settings: EmoncmsSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._push = Push(
            settings.url + _PATH,
            host=host,
            receiver=f"The emoncms of '{name}'",
            headers={
                "Authorization": f"Bearer {settings.api_key.get_secret_value()}",
                "Content-Type": _FORM,
            },
            compress=False,
            timeout_secs=settings.timeout_secs,
        )

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    @property
    def batch_size(self) -> int:
        """How many readings one request holds at most."""
        return self._settings.batch_size

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._push.__aexit__(kind, error, traceback)

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """See `CursorSink.deliver`."""
        rows = list(_rows(readings, points, self._settings.node))
        for start in range(0, len(rows), self.batch_size):
            await self._post(rows[start : start + self.batch_size])
        return ()

    async def _post(self, rows: Sequence[object]) -> None:
        # Times are given in seconds since 1970, so they count from 0.
        form = {"time": "0", "data": json.dumps(rows, separators=(",", ":"))}
        reply = await self._push.post(urlencode(form).encode("ascii"))
        if (problem := self._problem(reply)) is not None:
            raise problem

    def _problem(self, reply: Reply) -> SourceError | None:
        words = reply.body.decode("utf-8", "replace").strip()
        if reply.status == 200 and words == "ok":  # noqa: PLR2004  (HTTP: done)
            return None
        says = f"HTTP {reply.status}: {words[:_LONGEST_WORDS]}" if words else f"HTTP {reply.status}"
        who, section = f"The emoncms of '{self._name}'", f"[sinks.{self._name}]"
        if reply.status in {401, 403} or "apikey" in words.lower():
            return CredentialsRefused(
                f"{who} does not accept the key ({says}): correct `api_key` in {section}."
            )
        if reply.status == 429 or reply.status >= 500:  # noqa: PLR2004  (HTTP: later)
            return ServerFailure(f"{who} fails ({says}).")
        if reply.status >= 300:  # noqa: PLR2004  (HTTP: not here)
            return RequestRefused(f"{who} takes no inputs there ({says}): correct `url`.")
        return BadResponse(f"{who} did not confirm ({says}).")


def _node(prefix: str, device: str) -> str:
    """A node for each heat pump, in letters that emoncms allows."""
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in device)
    return f"{prefix}_{name}"


def _rows(
    readings: Sequence[Reading],
    points: Mapping[PointKey, Point],
    prefix: str,
) -> Iterator[object]:
    """[seconds since 1970, node, inputs…] of each reading that has inputs."""
    for reading in readings:
        point = points.get(reading.key)
        if point is None or reading.value is None:
            continue
        inputs = inputs_of(point, reading.value)
        if inputs:
            node = _node(prefix, reading.key.device)
            yield [int(reading.time.timestamp()), node, inputs]
