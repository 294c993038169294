"""What the fields of rtl_433's JSON are: whose they are, what they measure, what they say of it.

rtl_433 writes the unit at the end of a field's name (`temperature_C`, `wind_avg_m_s`); a few fields
have none and are known by their name.
"""

import re
from typing import Final

from pumphouse.core.units import DIMENSIONLESS, Quantity, Unit, parse_unit

__all__ = ["ABOUT_RECEPTION", "NO_POINTS", "label", "unit_of"]

#: differ between the repeats of one transmission, which are the same in everything else
ABOUT_RECEPTION: Final = frozenset(
    {"time", "rssi", "snr", "noise", "freq", "freq1", "freq2", "mod", "protocol"}
)
#: what says which device speaks and how, or holds the transmission itself
NO_POINTS: Final = frozenset(
    {"time", "type", "model", "subtype", "id", "channel", "mic", "mod", "protocol", "freq"}
    | {"freq1", "freq2", "description", "sequence", "sequence_num", "message_type", "msg_type"}
    | {"code", "codes", "rows", "row", "data", "raw_msg", "raw", "count", "num_rows", "len", "tag"}
    | {"transmit", "repeat", "startup", "exception", "unknown", "flags", "mac"}
)
_NAMED: Final = {
    "humidity": "%",
    "moisture": "%",
    "rssi": "dB",
    "noise": "dB",
    "battery_level": "%",
}
_OTHER: Final = Quantity.OTHER
#: the longest endings first
_ENDINGS: Final = tuple(
    (f"_{ending}", unit)
    for ending, unit in (
        ("ug_m3", Unit("µg/m³", _OTHER)),
        ("km_h", Unit("km/h", _OTHER)),
        ("mi_h", Unit("mph", _OTHER)),
        ("mm_h", Unit("mm/h", _OTHER)),
        ("in_h", Unit("in/h", _OTHER)),
        ("W_m2", Unit("W/m²", _OTHER)),
        ("m_s", Unit("m/s", _OTHER)),
        ("inHg", Unit("inHg", Quantity.PRESSURE, 0.0338638866667)),
        ("psi", Unit("psi", Quantity.PRESSURE, 0.0689475729318)),
        ("PSI", Unit("psi", Quantity.PRESSURE, 0.0689475729318)),
        ("kPa", parse_unit("kPa")),
        ("hPa", parse_unit("hPa")),
        ("bar", parse_unit("bar")),
        ("deg", Unit("°", _OTHER)),
        ("kWh", parse_unit("kWh")),
        ("lux", Unit("lx", _OTHER)),
        ("klx", Unit("klx", _OTHER)),
        ("ppm", parse_unit("ppm")),
        ("ppb", Unit("ppb", _OTHER)),
        ("pct", parse_unit("%")),
        ("Wh", parse_unit("Wh")),
        ("kW", parse_unit("kW")),
        ("VA", Unit("VA", _OTHER)),
        ("mV", parse_unit("mV")),
        ("mA", parse_unit("mA")),
        ("Hz", parse_unit("Hz")),
        ("dB", parse_unit("dB")),
        ("km", Unit("km", _OTHER)),
        ("cm", Unit("cm", _OTHER)),
        ("mm", Unit("mm", _OTHER)),
        ("in", Unit("in", _OTHER)),
        ("m3", parse_unit("m³")),
        ("L", parse_unit("l")),
        ("W", parse_unit("W")),
        ("V", parse_unit("V")),
        ("A", parse_unit("A")),
        ("C", parse_unit("°C")),
        ("F", parse_unit("°F")),
    )
)
_HUMIDITY: Final = re.compile(r"humidity(_\d+)?")
_SNR: Final = Unit("dB", _OTHER)  # a ratio, no strength


def _ending_of(field: str) -> tuple[str, Unit] | None:
    return next((pair for pair in _ENDINGS if field.endswith(pair[0])), None)


def unit_of(field: str) -> Unit:
    """The unit of a number, by the name of its field."""
    if field == "snr":
        return _SNR
    if field in _NAMED:
        return parse_unit(_NAMED[field])
    if _HUMIDITY.fullmatch(field):
        return parse_unit("%")
    ending = _ending_of(field)
    return DIMENSIONLESS if ending is None else ending[1]


def label(field: str) -> str:
    """A field's name for people: `wind_avg_m_s` is `Wind avg`."""
    ending = _ending_of(field)
    words = field if ending is None else field.removesuffix(ending[0])
    return words.replace("_", " ").strip().capitalize() or field
