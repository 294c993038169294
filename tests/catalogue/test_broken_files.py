"""A mistake in a data file is found at once, and the message leads to it."""

import pytest

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.units import parse_unit

GOOD = {
    "enumerations.toml": 'switch = { 0 = "Off", 1 = "On" }\n',
    "metrics.toml": """
        [heating.flow]
        quantity = "flow"
        label = "Flow"
        description = "A flow."
        [heating.state]
        quantity = "number"
        label = "State"
        description = "A state."
        options = "switch"
        """,
    "shared.toml": '[points]\n1 = { metric = "flow", divisor = 10 }\n2 = { metric = "state" }\n',
    "acme.toml": 'include = ["shared.toml"]\n[aliases]\nthe_flow = "1"\n',
}


def read(folder, **files):
    for name, text in (GOOD | {f"{key}.toml": text for key, text in files.items()}).items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    return Catalogue.read(folder)


def test_a_vendor_is_a_file_and_may_include_others(tmp_path):
    vendor = read(tmp_path).vendor("acme")

    flow, state = vendor.get("the_flow"), vendor.get("2")
    assert flow is not None
    assert state is not None
    assert (flow.metric, flow.divisor, flow.unit) == ("flow", 10, parse_unit("l/min"))
    assert (state.kind, [option.label for option in state.options]) == ("bool", ["Off", "On"])


def test_what_a_vendor_says_itself_replaces_what_it_includes(tmp_path):
    catalogue = read(tmp_path, acme='include = ["shared.toml"]\n[points]\n1 = { reason = "x" }\n')

    point = catalogue.vendor("acme").get("1")
    assert point is not None
    assert (point.metric, point.reason) == (None, "x")


def test_scaled_values_are_not_divided_by_the_divisors_of_raw_ones(tmp_path):
    point = read(tmp_path, acme='include = ["shared.toml"]\nraw = false\n').vendor("acme").get("1")

    assert point is not None
    assert point.divisor == 1


def test_lists_and_ranges_of_unmapped_ids(tmp_path):
    lists = '[[unmapped]]\nreason = "schedules"\nkind = "enum"\nids = ["10-12", 20]\n'

    vendor = read(tmp_path, acme=lists).vendor("acme")

    assert len(vendor) == 4
    for native_id in ("10", "11", "12", "20"):
        point = vendor.get(native_id)
        assert point is not None
        assert (point.kind, point.reason) == ("enum", "schedules")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("acme", "[points", "acme.toml is not TOML"),
        ("acme", 'include = ["gone.toml"]', "gone.toml is missing"),
        ("acme", "colour = 1", "acme.toml: unknown key 'colour'"),
        ("acme", "points = 1", "acme.toml: 'points' must be a table"),
        ("acme", "[points]\n7 = 1", "acme.toml: points.7: must be a table"),
        ("acme", '[points]\n7 = { metric = "x" }', "points.7: 'metric' names 'x', which does not"),
        ("acme", '[points]\n7 = { metrik = "flow" }', "points.7: unknown key 'metrik'; known are"),
        ("acme", "[points]\n7 = { divisor = 10 }", "points.7: needs either a 'metric' or the 're"),
        ("acme", '[points]\n7 = { metric = "flow", reason = "x" }', "points.7: needs either"),
        ("acme", '[points]\n7 = { metric = "flow", divisor = 0 }', "'divisor' must be positive"),
        ("acme", '[points]\n7 = { metric = "flow", divisor = "9" }', "must be a number, not '9'"),
        ("acme", '[points]\n7 = { metric = "flow", unit = "°C" }', "does not measure flow"),
        ("acme", '[points]\n7 = { metric = "flow", unit = "ell" }', "the unit 'ell' is unknown"),
        ("acme", '[points]\n7 = { metric = "flow", kind = "x" }', "'kind' must be one of number"),
        ("acme", '[points]\n7 = { metric = "flow", instance = "2" }', "must be of type int"),
        ("acme", '[points]\n7 = { metric = "flow", instance = true }', "must be of type int"),
        ("acme", '[points]\n7 = { metric = "flow", writable = 1 }', "must be of type bool"),
        ("acme", '[points]\n7 = { metric = "flow", when = { is = "x" } }', "unknown key 'is'"),
        ("acme", '[aliases]\nx = "9"', "the alias 'x' means '9', which is not in 'points'"),
        ("acme", "[unmapped]\nids = [1]", "'unmapped' must be a list of tables"),
        ("acme", "[[unmapped]]\nids = [1]", "acme.toml: unmapped 1: needs either"),
        ("acme", '[[unmapped]]\nreason = "x"\nids = ["1-b"]', "'1-b' is not a range of ids"),
        (
            "acme",
            '[points]\n7 = { metric = "flow" }\n[[unmapped]]\nreason = "x"\nids = [7]',
            "acme.toml: 7 is defined twice",
        ),
        ("metrics", "heating = 1", "metrics.toml: 'heating' must be a table"),
        ("metrics", "[a.b]\nlabel = 'B'", "metrics.toml: a.b: 'quantity' is missing"),
        ("metrics", "[a.b]\nquantity = 'flow'", "metrics.toml: a.b: 'label' is missing"),
        ("metrics", "[a.b]\nquantity = 'love'", "'quantity' names 'love', which does not exist"),
        ("metrics", "[a.b_2]\nquantity = 'flow'", "a.b_2: a name must not end like an instance"),
        (
            "metrics",
            "[a.b]\nquantity = 'flow'\nlabel = 'B'\ndescription = 'B.'\nstate_class = 'up'",
            "'state_class' must be one of measurement, total, total_increasing, none, not 'up'",
        ),
        (
            "metrics",
            "[a.b]\nquantity = 'flow'\nlabel = 'B'\ndescription = 'B.'\n[c.b]\nlabel = 'B'",
            "c.b: this name is taken by another group",
        ),
        ("enumerations", "x = { a = 'A' }", "enumerations.toml: x: the code 'a' is not a number"),
        ("enumerations", "x = { 1 = 1 }", "enumerations.toml: x: the label of 1 must be a text"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_entry(tmp_path, file, text, message):
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, **{file: text})

    assert message in str(caught.value)
    assert str(caught.value).startswith("catalogue: ")
