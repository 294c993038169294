"""How Grafana draws a dashboard: grafana-foundation-sdk's builders, put together.

The SDK knows no InfluxDB query, so that one is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

from generator.languages import Language, Query
from generator.model import Board, Kind, Panel

__all__ = ["draw"]

_TAG: Final = "pumphouse"
_DATASOURCE_VARIABLE: Final = "${ds}"
#: a pause shorter than this is a value that stood still: some vendors tell changes only
_STANDSTILL_MILLISECONDS: Final = 6 * 3600 * 1000
#: no finer than the vendors' clouds
_FINEST: Final = "5m"

_Drawn = timeseries.Panel | stat.Panel | statetimeline.Panel | table.Panel


@dataclass(frozen=True, slots=True)
class _InfluxQuery(Dataquery):
    """A target of Grafana's InfluxDB data source, in InfluxQL."""

    letter: str
    text: str
    legend: str
    as_table: bool

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.letter,
            "datasource": {"type": "influxdb", "uid": _DATASOURCE_VARIABLE},
            "query": self.text,
            "rawQuery": True,
            "resultFormat": "table" if self.as_table else "time_series",
            "alias": self.legend,
        }


class _Built(Builder[Dataquery]):
    """A target that needs no building."""

    def __init__(self, target: Dataquery) -> None:
        self._target = target

    def build(self) -> Dataquery:
        return self._target


def draw(board: Board, language: Language) -> models.Dashboard:
    """The dashboard of a board for one kind of database; panels it cannot fill are left out."""
    drawn = (
        dashboard.Dashboard(f"Pumphouse · {board.title}")
        .uid(f"pumphouse-{language.datasource}-{board.name}")
        .description(board.question)
        .tags([_TAG, language.datasource])
        .time(board.past, "now")
        .refresh("5m")
        .timezone("browser")
        .editable()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables([_datasource(language), _device(language)])
        .link(_menu(language))
    )
    number = 0
    for row in board.rows:
        panels = [(panel, queries) for panel in row.panels if (queries := _ask(panel, language))]
        if not panels:
            continue
        number += 1
        drawn.with_row(dashboard.Row(row.title).id(number))
        for panel, queries in panels:
            number += 1
            drawn.with_panel(_draw_panel(panel, queries, language).id(number))
    return drawn.build()


def _ask(panel: Panel, language: Language) -> list[Query]:
    asked = (language.query(curve) for curve in panel.curves)
    return [query for query in asked if query is not None]


def _datasource(language: Language) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("ds").label("Data source").type(language.datasource)


def _device(language: Language) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("device")
        .label("Device")
        .datasource(_reference(language))
        .query(language.devices)
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def _menu(language: Language) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Pumphouse")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([_TAG, language.datasource])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )


def _reference(language: Language) -> models.DataSourceRef:
    return models.DataSourceRef(type_val=language.datasource, uid=_DATASOURCE_VARIABLE)


def _draw_panel(panel: Panel, queries: Sequence[Query], language: Language) -> _Drawn:
    drawn = _picture(panel.kind, queries, language)
    drawn.title(panel.title).span(panel.width).height(panel.height)
    drawn.datasource(_reference(language)).unit(queries[0].unit)
    if panel.description:
        drawn.description(panel.description)
    for number, query in enumerate(queries):
        drawn.with_target(_target(query, chr(ord("A") + number), panel.kind, language))
    return drawn


def _target(query: Query, letter: str, kind: Kind, language: Language) -> Builder[Dataquery]:
    if language.datasource == "influxdb":
        return _Built(_InfluxQuery(letter, query.text, query.legend, kind is Kind.TABLE))
    asked = prometheus.Dataquery().expr(query.text).legend_format(query.legend).ref_id(letter)
    return asked.range()


def _picture(kind: Kind, queries: Sequence[Query], language: Language) -> _Drawn:
    match kind:
        case Kind.LINES:
            return _lines(queries, language)
        case Kind.BARS:
            return _bars()
        case Kind.STATES:
            return _states(queries)
        case Kind.NUMBER:
            return _number()
        case Kind.TABLE:
            return table.Panel()


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(kinds.LegendDisplayMode.LIST)
        .placement(kinds.LegendPlacement.BOTTOM)
        .show_legend(True)
    )


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI)


def _number() -> stat.Panel:
    newest = common.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .interval(_FINEST)
        .graph_mode(kinds.BigValueGraphMode.AREA)
        .reduce_options(newest)
    )


def _lines(queries: Sequence[Query], language: Language) -> timeseries.Panel:
    steps = any(query.steps for query in queries)
    shape = kinds.LineInterpolation.STEP_AFTER if steps else kinds.LineInterpolation.LINEAR
    return (
        timeseries.Panel()
        .interval(_FINEST)
        .legend(_legend())
        .tooltip(_tooltip())
        .line_interpolation(shape)
        .show_points(kinds.VisibilityMode.NEVER)
        .span_nulls(False if language.tells_standstill else _STANDSTILL_MILLISECONDS)
    )


def _bars() -> timeseries.Panel:
    return (
        timeseries.Panel()
        .interval("1d")
        .legend(_legend())
        .tooltip(_tooltip())
        .draw_style(kinds.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .min(0)
    )


def _states(queries: Sequence[Query]) -> statetimeline.Panel:
    words: dict[str, str] = {}
    for query in queries:
        words |= query.states or {"0": "no", "1": "yes"}
    mapping = {code: models.ValueMappingResult(text=word) for code, word in words.items()}
    return (
        statetimeline.Panel()
        .interval(_FINEST)
        .legend(_legend())
        .tooltip(_tooltip())
        .mappings([models.ValueMap(options=mapping)])
        .merge_values(True)
        .show_value(kinds.VisibilityMode.AUTO)
    )
