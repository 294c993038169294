"""An MQTT broker as a source: whatever devices publish, as points."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch
from pumphouse.core.ports import Host
from pumphouse.mqtt.subscription import heard
from pumphouse.sources.listening import ListeningSource
from pumphouse.sources.mqtt.reader import Reader
from pumphouse.sources.mqtt.settings import MqttSourceSettings

__all__ = ["MqttSource"]


class MqttSource(ListeningSource):
    """Hears the topics of its points.

    Raises:
        ConfigurationError: a point's metric does not exist or does not fit.
    """

    def __init__(self, name: str, settings: MqttSourceSettings, host: Host) -> None:
        super().__init__(name, listen_secs=settings.listen_secs)
        self._settings = settings
        self._clock = host.clock
        self._reader = Reader(name, settings, load_catalogue(), host.clock.now())

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
