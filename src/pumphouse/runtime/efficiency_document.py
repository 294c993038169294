"""The JSON of `report --json` and `/api/efficiency`: a figure is never without error and origin."""

from datetime import UTC, datetime

from pumphouse.analytics.figure import Figure
from pumphouse.analytics.report import Report
from pumphouse.analytics.verdict import Verdict
from pumphouse.core.documents import Document, iso
from pumphouse.core.model import Device

__all__ = ["figure_document", "figures_of", "report_document", "verdict_document"]

_DIGITS = 6


def report_document(device: Device, report: Report, currency: str | None = None) -> Document:
    """One entry of `report --json`.

    Args:
        device: what the report is about.
        report: about it.
        currency: of the costs, three letters; None where nothing tells a price.
    """
    return {
        "source": device.source,
        "device": device.id,
        "from": _time(report.start),
        "to": _time(report.end),
        "coverage": round(report.performance.coverage, 4),
        "currency": currency,
        **{name: figure_document(figure) for name, figure in figures_of(report).items()},
        "verdicts": [verdict_document(verdict) for verdict in report.verdicts],
    }


def figures_of(report: Report) -> dict[str, Figure | None]:
    """The figures of a report under their public names, units in the names."""
    found, loss = report.performance, report.heat_loss
    return {
        "electricity_kwh": found.electricity.total,
        "heat_kwh": found.heat.total,
        "heat_heating_kwh": found.heat.heating,
        "heat_hot_water_kwh": found.heat.hot_water,
        "cop": found.coefficients.combined,
        "cop_heating": found.coefficients.heating,
        "cop_hot_water": found.coefficients.hot_water,
        "compressor_starts": report.cycles.starts.best,
        "short_cycles": report.cycles.short_runs,
        "compressor_hours": report.cycles.run_hours.best,
        "defrosts": report.defrosts.count,
        "additional_heat_kwh": report.additional_heat.energy,
        "heat_loss_w_per_k": None if loss is None else loss.w_per_k,
        "balance_point_c": None if loss is None else loss.balance_point,
        "cost": report.cost.total,
        "cost_heating": report.cost.heating,
        "cost_hot_water": report.cost.hot_water,
        "cost_cooling": report.cost.cooling,
        "cost_additional_heat": report.cost.additional_heat,
        "cost_standby": report.cost.standby,
        "price_paid": report.cost.paid,
        "price_offered": report.cost.offered,
    }


def figure_document(figure: Figure | None) -> Document | None:
    """A figure, its error and where it comes from; None where there is not enough data."""
    if figure is None:
        return None
    document: Document = {
        "value": _rounded(figure.value),
        "error": _rounded(figure.error),
        "provenance": figure.provenance.value,
    }
    if figure.boundary is not None:
        document["boundary"] = figure.boundary.value
    return document


def verdict_document(verdict: Verdict) -> Document:
    """What stands out, in words, with the numbers that say so."""
    return {
        "name": verdict.name,
        "severity": verdict.severity.value,
        "sentence": verdict.sentence,
        "advice": verdict.advice,
        "evidence": {name: _rounded(value) for name, value in verdict.evidence.items()},
    }


def _time(seconds: float) -> str | None:
    return iso(datetime.fromtimestamp(seconds, UTC))


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
