"""What stands out in the figures of a period."""

import string
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heating_curve import CurveKnot, HeatingCurve, RoomDeviation
from pumphouse.analytics.sensor_faults import FaultKind, SensorFault
from pumphouse.analytics.verdict import Severity
from pumphouse.analytics.verdicts import Findings, verdicts

CURVE = HeatingCurve(
    (), (CurveKnot(-5.0, 40.0, 50.0),), 0.1, 7.0, 0.0, 20.0, 55.0, None, None, None
)
HEALTHY = Findings(
    coverage=0.99,
    days=30.0,
    starts_per_day=12.0,
    runs=360,
    short_runs=5,
    heat_kwh=2000.0,
    additional_heat_kwh=10.0,
    additional_heat_start_dm=-470.0,
    compressor_start_dm=-60.0,
    additional_heat_difference_dm=400.0,
    curve=CURVE,
    brine_in=4.0,
    brine_out=0.5,
)


def measured(value, error=0.2):
    return Figure(value, error, Provenance.MEASURED)


def fault(kind, metric="room_temperature", start=0.0, samples=2):
    return SensorFault(metric, kind, start, start + 7200.0, samples, 85.0)


def only(findings):
    (verdict,) = verdicts(findings)
    return verdict


def test_a_healthy_pump_needs_no_words():
    assert verdicts(HEALTHY) == ()


def test_nothing_known_gives_no_verdict():
    assert verdicts(Findings()) == ()


def test_many_starts_are_short_cycling():
    verdict = only(replace(HEALTHY, starts_per_day=44.0))
    assert (verdict.name, verdict.severity) == ("short_cycling", Severity.WARNING)
    assert "44 times a day" in verdict.sentence
    assert verdict.evidence == {"starts_per_day": 44.0, "runs": 360.0, "short_runs": 5.0}


def test_many_short_runs_are_short_cycling_even_where_nobody_counts_starts():
    verdict = only(replace(HEALTHY, starts_per_day=None, runs=50, short_runs=20))
    assert verdict.name == "short_cycling"
    assert "20 of 50 runs were shorter than 10 minutes" in verdict.sentence


def test_a_few_short_runs_among_few_are_chance():
    assert verdicts(replace(HEALTHY, runs=4, short_runs=3)) == ()


def test_additional_heat_before_its_threshold_comes_too_early():
    verdict = only(replace(HEALTHY, additional_heat_start_dm=-200.0))
    assert verdict.name == "additional_heat_early"
    assert "at -200 DM already, although set to -460 DM" in verdict.sentence
    assert verdict.evidence["additional_heat_threshold_dm"] == -460.0


def test_additional_heat_that_is_set_too_close_to_the_compressor_comes_too_early():
    verdict = only(
        replace(HEALTHY, additional_heat_difference_dm=150.0, additional_heat_start_dm=-211.0)
    )
    assert verdict.name == "additional_heat_early"
    assert "150 DM below the compressor" in verdict.sentence


def test_much_additional_heat_in_its_own_time_is_told_as_that():
    verdict = only(replace(HEALTHY, additional_heat_kwh=200.0))
    assert verdict.name == "additional_heat_much"
    assert verdict.evidence["additional_heat_share"] == pytest.approx(0.1)


def test_a_setting_without_additional_heat_is_nobodys_problem():
    assert (
        verdicts(replace(HEALTHY, additional_heat_kwh=0.2, additional_heat_difference_dm=100.0))
        == ()
    )


def test_a_curve_too_high_for_the_rooms_is_told():
    room = RoomDeviation(measured(1.0), 1.0, 1.0, 21.0, 0.0)
    assert only(replace(HEALTHY, curve=replace(CURVE, room=room))).name == "rooms_too_warm"


def test_water_far_above_the_curve_is_told_with_what_it_costs():
    verdict = only(replace(HEALTHY, curve=replace(CURVE, excess=measured(6.0))))
    assert verdict.name == "flow_above_curve"
    assert verdict.evidence["saving_percent"] == pytest.approx(6.0 * 10.5 / 4.0)


@pytest.mark.parametrize("excess", [measured(1.5), measured(4.5, 1.0), measured(-3.0)])
def test_water_near_the_curve_is_fine(excess):
    assert verdicts(replace(HEALTHY, curve=replace(CURVE, excess=excess))) == ()


@pytest.mark.parametrize(
    ("out", "word"), [(-3.0, "too slowly"), (3.0, "faster than needed"), (5.0, "swapped")]
)
def test_brine_outside_of_2_to_5_kelvin_is_told(out, word):
    verdict = only(replace(HEALTHY, brine_out=out))
    assert verdict.name == "brine_difference"
    assert word in verdict.advice
    assert verdict.evidence["brine_difference_k"] == 4.0 - out


@pytest.mark.parametrize("out", [2.0, -1.0])
def test_brine_at_the_edges_is_fine(out):
    assert verdicts(replace(HEALTHY, brine_out=out)) == ()


def test_an_air_source_pump_has_no_brine():
    assert verdicts(replace(HEALTHY, brine_in=None, brine_out=None)) == ()


@pytest.mark.parametrize("kind", FaultKind)
def test_each_kind_of_sensor_fault_has_its_words(kind):
    verdict = only(replace(HEALTHY, faults=(fault(kind),)))
    assert (verdict.name, verdict.severity) == ("sensor_fault", Severity.WARNING)
    assert "room temperature" in verdict.sentence


def test_faults_of_one_sensor_and_kind_are_one_verdict():
    found = verdicts(
        replace(
            HEALTHY,
            faults=(
                fault(FaultKind.POWER_ON),
                fault(FaultKind.POWER_ON, start=9e5, samples=3),
                fault(FaultKind.FROZEN),
            ),
        )
    )
    assert len(found) == 2
    assert found[0].evidence["samples"] == 5.0
    assert found[0].evidence["last_start"] == 9e5


@pytest.mark.parametrize(
    ("coverage", "severity"), [(0.3, Severity.WARNING), (0.7, Severity.INFORMATION)]
)
def test_poor_data_is_told_with_what_is_missing(coverage, severity):
    verdict = only(replace(HEALTHY, coverage=coverage))
    assert (verdict.name, verdict.severity) == ("poor_data", severity)
    assert f"{30 * (1 - coverage):.1f} of 30.0 days" in verdict.sentence


def test_warnings_come_first():
    found = verdicts(
        replace(
            HEALTHY,
            coverage=0.8,
            brine_out=3.9,
            starts_per_day=60.0,
            faults=(fault(FaultKind.JUMP),),
        )
    )
    assert [verdict.name for verdict in found] == [
        "sensor_fault",
        "short_cycling",
        "brine_difference",
        "poor_data",
    ]


NUMBERS = {
    field.name: st.none() | st.floats(-1e4, 1e5)
    for field in fields(Findings)
    if field.name not in {"curve", "faults", "runs", "short_runs", "coverage"}
}


@given(
    st.builds(
        Findings,
        **NUMBERS,
        coverage=st.none() | st.floats(0, 1),
        runs=st.none() | st.integers(0, 1000),
        short_runs=st.none() | st.integers(0, 1000),
        faults=st.lists(st.sampled_from([fault(kind) for kind in FaultKind])).map(tuple),
    )
)
def test_every_verdict_is_a_sentence_with_advice_and_numbers(findings):
    for verdict in verdicts(findings):
        assert verdict.sentence[0] in string.ascii_uppercase
        assert verdict.sentence.endswith(".")
        assert verdict.advice.endswith(".")
        assert verdict.evidence
        assert "nan" not in verdict.sentence
