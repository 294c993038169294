"""What the how-to pages promise is there."""

import re
from pathlib import Path

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.sinks.prometheus.naming import family_of

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGES = ("prometheus", "grafana", "docker", "systemd", "files")


@pytest.mark.parametrize("page", PAGES)
def test_linked_files_exist(page):
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert links
    for link in links:
        assert (HOW_TO / link).exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_named_files_of_packaging_exist(page):
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w/])packaging/[\w./-]*\w", text):
        assert (HOW_TO.parents[1] / path).exists(), path


def test_the_table_of_names_is_right():
    text = (HOW_TO / "prometheus.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`.*\| `(\w+)", text, re.MULTILINE)
    assert len(rows) > 10
    for name, shown in rows:
        metric = load_catalogue().metrics[name]
        assert family_of(metric, name, metric.unit, metric.options).name == shown


def test_the_names_in_queries_exist():
    text = (HOW_TO / "prometheus.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```promql\n(.*?)```", text, re.DOTALL)
    metrics = load_catalogue().metrics
    names = {family_of(m, name, m.unit, m.options).name for name, m in metrics.items()}
    used = set(re.findall(r"heatpump_\w+", block)) - {"heatpump_source_up"}
    assert used
    assert used <= names
