"""What stands out in the figures of a period, in words: a pure function of figures already told.

The thresholds are rules of thumb, each with its source where it is defined. A verdict never comes
from a figure that is missing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pumphouse.analytics.coverage import LEAST_COVERAGE
from pumphouse.analytics.curve_advice import curve_advice
from pumphouse.analytics.heating_curve import HeatingCurve
from pumphouse.analytics.sensor_faults import FaultKind, SensorFault
from pumphouse.analytics.verdict import SAVING_PER_KELVIN, Severity, Verdict

__all__ = ["Findings", "verdicts"]

#: share of the runs under 10 minutes, and starts in a day, from which a pump cycles too much (own
#: choice; the reference project counts starts per hour and names no limit)
_SHORT_SHARE = 0.2
_FEWEST_RUNS = 10
_STARTS_PER_DAY = 30.0
#: share of the heat from which additional heat is worth a word (own choice; a pump is commonly
#: designed to give 95 to 99 % of a year's heat)
_ADDITIONAL_SHARE = 0.03
_LEAST_ADDITIONAL_KWH = 1.0
#: DM below the compressor's start at which additional heat comes by factory setting on NIBE's F1345
#: and SMO 40; 700 on VVM 320 and F730
_USUAL_DIFFERENCE = 400.0
_DEGREE_MINUTES_SLACK = 20.0  # DM that five minutes of sampling may hide
_EXCESS = 4.0  # K above the curve while heating; an on/off pump swings by half of that (own choice)
#: K between brine in and out that NIBE's F1145 and F1245 installer manuals ask for when the brine
#: pump is adjusted, a few minutes after the compressor has started
_BRINE = (2.0, 5.0)
_GOOD_COVERAGE = 0.9
_REMEDIES = {
    FaultKind.POWER_ON: "A DS18B20 shows 85 °C after losing its supply: check the plug, the length "
    "of the wire, and feed it with three wires rather than two.",
    FaultKind.DISCONNECTED: "The sensor does not answer: check plug and wire.",
    FaultKind.OUT_OF_RANGE: "Check where the sensor sits and its wire: NTC sensors show impossible "
    "temperatures when the wire is broken, shorted or wet.",
    FaultKind.JUMP: "Check the wire for a loose contact, and that the sensor sits tight.",
    FaultKind.FROZEN: "Check whether the sensor is still connected, its battery, and the gateway "
    "between it and you.",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """The figures of a period that verdicts are made of; None (or empty) where one is not known.

    Attributes:
        coverage: share of the period with data, 0 to 1.
        days: how long the period is, in days.
        starts_per_day: compressor starts.
        runs: how many compressor runs were seen.
        short_runs: how many of them were shorter than 10 minutes.
        heat_kwh: all heat.
        additional_heat_kwh: the part of it that the additional heat gave to the house and tank.
        additional_heat_start_dm: degree minutes when it came on for heating, typically (median).
        compressor_start_dm: degree minutes at which the compressor starts, as set.
        additional_heat_difference_dm: how far below that additional heat starts, as set.
        curve: the heating curve with supply and room temperatures.
        brine_in: mean brine temperature from the ground while the compressor ran, °C.
        brine_out: mean brine temperature to the ground in the same time, °C.
        faults: of sensors.
    """

    coverage: float | None = None
    days: float | None = None
    starts_per_day: float | None = None
    runs: int | None = None
    short_runs: int | None = None
    heat_kwh: float | None = None
    additional_heat_kwh: float | None = None
    additional_heat_start_dm: float | None = None
    compressor_start_dm: float | None = None
    additional_heat_difference_dm: float | None = None
    curve: HeatingCurve | None = None
    brine_in: float | None = None
    brine_out: float | None = None
    faults: tuple[SensorFault, ...] = ()


def verdicts(findings: Findings) -> tuple[Verdict, ...]:
    """Everything worth a word, what matters most first; empty where nothing is."""
    found = [
        *_poor_data(findings),
        *_sensor_faults(findings.faults),
        *_short_cycling(findings),
        *_additional_heat(findings),
        *_flow_temperature(findings.curve),
        *_brine(findings),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda verdict: -order.index(verdict.severity)))


def _poor_data(findings: Findings) -> Iterable[Verdict]:
    coverage = findings.coverage
    if coverage is None or coverage >= _GOOD_COVERAGE:
        return
    poor = coverage < LEAST_COVERAGE
    evidence = {"coverage": coverage}
    sentence = f"There is data for {coverage:.0%} of the period only"
    if findings.days is not None:
        missing = (1.0 - coverage) * findings.days
        evidence |= {"days": findings.days, "days_missing": missing}
        sentence += f"; {missing:.1f} of {findings.days:.1f} days are missing"
    yield Verdict(
        "poor_data",
        Severity.WARNING if poor else Severity.INFORMATION,
        sentence + (", too much for most figures." if poor else "."),
        "`pumphouse status` names the gaps and why they came: most often the computer was off, the "
        "vendor's cloud stood still, or a login had run out.",
        evidence,
    )


def _sensor_faults(faults: Iterable[SensorFault]) -> Iterable[Verdict]:
    """One verdict for each sensor and kind of fault."""
    samples: Counter[tuple[str, FaultKind]] = Counter()
    times: Counter[tuple[str, FaultKind]] = Counter()
    newest: dict[tuple[str, FaultKind], SensorFault] = {}
    for fault in faults:
        key = (fault.metric, fault.kind)
        samples[key] += fault.samples
        times[key] += 1
        newest[key] = fault
    for key, fault in newest.items():
        metric, kind = key
        name = metric.replace("_", " ")
        sentence = f"The sensor for {name} showed {_what(fault)}"
        sentence += f" ({samples[key]} values at {times[key]} times)."
        if kind is FaultKind.FROZEN:
            hours = (fault.end - fault.start) / 3600.0
            sentence = f"The sensor for {name} stood at {fault.value:.1f} °C for {hours:.0f} hours "
            sentence += "while others moved."
        yield Verdict(
            "sensor_fault",
            Severity.WARNING,
            sentence,
            f"{_REMEDIES[kind]} Figures that use this sensor are doubtful meanwhile.",
            {
                "value_c": fault.value,
                "samples": float(samples[key]),
                "times": float(times[key]),
                "last_start": fault.start,
                "last_end": fault.end,
            },
        )


def _what(fault: SensorFault) -> str:
    words = {
        FaultKind.POWER_ON: "85 °C, the value after power-on",
        FaultKind.DISCONNECTED: f"{fault.value:g}, which stands for no sensor",
        FaultKind.OUT_OF_RANGE: f"{fault.value:.1f} °C, which cannot be",
        FaultKind.JUMP: f"a jump to {fault.value:.1f} °C, faster than anything there can change",
    }
    return words.get(fault.kind, f"{fault.value:.1f} °C")


def _short_cycling(findings: Findings) -> Iterable[Verdict]:
    runs, short, starts = findings.runs, findings.short_runs, findings.starts_per_day
    evidence = {
        name: float(value)
        for name, value in (("starts_per_day", starts), ("runs", runs), ("short_runs", short))
        if value is not None
    }
    often = starts is not None and starts > _STARTS_PER_DAY
    brief = runs is not None and short is not None and runs >= _FEWEST_RUNS
    brief = brief and (short or 0) >= _SHORT_SHARE * (runs or 0)
    if not often and not brief:
        return
    parts = []
    if starts is not None:
        parts.append(f"it started {starts:.0f} times a day")
    if brief:
        parts.append(f"{short} of {runs} runs were shorter than 10 minutes")
    yield Verdict(
        "short_cycling",
        Severity.WARNING,
        f"The compressor cycles a lot: {' and '.join(parts)}. That wears it and costs efficiency.",
        "Usual remedies: open thermostats in the rooms so that more water takes part, let the pump "
        "start at lower degree minutes (-100 instead of -60), check that the circulation pump is "
        "not too slow, and add a buffer tank if the system holds little water.",
        evidence,
    )


def _additional_heat(findings: Findings) -> Iterable[Verdict]:
    used, heat = findings.additional_heat_kwh, findings.heat_kwh
    if used is None or used < _LEAST_ADDITIONAL_KWH:
        return
    evidence = {"additional_heat_kwh": used}
    sentence = f"Additional heat gave {used:.0f} kWh"
    share = used / heat if heat else 0.0
    if heat:
        evidence |= {"heat_kwh": heat, "additional_heat_share": share}
        sentence += f", {share:.1%} of all heat"
    reasons = [*_early_by_setting(findings, evidence), *_early_by_measure(findings, evidence)]
    if not reasons and share < _ADDITIONAL_SHARE:
        return
    yield Verdict(
        "additional_heat_early" if reasons else "additional_heat_much",
        Severity.ADVICE,
        f"{'; '.join((sentence, *reasons))}. It costs three to four times as much as heat from the "
        "compressor.",
        "Usual remedies: set a larger start difference for additional heat (menu 4.9.3 on NIBE "
        "pumps), a lower outdoor temperature above which it is blocked, fewer and smaller steps, "
        "and give hot-water boosts and raised set points more time.",
        evidence,
    )


def _early_by_setting(findings: Findings, evidence: dict[str, float]) -> Iterable[str]:
    difference = findings.additional_heat_difference_dm
    if difference is not None:
        evidence["additional_heat_difference_dm"] = difference
        if difference < _USUAL_DIFFERENCE:
            yield (
                f"it is set to start {difference:.0f} DM below the compressor, where the factory "
                f"sets {_USUAL_DIFFERENCE:.0f} or more"
            )


def _early_by_measure(findings: Findings, evidence: dict[str, float]) -> Iterable[str]:
    start = findings.additional_heat_start_dm
    compressor, difference = findings.compressor_start_dm, findings.additional_heat_difference_dm
    if start is None:
        return
    evidence["additional_heat_start_dm"] = start
    if compressor is not None and difference is not None:
        threshold = compressor - difference
        evidence["additional_heat_threshold_dm"] = threshold
        if start > threshold + _DEGREE_MINUTES_SLACK:
            yield f"it came on at {start:.0f} DM already, although set to {threshold:.0f} DM"


def _flow_temperature(curve: HeatingCurve | None) -> Iterable[Verdict]:
    """The curve is too high for the rooms, or the water is warmer than the curve asks for."""
    if curve is None:
        return
    yield from curve_advice(curve)
    excess = curve.excess
    if excess is not None and excess.value - excess.error > _EXCESS:
        saving = 100.0 * excess.value * SAVING_PER_KELVIN
        yield Verdict(
            "flow_above_curve",
            Severity.ADVICE,
            f"While heating the supply was on average {excess.value:.1f} K warmer than the curve "
            f"asked for; that costs about {saving:.0f} % of the electricity.",
            "Usual remedies: more flow (open thermostats, a faster circulation pump, clean "
            "filters), so that the heat leaves at a lower temperature; and no additional heat that "
            "is switched on by hand.",
            {"excess_k": excess.value, "excess_error_k": excess.error, "saving_percent": saving},
        )


def _brine(findings: Findings) -> Iterable[Verdict]:
    if findings.brine_in is None or findings.brine_out is None:
        return
    difference = findings.brine_in - findings.brine_out
    low, high = _BRINE
    if low <= difference <= high:
        return
    sentence = (
        f"The brine cooled by {difference:.1f} K on average while the compressor ran "
        f"({findings.brine_in:.1f} °C in, {findings.brine_out:.1f} °C out); "
        f"{low:.0f} to {high:.0f} K are usual."
    )
    advice = "The brine flows too slowly: clean the particle filter, let out air, check the "
    advice += "pressure and the concentration of the antifreeze, raise the brine pump's speed."
    if difference < low:
        advice = "The brine flows faster than needed, which only costs pumping power: lower the "
        advice += "brine pump's speed. If the sensors were swapped or lie loose, set them right."
    evidence = {
        "brine_difference_k": difference,
        "brine_in_c": findings.brine_in,
        "brine_out_c": findings.brine_out,
    }
    yield Verdict("brine_difference", Severity.ADVICE, sentence, advice, evidence)
