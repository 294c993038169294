"""`/api/efficiency`: the fields and figures that scripts rely on, out of a process of its own."""

import json
from datetime import timedelta

import pytest
import pytest_asyncio

from pumphouse.testing.clock import FakeClock
from pumphouse.web.efficiency_model import Efficiency, Figure

from .pump_days import ELECTRICITY_A_DAY, HEAT_A_DAY, RUNS_A_DAY, pump_days
from .rig import running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = 3
FIGURES = {
    "electricity_kwh",
    "heat_kwh",
    "heat_heating_kwh",
    "heat_hot_water_kwh",
    "cop",
    "cop_heating",
    "cop_hot_water",
    "compressor_starts",
    "short_cycles",
    "compressor_hours",
    "defrosts",
    "additional_heat_kwh",
    "heat_loss_w_per_k",
    "balance_point_c",
    "cost",
}
FIELDS = FIGURES | {"device", "from", "to", "coverage"}
COSTS = {
    "cost_heating",
    "cost_hot_water",
    "cost_cooling",
    "cost_additional_heat",
    "cost_standby",
    "price_paid",
    "price_offered",
}
ADDED = {"source", "verdicts", "currency"} | COSTS
PROVENANCES = {"measured", "device meter", "derived", "estimated"}


def json_of(reply):
    return json.loads(reply.text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    """A pump with three days of readings, and another device that has told next to nothing."""
    clock = FakeClock()
    async with running(tmp_path_factory.mktemp("days"), clock) as up:
        start = clock.now() - timedelta(days=DAYS)
        await up.context.installation.store.append(pump_days(start, DAYS))
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answered(house):
    reply = await house.get(f"/api/efficiency?device=p1&from={DAYS}d")
    assert reply.status == 200, reply.text
    return reply


async def test_the_answer_has_the_promised_fields(answered):
    (one,) = json_of(answered)
    assert set(one) == FIELDS | ADDED
    assert one["device"] == "p1"
    assert one["from"].endswith("Z")
    assert one["to"].endswith("Z")
    assert one["coverage"] > 0.99


async def test_a_figure_is_null_or_says_how_far_to_trust_it(answered):
    (one,) = json_of(answered)
    known = {name: one[name] for name in FIGURES if one[name] is not None}
    assert {"electricity_kwh", "heat_kwh", "cop", "compressor_starts"} <= set(known)
    for name, figure in known.items():
        assert {"value", "error", "provenance"} <= set(figure), name
        assert set(figure) <= {"value", "error", "provenance", "boundary"}, name
        assert figure["error"] >= 0, name
        assert figure["provenance"] in PROVENANCES, name
    assert one["cop"]["boundary"] in {"H1", "H2", "H3", "H4"}
    assert one["cost"] is None
    assert one["heat_loss_w_per_k"] is None, "three days are not enough"


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("electricity_kwh", DAYS * ELECTRICITY_A_DAY),
        ("heat_kwh", DAYS * HEAT_A_DAY),
        ("cop", HEAT_A_DAY / ELECTRICITY_A_DAY),
        ("compressor_starts", DAYS * RUNS_A_DAY),
        ("compressor_hours", DAYS * RUNS_A_DAY / 2),
    ],
)
async def test_the_figures_are_right(answered, name, truth):
    (one,) = json_of(answered)
    assert one[name]["value"] == pytest.approx(truth, rel=0.02)


async def test_the_models_have_the_fields_of_the_answer():
    fields = {one.alias or name for name, one in Efficiency.model_fields.items()}
    assert fields == FIELDS | ADDED
    assert set(Figure.model_fields) == {"value", "error", "provenance", "boundary"}


async def test_whoever_has_the_answer_gets_no_body(house, answered):
    tag = answered.headers["ETag"]
    again = await house.get(
        f"/api/efficiency?device=p1&from={DAYS}d", headers={"If-None-Match": tag}
    )
    assert (again.status, again.text) == (304, "")


async def test_a_device_that_tells_too_little_has_no_numbers(house):
    (one,) = json_of(await house.get("/api/efficiency?device=d1&from=2d"))
    assert all(one[name] is None for name in ("electricity_kwh", "heat_kwh", "cop"))


async def test_every_device_is_answered_for_where_none_is_named(house):
    found = json_of(await house.get("/api/efficiency?from=2d"))
    assert {one["device"] for one in found} == {"d1", "p1"}


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("device=nobody", 404, "/api/devices"),
        ("from=500d", 404, "400 days"),
        ("from=yesterday&to=30d", 404, "before the start"),
        ("from=gibberish", 422, "from"),
    ],
)
async def test_what_cannot_be_answered_is_explained(house, query, status, words):
    refused = await house.get(f"/api/efficiency?{query}")
    assert refused.status == status
    assert words in json_of(refused)["detail"]
