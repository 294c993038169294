"""Pumphouse: your heat pump's data, in your own house.

The names below are the public Python API; everything else may change without notice.
"""

from pumphouse.core.errors import PumphouseError
from pumphouse.core.model import Batch, Device, Event, Interval, Point, PointKey, Reading, Site
from pumphouse.core.units import Quantity, Unit, parse_unit

__all__ = [
    "Batch",
    "Device",
    "Event",
    "Interval",
    "Point",
    "PointKey",
    "PumphouseError",
    "Quantity",
    "Reading",
    "Site",
    "Unit",
    "__version__",
    "parse_unit",
]

__version__ = "0.1.0"
