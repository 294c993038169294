"""`pumphouse report`: fields that scripts rely on, a table for people, a file for an installer."""

import asyncio
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from tests.web.pump_days import ELECTRICITY_A_DAY, HEAT_A_DAY, pump_days

from pumphouse.core.model import Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store

START = datetime(2026, 1, 10, tzinfo=UTC)
DAYS = 2
PERIOD = ("--from", "2026-01-10", "--to", "2026-01-12")
FIGURES = (
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
    "cost_heating",
    "cost_hot_water",
    "cost_cooling",
    "cost_additional_heat",
    "cost_standby",
    "price_paid",
    "price_offered",
)
ABOUT = ("source", "device", "from", "to", "coverage", "currency", "verdicts")


def configure(pumphouse, more: str = "") -> None:
    path = pumphouse.home / "p.db"
    pumphouse.config.write_text(f'[store]\npath = "{path}"\n{more}')


@pytest.fixture
def house(pumphouse):
    """A store with two days of a pump."""
    configure(pumphouse)

    async def fill() -> None:
        path = pumphouse.home / "p.db"
        async with open_store(path, site=Site(timezone="UTC"), clock=SystemClock()) as store:
            await store.append(pump_days(START, DAYS))

    asyncio.run(fill())
    return pumphouse


def test_json_has_the_promised_fields_and_figures(house):
    (one,) = house("report", *PERIOD, "--json").json()
    assert set(one) == {*FIGURES, *ABOUT}
    assert (one["device"], one["from"], one["to"]) == (
        "p1",
        "2026-01-10T00:00:00Z",
        "2026-01-12T00:00:00Z",
    )
    for name in FIGURES:
        if (figure := one[name]) is not None:
            assert {"value", "error", "provenance"} <= set(figure), name
            assert set(figure) <= {"value", "error", "provenance", "boundary"}, name
    assert one["electricity_kwh"]["value"] == pytest.approx(DAYS * ELECTRICITY_A_DAY, rel=0.02)
    assert one["cop"]["value"] == pytest.approx(HEAT_A_DAY / ELECTRICITY_A_DAY, rel=0.02)


def test_the_table_says_where_numbers_come_from_and_what_is_missing(house):
    shown = house("report", *PERIOD).out
    assert "device meter" in shown
    assert "not enough data" in shown
    assert "COP" in shown


def test_an_unknown_device_is_named_with_those_that_are_known(house):
    refused = house("report", "--device", "p2", expect=2)
    assert 'no device "p2"' in refused.err
    assert "p1" in refused.err


def test_an_empty_store_has_no_reports_and_says_so(pumphouse):
    configure(pumphouse)
    done = pumphouse("report", "--json")
    assert done.json() == []
    assert "no device" in done.err


class Links(HTMLParser):
    """What a document wants from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [name for name, _ in attrs if name in {"src", "href", "srcset", "data"}]


def test_the_html_report_is_one_file_that_needs_nothing_else(house):
    file = house.home / "report.html"
    done = house("report", *PERIOD, "--html", str(file))
    assert done.out == ""
    text = file.read_text(encoding="utf-8")
    parser = Links()
    parser.feed(text)
    assert parser.links == []
    assert {"svg", "style", "article"} <= set(parser.tags)
    assert not {"script", "link", "img", "iframe", "object"} & set(parser.tags)
    assert "http" not in text
    assert "@import" not in text
    assert "Pump <b>" not in text
    assert "not enough data" in text


def test_a_place_that_cannot_be_written_is_told(house):
    refused = house("report", *PERIOD, "--html", "/no/such/folder/x.html", expect=2)
    assert "/no/such/folder/x.html cannot be written" in refused.err


def test_what_the_owner_knows_of_a_device_changes_how_far_its_meter_is_trusted(house):
    (before,) = house("report", *PERIOD, "--json").json()
    configure(house, "[efficiency.p1]\nheat_meter_is_external = true\n")
    (after,) = house("report", *PERIOD, "--json").json()
    assert after["heat_kwh"]["value"] == before["heat_kwh"]["value"]
    assert after["heat_kwh"]["provenance"] == "measured"
    assert before["heat_kwh"]["provenance"] == "device meter"
