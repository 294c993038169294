"""Files: one line for each reading, one file for each day."""

from pumphouse.core.ports import SinkPlugin
from pumphouse.sinks.file.settings import FileSettings
from pumphouse.sinks.file.sink import FileSink

__all__ = ["PLUGIN", "FileSettings", "FileSink"]

PLUGIN = SinkPlugin(FileSettings, FileSink)
