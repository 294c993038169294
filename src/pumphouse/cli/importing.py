"""`pumphouse import`: readings from elsewhere, recognised by themselves, as often as you like."""

import os
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Protocol

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import UsageError
from pumphouse.core.ports import SystemClock
from pumphouse.importers.mapping import to_toml
from pumphouse.importers.pieces import Rejected
from pumphouse.runtime.import_places import FORMATS, Login, Wish, opened
from pumphouse.runtime.importing import Report, bring, preview
from pumphouse.runtime.installation import build_host
from pumphouse.runtime.times import parse_interval

__all__ = ["import_"]

#: rejected rows that are shown; all of them go to the file
_SHOWN = 10
_PASSWORD = "PUMPHOUSE_IMPORT_PASSWORD"  # noqa: S105  (the name of a variable)
_TOKEN = "PUMPHOUSE_IMPORT_TOKEN"  # noqa: S105


class _Told(Protocol):
    def __call__(self, done: float | None) -> None: ...


async def import_(  # noqa: PLR0913  (each is an option)
    *places: Annotated[str, Parameter(help="Files, or the address of a server (http://…).")],
    form: Annotated[
        str | None,
        Parameter(name="--format", help=f"Recognised by itself; one of {', '.join(FORMATS)}."),
    ] = None,
    device: Annotated[
        str | None, Parameter(help="Whose readings they are: id or name of a device.")
    ] = None,
    mapping: Annotated[
        Path | None, Parameter(help="Rules that say what series of a database are.")
    ] = None,
    write_mapping: Annotated[
        Path | None, Parameter(help="Write such rules for what is found, and store nothing.")
    ] = None,
    dry_run: Annotated[
        bool, Parameter(negative=(), help="Show what would go where, and store nothing.")
    ] = False,
    start: Annotated[
        str, Parameter(name="--from", help="Of a server: begin, a date or a time.")
    ] = "1990-01-01",
    end: Annotated[str, Parameter(name="--to", help="Of a server: end.")] = "now",
    database: Annotated[
        str | None,
        Parameter(
            help="Of InfluxDB; in version 2 a bucket. NAME/POLICY: another retention policy."
        ),
    ] = None,
    series: Annotated[
        str, Parameter(help="Of Prometheus: which series, a selector.")
    ] = '{__name__=~".+"}',
    user: Annotated[
        str | None, Parameter(help=f"Of a server; its password is read from ${_PASSWORD}.")
    ] = None,
    rejected: Annotated[
        Path | None, Parameter(help="Where rows that were set aside are written to.")
    ] = None,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Bring readings from files and databases into the store.

    Running it again changes nothing; a run that was interrupted goes on where it was.
    """
    if not places:
        raise UsageError("say what to import: files, or the address of a server")
    if form is not None and form not in FORMATS:
        raise UsageError(f'there is no format "{form}"; there are {", ".join(FORMATS)}')
    login = Login(user, os.environ.get(_PASSWORD), os.environ.get(_TOKEN))
    async with context.store() as (settings, store):
        interval = parse_interval(start, end, settings.site.timezone, datetime.now(UTC))
        wish = Wish("", interval, form, device, mapping, database, series, login)
        host = build_host(settings)
        total = Report()
        for place in places:
            async with opened(replace(wish, place=place), store, host) as reader:
                with _progress(f"{place}: {reader.what}", quiet=as_json) as told:
                    if dry_run or write_mapping:
                        report = await preview(reader)
                    else:
                        begun = await store.import_progress(reader.identity)
                        aside = _Aside(
                            rejected or _beside(settings.store.path, place),
                            place,
                            goes_on=begun is not None and not begun.finished,
                            # one file for all places begins with the first of them
                            joined=rejected is not None and total.rejected > 0,
                        )
                        report = await bring(reader, store, SystemClock(), told, aside)
                        aside.tell()
            _add(total, report)
    if write_mapping is not None:
        _write(write_mapping, to_toml(total.found))
    if as_json:
        print_json(_document(total, dry_run=dry_run))
    else:
        _show(total, dry_run=dry_run or write_mapping is not None)


def _document(report: Report, *, dry_run: bool) -> dict[str, object]:
    counts: dict[str, object] = {
        "read": report.read,
        "stored": report.stored,
        "already": report.already,
        "rejected": report.rejected,
    }
    if dry_run:
        counts["series"] = [
            {
                "name": found.name,
                "source": found.point and found.point.key.source,
                "device": found.point and found.point.key.device,
                "point": found.point and found.point.key.point,
                "metric": found.point and found.point.metric,
                "unit": found.point and found.point.unit.symbol,
            }
            for found in report.found
        ]
    return counts


def _show(report: Report, *, dry_run: bool) -> None:
    print_table(
        ("found", "goes to", "point", "metric", "unit"),
        (
            (
                found.name,
                found.point.key.device,
                found.point.key.point,
                found.point.metric or "",
                found.point.unit.symbol,
            )
            if found.point is not None
            else (found.name, "left out", "", "", "")
            for found in report.found
        ),
    )
    for row in report.rows[:_SHOWN]:
        say(f"line {row.line}: {row.reason}: {row.content}")
    if len(report.rows) > _SHOWN:
        say(f"… and {report.rejected - _SHOWN} more")
    if dry_run:
        say(f"{report.read} readings found, {report.rejected} of them set aside; nothing stored")
    else:
        say(
            f"{report.read} readings read: {report.stored} stored, {report.already} were there,"
            f" {report.rejected} set aside"
        )


def _add(total: Report, report: Report) -> None:
    total.read += report.read
    total.stored += report.stored
    total.already += report.already
    total.rejected += report.rejected
    total.found += report.found
    total.rows += report.rows


def _beside(store: Path, place: str) -> Path:
    name = "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in place)
    return store.parent / "imports" / f"{name[-100:]}.rejected.txt"


class _Aside:
    """The file for the rows of a place that are set aside, written as they are met.

    Args:
        goes_on: whether an import is continued, so that the file holds rows of it already.
        joined: whether the file holds rows of other places.
    """

    def __init__(self, path: Path, place: str, *, goes_on: bool, joined: bool) -> None:
        self._path = path
        self._place = place
        self._begun = goes_on or joined
        self._told = self._lines() if self._begun else []

    def __call__(self, rows: Sequence[Rejected]) -> None:
        lines = [f"{self._place}:{row.line}: {row.reason}: {row.content}\n" for row in rows]
        new = [line for line in lines if line not in self._told]
        if new:
            _write(self._path, "".join(new), mode="a" if self._begun else "w")
            self._begun = True

    def tell(self) -> None:
        """Say where the file is, if there is one."""
        if self._begun and self._path.exists():
            say(f"rows that were set aside: {self._path}")

    def _lines(self) -> Container[str]:
        try:
            with self._path.open(encoding="utf-8") as file:
                return frozenset(file)
        except OSError:
            return ()


def _write(path: Path, text: str, mode: Literal["w", "a"] = "w") -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from None


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[_Told]:
    """A bar on standard error while something is read; nothing where nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=1.0)

        def told(done: float | None) -> None:
            bar.update(task, completed=done or 0.0)

        yield told
