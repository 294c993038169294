import re
import subprocess
import sys
from pathlib import Path

from pumphouse.catalogue import reference
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.units import Quantity, canonical_unit

CATALOGUE = load_catalogue()
METRICS = list(CATALOGUE.metrics.values())
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def test_every_metric_is_documented_in_one_sentence():
    for metric in METRICS:
        assert metric.label[0].isupper(), metric
        assert not metric.label.endswith("."), metric
        assert metric.description[0].isupper(), metric
        assert metric.description.endswith("."), metric
        assert ". " not in metric.description, metric
        assert len(metric.description) <= 110, metric


def test_every_metric_has_a_name_that_every_sink_can_use():
    for name in CATALOGUE.metrics:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
        assert not re.search(r"_\d+$", name), "looks like an instance"


def test_every_metrics_unit_is_the_canonical_one_of_its_quantity():
    assert [m for m in METRICS if m.unit != canonical_unit(m.quantity)] == []


def test_an_enumeration_or_text_has_neither_unit_nor_state_class():
    for metric in METRICS:
        if metric.options or metric.text:
            assert (metric.quantity, metric.state_class) == (Quantity.NUMBER, None), metric


def test_a_setting_has_no_state_class():
    assert [m for m in METRICS if m.group == "settings" and m.state_class is not None] == []


def test_an_energy_is_a_counter_unless_its_name_says_for_how_long():
    for metric in METRICS:
        if metric.quantity is Quantity.ENERGY:
            expected = "measurement" if metric.name.endswith("_last_hour") else "total_increasing"
            closed = metric.group == "daily" or metric.name == "house_energy_hour"
            assert metric.state_class == (None if closed else expected), metric


def test_only_what_can_be_counted_increases_for_ever():
    counted = {m.quantity for m in METRICS if m.state_class == "total_increasing"}

    assert counted == {Quantity.ENERGY, Quantity.DURATION, Quantity.NUMBER}


def test_labels_are_unique_within_their_group():
    labels = [(metric.group, metric.label) for metric in METRICS]

    assert len(set(labels)) == len(labels)


def test_heat_is_produced_and_never_used():
    for metric in METRICS:
        if metric.group in {"heat_meter", "pool", "cooling"}:
            assert "used" not in f"{metric.name} {metric.label} {metric.description}"


def test_electricity_is_used_and_never_produced():
    for metric in METRICS:
        if "electricity_used" in metric.name:
            assert metric.group == "electricity"
            assert "produced" not in f"{metric.label} {metric.description}"


def test_a_new_user_sees_about_25_metrics():
    assert 20 <= sum(metric.enabled for metric in METRICS) <= 30


def test_every_metric_stands_in_the_reference():
    text = PAGE.read_text("utf-8")

    assert [m.name for m in METRICS if f"`{m.name}`" not in text] == []


def test_the_reference_is_fresh():
    assert PAGE.read_text("utf-8") == reference.render(), (
        "docs/reference/metrics.md is stale: run python -m pumphouse.catalogue.reference"
    )


def test_the_reference_is_written_by_its_command(tmp_path):
    page = tmp_path / "metrics.md"

    subprocess.run([sys.executable, "-m", reference.__name__, str(page)], check=True)

    assert page.read_text("utf-8") == reference.render()
