"""A chart as CSV (RFC 4180): one row per instant, one column per point, safe to open."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.documents import iso
from pumphouse.web.history.chart import Chart, Charted
from pumphouse.web.history.document import title

__all__ = ["chart_csv", "file_name"]

#: what a spreadsheet may take for the beginning of a formula
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE: Final = 500
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]+")


def file_name(chart: Chart, site: str) -> str:
    """A name of plain letters and digits that says what is in it."""
    start, end = (
        moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
        for moment in (chart.view.interval.start, chart.view.interval.end)
    )
    place = _UNSAFE.sub("-", site).strip("-").lower()[:40] or "home"
    return f"pumphouse-{place}-{start}-{end}.csv"


def chart_csv(chart: Chart, catalogue: Catalogue) -> Iterator[bytes]:
    """The rows of `chart`, some at a time: UTC times, canonical units, empty where unknown."""
    columns = [column for one in chart.lines for column in _columns(one, chart.step, catalogue)]
    yield _encoded([["time", *(title for title, _ in columns)]])
    rows = zip(
        (iso(datetime.fromtimestamp(time, UTC)) for time in chart.times),
        *(cells for _, cells in columns),
        strict=True,
    )
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield _encoded(some)


def _columns(
    one: Charted, step: float | None, catalogue: Catalogue
) -> Iterator[tuple[str, Iterator[str]]]:
    unit = f" [{one.point.unit.symbol}]" if one.point.unit.symbol else ""
    name = title(one, catalogue)
    options = {option.value: option.label for option in one.point.options}
    if options:
        yield _guarded(name), (_guarded(options.get(v, _cell(v))) for v in one.line.values)
        return
    yield _guarded(name + unit), map(_cell, one.line.values)
    if step is not None:
        yield _guarded(f"{name} min{unit}"), map(_cell, one.line.low)
        yield _guarded(f"{name} max{unit}"), map(_cell, one.line.high)


def _cell(value: float) -> str:
    return "" if value != value else f"{value:.10g}"  # noqa: PLR0124  (not a number)


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _encoded(rows: Iterator[list[str]] | list[list[str]] | list[tuple[str, ...]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()
