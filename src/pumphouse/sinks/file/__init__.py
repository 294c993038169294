"""Files: one line for each reading, one file for each day."""

from pumphouse.core.ports import Host, Sink, SinkPlugin
from pumphouse.sinks.file.settings import FileSettings

__all__ = ["PLUGIN", "FileSettings"]


def _open(name: str, settings: FileSettings, host: Host) -> Sink:
    # Every command loads this package to know its settings; few houses need all kinds of sink.
    from pumphouse.sinks.file.sink import FileSink  # noqa: PLC0415

    return FileSink(name, settings, host)


PLUGIN = SinkPlugin(FileSettings, _open)
