"""The documents that the pages about efficiency are drawn from, as models.

`runtime.season_document`, `runtime.cycles_document` and `runtime.curve_document` fill them.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from pumphouse.web.efficiency_model import Efficiency, Figure, Verdict

__all__ = [
    "Compared",
    "Curve",
    "CurvePage",
    "CyclesPage",
    "Day",
    "DegreeMinutes",
    "HourOfDay",
    "House",
    "Means",
    "Month",
    "NextStart",
    "Parts",
    "Room",
    "Run",
    "Season",
    "Span",
]

_Pairs = list[tuple[float, float]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Means(_Part):
    """Weighted by heat: °C, K and shares of Carnot's COP."""

    flow: float
    outdoor: float | None
    lift: float | None
    difference: float | None
    carnot: float | None
    carnot_of_brine: float | None


class Day(_Part):
    """One whole day; `difference` is indoors minus outdoors in K, `heating_w` its mean heat."""

    day: date
    coverage: float
    outdoor: float | None
    cop: Figure | None
    electricity_kwh: Figure | None
    heat_kwh: Figure | None
    cost: Figure | None
    difference: float | None
    heating_w: float | None


class HourOfDay(_Part):
    """One hour of the site's day, all days of the period together.

    Attributes:
        cost: what its electricity cost, in the currency of the season.
        price: the mean price of a kilowatt-hour in that hour, used or not.
    """

    hour: int
    electricity_kwh: float
    cost: float
    price: float | None


class Parts(_Part):
    """Energy by purpose, kWh; the additional heat is in none of the others."""

    heating: float
    hot_water: float
    additional: float


class Month(_Part):
    """The days of a month; energies are those of the `known` ones."""

    month: str
    days: int
    known: int
    electricity_kwh: Figure | None
    heat_kwh: Figure | None
    cop: Figure | None
    heat: Parts | None
    electricity: Parts | None


class House(_Part):
    """What the house needs: a line of heat in W over the difference to the outdoors in K."""

    w_per_k: Figure
    balance_point: Figure
    design_outdoor: float
    need_w: Figure
    indoor: float
    indoor_measured: bool
    band_w: float
    days: int
    left_out: int
    coldest: float
    mildest: float
    line: _Pairs


class Room(_Part):
    """By how much the rooms were warmer than asked for, K."""

    mean: Figure
    cold: float
    mild: float
    setpoint: float
    cold_below: float


class Curve(_Part):
    """The heating curve: outdoor and supply temperatures in °C."""

    hours: int
    cloud: _Pairs
    knots: _Pairs
    scatter: float
    number: float | None
    offset: float | None
    minimum: float | None
    maximum: float | None
    share_at_minimum: float
    share_at_maximum: float
    excess: Figure | None
    room: Room | None
    follows_room: bool | None


class Season(Efficiency):
    """What the Efficiency page and the season report show."""

    name: str
    model: str | None
    more: dict[str, Figure | None]
    means: Means | None
    causes: dict[str, float]
    days: list[Day]
    months: list[Month]
    hours: list[HourOfDay]
    house: House | None
    curve: Curve | None


class _Period(_Part):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    source: str
    device: str
    from_: datetime = Field(alias="from")
    to: datetime
    coverage: float


class Span(_Part):
    """A stretch of time; `mode` of a phase, `cause` of additional heat."""

    start: datetime
    end: datetime
    mode: str | None = None
    cause: str | None = None


class Run(_Part):
    """One run of the compressor: temperatures in °C, energies in kWh."""

    start: datetime
    end: datetime
    start_seen: bool
    end_seen: bool
    mode: str | None
    phases: list[Span]
    flow: float | None
    return_: float | None = Field(alias="return")
    outdoor: float | None
    brine_in: float | None
    electricity_kwh: float | None
    heat_kwh: float | None


class Compared(_Part):
    """What the pump has counted and what was seen in the samples."""

    best: Figure | None
    counted: Figure | None
    seen: Figure | None
    disagreement: float | None


class DegreeMinutes(_Part):
    """Degree minutes over seconds since 1970, as reported and counted again, and their limits."""

    reported: _Pairs
    counted: _Pairs
    compressor_start: float
    additional_heat_start: float
    compressor_stop: float
    told: bool
    drift: Figure | None
    bias: Figure | None


class NextStart(_Part):
    """When the compressor is expected to start."""

    time: datetime
    error_seconds: float


class CyclesPage(_Period):
    """What the Cycles page shows."""

    runs: list[Run]
    defrosts: list[Span]
    additional_heat: list[Span]
    starts: Compared
    run_hours: Compared
    run_hours_heating: Compared
    run_hours_hot_water: Compared
    short_runs: Figure | None
    longest_pause_h: Figure | None
    degree_minutes: DegreeMinutes
    next_start: NextStart | None


class CurvePage(_Period):
    """What the Heating curve page shows."""

    curve: Curve | None
    verdicts: list[Verdict]
