"""The command that says how well a heat pump works."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from pumphouse.analytics.figure import Figure
from pumphouse.analytics.report import Report
from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.config.load import Settings
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Interval
from pumphouse.core.ports import Store
from pumphouse.runtime.efficiency import report_of
from pumphouse.runtime.efficiency_document import figures_of, report_document
from pumphouse.runtime.house_price import currency_at
from pumphouse.runtime.pumps import pumps
from pumphouse.runtime.season_document import season_document
from pumphouse.runtime.times import parse_interval

__all__ = ["report"]

_BARS = "▁▂▃▄▅▆▇█"
_NOT_ENOUGH = "not enough data"
#: public name of a figure: how it is called, its unit, and its decimals
_ROWS = {
    "electricity_kwh": ("Electricity", "kWh", 1),
    "heat_kwh": ("Heat", "kWh", 1),
    "heat_heating_kwh": ("  for heating", "kWh", 1),
    "heat_hot_water_kwh": ("  for hot water", "kWh", 1),
    "additional_heat_kwh": ("Additional heat", "kWh", 1),
    "cop": ("COP", "", 2),
    "cop_heating": ("  of heating", "", 2),
    "cop_hot_water": ("  of hot water", "", 2),
    "compressor_starts": ("Compressor starts", "", 0),
    "short_cycles": ("  runs below 10 min", "", 0),
    "compressor_hours": ("Compressor hours", "h", 1),
    "defrosts": ("Defrosts", "", 0),
    "heat_loss_w_per_k": ("Heat loss of the house", "W/K", 0),
    "balance_point_c": ("No heating needed from", "°C", 1),
    "cost": ("Cost", "¤", 2),
    "cost_heating": ("  of heating", "¤", 2),
    "cost_hot_water": ("  of hot water", "¤", 2),
    "cost_cooling": ("  of cooling", "¤", 2),
    "cost_additional_heat": ("  of additional heat", "¤", 2),
    "cost_standby": ("  of standby", "¤", 2),
    "price_paid": ("Price paid for a kWh", "¤/kWh", 3),
    "price_offered": ("Mean price of a kWh", "¤/kWh", 3),
}
_PRICED = ("cost", "price_")


async def report(
    *,
    device: Annotated[str | None, Parameter(help="Only this device.")] = None,
    start: Annotated[
        str, Parameter(name="--from", help="Begin: a date, a time, or 7d (ago).")
    ] = "30d",
    end: Annotated[str, Parameter(name="--to", help="End, as --from.")] = "now",
    html: Annotated[
        Path | None,
        Parameter(help="Write a report with charts, one file that any browser opens, instead."),
    ] = None,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Show efficiency, energy and cycles, each figure with its error and where it comes from."""
    async with context.store() as (settings, store):
        now = datetime.now(UTC)
        interval = parse_interval(start, end, settings.site.timezone, now)
        zone = ZoneInfo(settings.site.timezone)
        found = [
            (one, await report_of(store, one, interval, zone, settings.hints.get(one.id, {})))
            for one in await _pumps(store, device)
        ]
        currency = await currency_at(store, interval.end)
    if not found:
        say("no device has told anything yet; `pumphouse poll` reads once")
    if html is not None:
        _write_html(html, found, settings, now, currency)
    if as_json:
        print_json([report_document(one, result, currency) for one, result in found])
    if as_json or html is not None:
        return
    for one, result in found:
        _print(one, result, interval, zone, currency)


def _write_html(
    path: Path,
    found: Sequence[tuple[Device, Report]],
    settings: Settings,
    now: datetime,
    currency: str | None,
) -> None:
    """Write the season report.

    Raises:
        UsageError: the file cannot be written.
    """
    # only here: with the web app, every command would start later
    from pumphouse.web.efficiency_pages import Season  # noqa: PLC0415
    from pumphouse.web.pages.season_report import season_report  # noqa: PLC0415

    site, zone = settings.site, ZoneInfo(settings.site.timezone)
    seasons = [
        Season.model_validate(
            season_document(device, result, zone, settings.hints.get(device.id, {}), currency)
        )
        for device, result in found
    ]
    text = season_report(seasons, site=site.name, timezone=site.timezone, now=now)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from None
    say(f"wrote {path}")


async def _pumps(store: Store, wanted: str | None) -> Sequence[Device]:
    """The pumps to report about, or one device.

    Raises:
        UsageError: there is none of that id.
    """
    if wanted is None:
        return await pumps(store)
    devices = await store.devices()
    chosen = [one for one in devices if one.id == wanted]
    if not chosen:
        known = ", ".join(one.id for one in devices) or "none yet"
        raise UsageError(f'there is no device "{wanted}"; there are: {known}')
    return chosen


def _print(
    device: Device, report: Report, interval: Interval, zone: ZoneInfo, currency: str | None
) -> None:
    first, last = (one.astimezone(zone) for one in (interval.start, interval.end))
    print_table(
        ("", "value>", "±>", "from", "boundary"),
        _rows(report, currency),
        title=f"{device.name}  {first:%Y-%m-%d %H:%M} … {last:%Y-%m-%d %H:%M}"
        f"  (data for {report.performance.coverage:.0%})",
    )
    days = [day for day in report.days if day.cop is not None]
    if days:
        print_table(
            ("day by day", "", "lowest>", "highest>"),
            (
                _line("COP", [day.cop for day in report.days]),
                _line("Electricity, kWh", [day.electricity.total for day in report.days]),
                _line("Heat, kWh", [day.heat.total for day in report.days]),
                *_costs(report, currency),
            ),
            title=f"{len(report.days)} days",
        )
    if report.verdicts:
        print_table(
            ("what stands out", "what people do about it"),
            ((verdict.sentence, verdict.advice) for verdict in report.verdicts),
            title="Findings",
        )


def _rows(report: Report, currency: str | None) -> Iterator[tuple[str, ...]]:
    for name, figure in figures_of(report).items():
        if currency is None and name.startswith(_PRICED):
            continue  # nobody without prices asks for it
        if name == "cost_cooling" and (figure is None or not figure.value):
            continue  # few pumps cool
        label, unit, digits = _ROWS[name]
        unit = unit.replace("¤", currency or "")
        if figure is None:
            yield label, _NOT_ENOUGH, "", "", ""
            continue
        yield (
            label,
            f"{figure.value:.{digits}f} {unit}".rstrip(),
            f"{figure.error:.{digits}f}",
            figure.provenance.value,
            figure.boundary or "",
        )


def _costs(report: Report, currency: str | None) -> Iterator[tuple[str, ...]]:
    """The cost of each day, for those who have prices."""
    if currency is not None:
        yield _line(f"Cost, {currency}", [day.cost for day in report.days])


def _line(label: str, figures: Sequence[Figure | None]) -> tuple[str, ...]:
    """A sparkline: a bar for each day, a gap where there is not enough data."""
    known = [figure.value for figure in figures if figure is not None]
    if not known:
        return label, _NOT_ENOUGH, "", ""
    low, high = min(known), max(known)
    bars = "".join(" " if one is None else _bar(one.value, low, high) for one in figures)
    return label, bars, f"{low:.1f}", f"{high:.1f}"


def _bar(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)]
