"""Messages to people, by any service that Apprise knows, such as ntfy, e-mail and Telegram."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.apprise.settings import AppriseSettings

__all__ = ["PLUGIN", "AppriseSettings"]


def _open(name: str, settings: AppriseSettings, _host: Host) -> Sink:
    # Every command loads this package to know its settings; few houses need all kinds of sink.
    from pumphouse.sinks.apprise.sink import AppriseSink  # noqa: PLC0415

    return AppriseSink(name, settings)


PLUGIN = SinkPlugin(AppriseSettings, _open)
