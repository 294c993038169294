"""An MQTT broker as a source: whatever devices publish, as points."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType
from typing import Self

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch
from pumphouse.core.ports import Host
from pumphouse.mqtt.subscription import heard
from pumphouse.sources.listening import listened
from pumphouse.sources.mqtt.reader import Reader
from pumphouse.sources.mqtt.settings import MqttSourceSettings

__all__ = ["MqttSource"]


class MqttSource:
    """Hears the topics of its points.

    Raises:
        ConfigurationError: a point's metric does not exist or does not fit.
    """

    def __init__(self, name: str, settings: MqttSourceSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._reader = Reader(name, settings, load_catalogue(), host.clock.now())

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    @property
    def polled(self) -> bool:
        """Never: there is nothing to ask."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    async def read(self) -> Batch:
        """Listen for a while; see `core.ports.Source.read`."""
        return await listened(self._name, self.live(), self._settings.listen_secs)

    async def live(self) -> AsyncGenerator[Batch, None]:
        """What is published, as it is; see `core.ports.SupportsLive`.

        A broker that answers is alive, however silent the devices are.
        """
        self._reader.begin()
        async with aclosing(heard(self._settings, self._reader.filters, self._clock)) as mails:
            async for mail in mails:
                batch = self._reader.batch(mail.messages, self._clock.now())
                if mail.lost:
                    lost = (
                        f"{mail.lost} messages came faster than they could be taken, and are lost"
                    )
                    batch = replace(batch, problems=(*batch.problems, lost))
                yield batch
