"""Printing: one JSON document, or a table for people."""

import json
import re
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pumphouse.cli.endings import clean, say
from pumphouse.core.model import Point, Reading
from pumphouse.core.units import Quantity

__all__ = ["clean", "natural", "print_json", "print_table", "say", "shown_value", "stderr"]


def stderr() -> Console:
    """Where messages for people go, so that stdout holds nothing but the answer."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None
) -> None:
    """Print a table to stdout; a column whose heading ends in `>` is aligned to the right.

    Texts of vendors are printed as they are, without markup and control characters.
    """
    console = Console(highlight=False)
    heading = Text(clean(title), style="bold cyan") if title else None
    table = Table(title=heading, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        right = column.endswith(">")
        table.add_column(
            column.removesuffix(">"),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    console.print(table)
    if title:
        console.print()


def shown_value(point: Point, reading: Reading) -> str:
    """A value as people like it: label, hours instead of seconds, kilowatt where there are many."""
    if reading.text is not None:
        return reading.text
    if (label := point.label(reading.value)) is not None:
        return label
    assert reading.value is not None
    value, symbol = _readable(reading.value, point.unit.quantity, point.unit.symbol)
    return f"{value:.10g} {symbol}".rstrip()


def _readable(value: float, quantity: Quantity, symbol: str) -> tuple[float, str]:
    size = abs(value)
    if quantity is Quantity.DURATION and size >= 3600:  # noqa: PLR2004  (an hour)
        return round(value / 3600, 1), "h"
    if quantity is Quantity.POWER and size >= 1000:  # noqa: PLR2004  (a kilowatt)
        return round(value / 1000, 2), "kW"
    return round(value, 3), symbol


def natural(native_id: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts `9` before `10`, and unit 0 before `1/44055`."""
    parts = re.split(r"(\d+)", native_id)
    return (("/" in native_id, 0), *((0, int(p)) if p.isdigit() else (1, p) for p in parts))
