"""Messages to people, by any service that Apprise knows, such as ntfy, e-mail and Telegram."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.apprise.settings import AppriseSettings
from pumphouse.sinks.apprise.sink import AppriseSink

__all__ = ["PLUGIN", "AppriseSettings"]


def _open(name: str, settings: AppriseSettings, _host: Host) -> Sink:
    return AppriseSink(name, settings)


PLUGIN = SinkPlugin(AppriseSettings, _open)
