"""A chart as the JSON that the browser draws, and what OpenAPI says about it."""

from math import isnan
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.documents import iso
from pumphouse.core.model import Point
from pumphouse.web.api.answers import encoded
from pumphouse.web.history.chart import Chart, Charted
from pumphouse.web.history.samples import Floats

__all__ = ["ChartDocument", "chart_json", "label", "title"]

#: digits behind the point: more than any sensor has, and half the bytes
_DIGITS: Final = 3

Column = Annotated[
    list[float | None], Field(description="One value for each of `times`, null where unknown.")
]


class ChartOption(BaseModel):
    """One value of an enumeration."""

    value: float
    text: str


class ChartSeries(BaseModel):
    """One point, in columns that belong to the common `times`."""

    name: str = Field(description="As in the request.", examples=["supply_temperature"])
    source: str
    device: str
    point: str = Field(description="The vendor's id.", examples=["40008"])
    metric: str | None
    label: str = Field(description="For people.", examples=["Supply temperature"])
    unit: str = Field(description='Canonical unit of the values, "" for none.', examples=["°C"])
    quantity: str = Field(description="What is measured.", examples=["temperature"])
    options: list[ChartOption] = Field(description="What an enumeration can say; mostly empty.")
    values: Column = Field(
        description="Readings, or where there is a step their means; codes of an enumeration"
        " are the newest of each step."
    )
    min: Column | None = Field(description="Least reading of each step; null without a step.")
    max: Column | None = Field(description="Greatest reading of each step.")


class ChartAlarm(BaseModel):
    """An alarm that began within the view."""

    time: float = Field(description="Seconds since 1970.")
    ended: float | None
    title: str
    severity: Literal["info", "warning", "error"]
    device: str | None


class ChartDocument(BaseModel):
    """Several points on one axis of time. All instants are seconds since 1970."""

    device: str | None
    last: str | None = Field(description="The length, if the view ends now.", examples=["24h"])
    start: float = Field(alias="from", examples=[1767222000])
    end: float = Field(alias="to", examples=[1767308400])
    start_time: str = Field(alias="from_time", examples=["2026-01-01T00:00:00Z"])
    end_time: str = Field(alias="to_time", examples=["2026-01-02T00:00:00Z"])
    step: float | None = Field(
        description="Seconds that each value stands for; null where they are single readings."
    )
    times: list[float] = Field(description="Instants of readings, or middles of steps.")
    series: list[ChartSeries]
    unknown: list[str] = Field(description="Names in the request that no point has.")
    shading: dict[str, list[tuple[float, float]]] | None = Field(
        description="When the compressor ran, hot water was made, ice was melted, by `compressor`,"
        " `hot_water`, `defrost`; null where the view is too long to tell them apart."
    )
    alarms: list[ChartAlarm]


def chart_json(chart: Chart, catalogue: Catalogue) -> bytes:
    """The document of `chart`, encoded."""
    interval = chart.view.interval
    document = {
        "device": chart.view.device,
        "last": chart.view.last,
        "from": interval.start.timestamp(),
        "to": interval.end.timestamp(),
        "from_time": iso(interval.start),
        "to_time": iso(interval.end),
        "step": chart.step,
        "times": [_short(round(time, _DIGITS)) for time in chart.times],
        "series": [_series(one, catalogue, stepped=chart.step is not None) for one in chart.lines],
        "unknown": list(chart.unknown),
        "shading": chart.shading,
        "alarms": [
            {
                "time": one.time.timestamp(),
                "ended": one.ended.timestamp() if one.ended else None,
                "title": one.title,
                "severity": one.severity.value,
                "device": one.device,
            }
            for one in chart.alarms
        ],
    }
    return encoded(document)


def label(point: Point, catalogue: Catalogue) -> str:
    """What people call a point: the catalogue's word, else the vendor's."""
    metric = catalogue.metric(point.metric) if point.metric else None
    if metric is None or point.metric is None:
        return point.name
    number = point.metric.removeprefix(metric.name).removeprefix("_")
    return f"{metric.label} {number}".rstrip()


def title(one: Charted, catalogue: Catalogue) -> str:
    """The same of a line, with the device where the chart is of another one."""
    plain = label(one.point, catalogue)
    return f"{one.owner}: {plain}" if one.owner else plain


def _series(one: Charted, catalogue: Catalogue, *, stepped: bool) -> dict[str, object]:
    point, line = one.point, one.line
    banded = stepped and not point.options
    return {
        "name": one.name,
        "source": point.key.source,
        "device": point.key.device,
        "point": point.key.point,
        "metric": point.metric,
        "label": title(one, catalogue),
        "unit": point.unit.symbol,
        "quantity": point.unit.quantity.name.lower(),
        "options": [{"value": option.value, "text": option.label} for option in point.options],
        "values": _column(line.values),
        "min": _column(line.low) if banded else None,
        "max": _column(line.high) if banded else None,
    }


def _short(time: float) -> float:
    return int(time) if time.is_integer() else time


def _column(values: Floats) -> list[float | None]:
    return [None if isnan(value) else round(value, _DIGITS) for value in values]
