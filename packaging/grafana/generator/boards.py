"""The five dashboards. Metrics are the catalogue's; legends and units come from there too."""

# ruff: noqa: S608 - queries are put together for a file; nobody's input is in them

from collections.abc import Sequence
from typing import Final

from generator.model import (
    Board,
    Change,
    Figure,
    Kind,
    Panel,
    Quotient,
    Row,
    Spread,
    State,
    Value,
)

__all__ = ["BOARDS"]

_DAYS: Final = "Days are days in UTC."
_NOW: Final = 4  # the width of a number of which six stand in a line


def _number(title: str, metric: str) -> Panel:
    return Panel(title, Kind.NUMBER, (Value(metric),), width=_NOW, height=4)


def _lines(
    title: str, metrics: Sequence[str], description: str = "", width: int = 12, height: int = 8
) -> Panel:
    curves = tuple(Value(metric) for metric in metrics)
    return Panel(title, Kind.LINES, curves, description, width, height)


def _per_day(
    title: str, metrics: Sequence[str], description: str = _DAYS, width: int = 12
) -> Panel:
    return Panel(title, Kind.BARS, tuple(Change(metric) for metric in metrics), description, width)


def _states(title: str, metrics: Sequence[str], height: int = 4) -> Panel:
    return Panel(title, Kind.STATES, tuple(State(metric) for metric in metrics), "", 24, height)


_OVERVIEW: Final = Board(
    "overview",
    "Overview",
    "How is the heat pump doing?",
    (
        Row(
            "Now",
            (
                _number("Outdoors", "outdoor_temperature"),
                _number("Indoors", "room_temperature"),
                _number("Supply", "supply_temperature"),
                _number("Hot water", "hot_water_top_temperature"),
                _number("Degree minutes", "degree_minutes"),
                _number("Electric power", "electric_power"),
            ),
        ),
        Row(
            "Lately",
            (
                _states("What it is doing", ("priority", "compressor_status"), 6),
                _lines(
                    "Temperatures",
                    (
                        "outdoor_temperature",
                        "room_temperature",
                        "supply_temperature",
                        "return_temperature",
                        "hot_water_top_temperature",
                    ),
                    width=24,
                    height=10,
                ),
                _lines("Compressor frequency", ("compressor_frequency",)),
                _lines("Power", ("electric_power", "additional_heat_power")),
            ),
        ),
        Row(
            "By day",
            (
                _per_day("Energy", ("electricity_used", "heat_produced")),
                Panel(
                    "COP",
                    Kind.BARS,
                    (Quotient("COP", "heat_produced", "electricity_used"),),
                    "Heat over electricity, both by the pump's own meters. " + _DAYS,
                ),
            ),
        ),
    ),
)

_HEATING: Final = Board(
    "heating",
    "Heating and degree minutes",
    "Does the pump give the house the heat it needs, and no more?",
    (
        Row(
            "Degree minutes",
            (
                _lines(
                    "Degree minutes",
                    ("degree_minutes",),
                    "Grow while the supply is warmer than asked for, and fall while it is colder.",
                    width=24,
                ),
                _states("What it is doing", ("priority",)),
            ),
        ),
        Row(
            "Supply and return",
            (
                _lines(
                    "Asked for and delivered",
                    ("calculated_supply_temperature", "supply_temperature", "return_temperature"),
                ),
                Panel(
                    "Supply minus return",
                    Kind.LINES,
                    (Spread("Supply minus return", "supply_temperature", "return_temperature"),),
                ),
                _lines("Outdoors", ("outdoor_temperature", "outdoor_temperature_average")),
                _lines("Indoors", ("room_temperature", "room_setpoint_heating")),
                _lines("Flow", ("heating_medium_flow",)),
                _lines("Circulation pump", ("heating_medium_pump_speed",)),
            ),
        ),
        Row(
            "Compressor and additional heat",
            (
                _lines("Compressor frequency", ("compressor_frequency",)),
                _lines("Additional heat", ("additional_heat_power",)),
                _per_day("Compressor starts", ("compressor_starts",), width=8),
                _per_day("Compressor run time", ("compressor_run_time",), width=8),
                _per_day(
                    "Heat to the house",
                    ("heat_produced_heating", "heat_produced_heating_compressor"),
                    width=8,
                ),
            ),
        ),
        Row(
            "Settings", (_lines("Curve and offset", ("heating_curve", "heating_offset"), width=24),)
        ),
    ),
)

_HOT_WATER: Final = Board(
    "hot-water",
    "Hot water",
    "Is there enough hot water, and what does it cost?",
    (
        Row(
            "Tank",
            (
                _lines(
                    "Temperatures",
                    ("hot_water_top_temperature", "hot_water_charging_temperature"),
                    width=24,
                ),
                _lines("Hot water left", ("hot_water_amount",), width=24),
                _states("What the pump is doing", ("priority",)),
                _states("Settings", ("hot_water_demand", "hot_water_comfort_mode"), 6),
            ),
        ),
        Row(
            "By day",
            (
                _per_day(
                    "Energy",
                    (
                        "electricity_used_hot_water",
                        "electricity_used_additional_hot_water",
                        "electricity_used_compressor_hot_water",
                        "heat_produced_hot_water",
                    ),
                ),
                Panel(
                    "COP of hot water",
                    Kind.BARS,
                    (Quotient("COP", "heat_produced_hot_water", "electricity_used_hot_water"),),
                    "Heat over electricity, both by the pump's own meters. " + _DAYS,
                ),
                _per_day("Compressor for hot water", ("compressor_run_time_hot_water",)),
            ),
        ),
    ),
)

_COLD_SIDE: Final = Board(
    "cold-side",
    "Brine or air side",
    "Where does the heat come from, and how well does it arrive?",
    (
        Row(
            "Brine",
            (
                _lines("Brine", ("brine_in_temperature", "brine_out_temperature")),
                Panel(
                    "In minus out",
                    Kind.LINES,
                    (Spread("In minus out", "brine_in_temperature", "brine_out_temperature"),),
                    "About 3 K is usual; more means too little flow.",
                ),
                _lines("Brine pump", ("brine_pump_speed",), width=24),
            ),
        ),
        Row(
            "Air",
            (
                _states("Compressor and defrosting", ("compressor_status",)),
                _lines("Outdoors", ("outdoor_temperature",)),
                _lines("Pressures", ("low_pressure", "high_pressure")),
            ),
        ),
        Row(
            "Refrigerant circuit",
            (
                _lines(
                    "Temperatures",
                    (
                        "suction_gas_temperature",
                        "discharge_temperature",
                        "liquid_line_temperature",
                        "condenser_supply_temperature",
                    ),
                    width=24,
                    height=10,
                ),
            ),
        ),
    ),
    past="now-2d",
)

_OF_DEVICE: Final = '"device" =~ /^${device:regex}$/ AND $timeFilter'

_DATA_QUALITY: Final = Board(
    "data-quality",
    "Data quality",
    "Can these numbers be trusted?",
    (
        Row(
            "Arriving",
            (
                Panel(
                    "Readings of the outdoor temperature per hour",
                    Kind.BARS,
                    (
                        Figure(
                            "Readings",
                            influxql='SELECT count("outdoor_temperature") FROM "heatpump"'
                            f" WHERE {_OF_DEVICE} GROUP BY time(1h) fill(0)",
                        ),
                    ),
                    "An hour without a bar brought nothing new: a gap, or the value stood still.",
                ),
                Panel(
                    "Readings without a shared meaning per hour",
                    Kind.BARS,
                    (
                        Figure(
                            "Readings",
                            influxql='SELECT count("value") FROM "heatpump_point"'
                            f" WHERE {_OF_DEVICE} GROUP BY time(1h) fill(0)",
                        ),
                    ),
                ),
                Panel(
                    "Sources",
                    Kind.STATES,
                    (
                        Figure("{{source}} answers", "heatpump_source_up"),
                        Figure(
                            "contact with the device",
                            'heatpump_device_connected{device="$device"}',
                        ),
                    ),
                    width=24,
                    height=5,
                ),
                Panel(
                    "Age of the newest reading",
                    Kind.LINES,
                    (
                        Figure(
                            "{{source}}",
                            'time() - heatpump_last_sample_timestamp_seconds{device="$device"}',
                            unit="s",
                        ),
                    ),
                ),
                Panel(
                    "Values shown",
                    Kind.LINES,
                    (
                        Figure(
                            "Values",
                            'count({__name__=~"heatpump_.+", device="$device"})',
                        ),
                    ),
                    "Values disappear when nobody vouches for them any more.",
                ),
            ),
        ),
        Row(
            "Points",
            (
                Panel(
                    "Points without a shared meaning",
                    Kind.TABLE,
                    (
                        Figure(
                            "Newest",
                            influxql='SELECT last("value") AS "newest", count("value") AS "count"'
                            f' FROM "heatpump_point" WHERE {_OF_DEVICE} GROUP BY "point"',
                        ),
                    ),
                    width=24,
                    height=10,
                ),
            ),
        ),
        Row(
            "Pumphouse",
            (
                Panel(
                    "Polls per hour",
                    Kind.LINES,
                    (
                        Figure("{{source}}", "rate(pumphouse_source_polls_total[1h]) * 3600"),
                        Figure(
                            "{{source}} failed",
                            "rate(pumphouse_source_poll_failures_total[1h]) * 3600",
                        ),
                    ),
                ),
                Panel(
                    "Requests left",
                    Kind.LINES,
                    (Figure("{{source}}", "pumphouse_source_requests_remaining"),),
                ),
                Panel(
                    "Readings still to be sent",
                    Kind.LINES,
                    (Figure("{{sink}}", "pumphouse_sink_lag_readings"),),
                ),
                Panel(
                    "Size of the store",
                    Kind.LINES,
                    (Figure("Size", "pumphouse_store_size_bytes", unit="bytes"),),
                ),
            ),
        ),
    ),
    past="now-2d",
)

BOARDS: Final = (_OVERVIEW, _HEATING, _HOT_WATER, _COLD_SIDE, _DATA_QUALITY)
"""All of them, in the order of the menu."""
