"""Nothing that a formula asks for is left in the store."""

import ast
import re
from pathlib import Path

import pumphouse.analytics
from pumphouse.analytics.inputs import INPUTS
from pumphouse.catalogue.catalogue import load_catalogue

MODULES = sorted(Path(pumphouse.analytics.__file__).parent.glob("*.py"))
METRICS = load_catalogue().metrics


def words_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def metric_of(word):
    return METRICS.get(re.sub(r"_\d+$", "", word))


def test_every_series_that_a_formula_names_is_read():
    words = set().union(*(words_of(path) for path in MODULES if path.name != "inputs.py"))
    asked = {word for word in words if (metric := metric_of(word)) and metric.group != "settings"}
    asked -= {word for word in asked if metric_of(word).group == "sensors"}
    asked -= {word for word in asked if metric_of(word).group == "prices"}  # the house's, no pump's
    assert asked == INPUTS


def test_nothing_is_read_that_no_catalogue_knows():
    assert [name for name in INPUTS if metric_of(name) is None] == []
