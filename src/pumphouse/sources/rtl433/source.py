"""rtl_433 as a source: it speaks by itself whenever one of its transmitters does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Batch
from pumphouse.core.ports import Host
from pumphouse.http.lines import stream_lines
from pumphouse.mqtt.settings import BrokerSettings
from pumphouse.sources.listening import ListeningSource
from pumphouse.sources.rtl433.child import child_lines
from pumphouse.sources.rtl433.settings import Rtl433Settings
from pumphouse.sources.rtl433.translator import Translator, Transmitters
from pumphouse.sources.selection import Selection

__all__ = ["Rtl433"]

#: rtl_433's server sends a blank line every minute; two that fail to come are a dead connection
_HTTP_SILENCE_SECS: Final = 130.0
#: a source that is silent for so many intervals is started anew: receivers hang now and then
_SILENT_INTERVALS: Final = 3


class Rtl433(ListeningSource):
    """Hears the transmitters around the house.

    A silent radio is a failure, though its connection may be fine: a stick that hangs looks the
    same, and starting it anew helps.
    """

    def __init__(self, name: str, settings: Rtl433Settings, host: Host) -> None:
        super().__init__(name, listen_secs=settings.listen_secs)
        self._settings = settings
        self._host = host
        self._lost = 0

    async def live(self) -> AsyncGenerator[Batch, None]:
        """What is heard, as it is heard; see `core.ports.SupportsLive`."""
        silence = _SILENT_INTERVALS * self._settings.interval_secs
        translator = self._translator()
        async with aclosing(self._lines()) as stream:
            while True:
                try:
                    async with asyncio.timeout(silence):
                        lines = await _next_lines(stream)
                except TimeoutError:
                    raise Unreachable(
                        f"{self._name}: nothing was heard for {silence / 60:.0f} min; is the"
                        " receiver plugged in, and does rtl_433 run?"
                    ) from None
                if lines is None:
                    return
                batch = translator.batch(lines, self._host.clock.now())
                yield self._with_losses(batch)

    def _translator(self) -> Translator:
        """A new one for each connection, which so describes everything again."""
        settings = self._settings
        return Translator(
            self._name,
            load_catalogue(),
            Selection(settings.include, settings.exclude),
            Transmitters(settings.transmitters, settings.exclude_transmitters),
            ZoneInfo(self._host.site.timezone),
        )

    def _lines(self) -> AsyncGenerator[list[bytes], None]:
        settings = self._settings
        if settings.command is not None:
            return child_lines(settings.command)
        if (broker := settings.broker()) is not None:
            return self._published(broker)
        assert settings.url is not None
        return stream_lines(
            f"{settings.url.rstrip('/')}/events",
            host=self._host,
            receiver="rtl_433",
            silence_secs=_HTTP_SILENCE_SECS,
        )

    async def _published(self, broker: BrokerSettings) -> AsyncGenerator[list[bytes], None]:
        """The events that rtl_433 publishes. What a broker has kept is old, nobody knows how."""
        # The client for brokers is 6 MB, and most receivers are heard without one.
        from pumphouse.mqtt.subscription import heard  # noqa: PLC0415  (as said above)

        async with aclosing(heard(broker, [self._settings.topic], self._host.clock)) as mails:
            async for mail in mails:
                self._lost += mail.lost
                yield [message.payload for message in mail.messages if not message.retained]

    def _with_losses(self, batch: Batch) -> Batch:
        if not self._lost:
            return batch
        lost, self._lost = self._lost, 0
        problem = f"{lost} events came faster than they could be taken, and are lost"
        return replace(batch, problems=(*batch.problems, problem))


async def _next_lines(stream: AsyncGenerator[list[bytes], None]) -> list[bytes] | None:
    """The next lines that there are; None where the stream has ended."""
    async for lines in stream:
        if lines:
            return lines
    return None
