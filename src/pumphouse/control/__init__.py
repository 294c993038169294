"""Writing settings: known, allowed, checked, noted, sent once, read back, told, undone."""

from pumphouse.control.control import Control
from pumphouse.control.model import Preset, Setting, WriteRequest, WriteResult
from pumphouse.control.overrides import Overrides
from pumphouse.control.presets import Presets
from pumphouse.core.ports import LoggedWrite, Outcome, Override

__all__ = [
    "Control",
    "LoggedWrite",
    "Outcome",
    "Override",
    "Overrides",
    "Preset",
    "Presets",
    "Setting",
    "WriteRequest",
    "WriteResult",
]
