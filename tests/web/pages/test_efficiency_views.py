"""What the pages of figures make of a document, without any page."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.web.charts.cost import cost_by_day, cost_by_hour
from pumphouse.web.charts.plot import BOTTOM, LEFT, RIGHT, TOP, number, scale
from pumphouse.web.charts.season import cop_by_day, cop_by_outdoor, fleet, fleet_factor, months
from pumphouse.web.efficiency_model import Figure
from pumphouse.web.efficiency_pages import (
    CurvePage,
    CyclesPage,
    Day,
    HourOfDay,
    Means,
    Month,
    Parts,
    Season,
)
from pumphouse.web.pages.cycles import cycles_view
from pumphouse.web.pages.figure_view import FORMATS, figure_view
from pumphouse.web.pages.heating_curve import curve_view
from pumphouse.web.pages.periods import last_months, select
from pumphouse.web.pages.season_report import file_name, season_report
from pumphouse.web.pages.season_view import season_view
from pumphouse.web.text import texts

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NASTY = "<img src=http://evil.example/x>"
NO_FIGURES = dict.fromkeys(
    (
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
)
MORE = dict.fromkeys(
    (
        "cop_running",
        "cop_cooling",
        "longest_pause_h",
        "defrost_hours",
        "defrost_electricity_kwh",
        "defrost_heat_kwh",
        "hot_water_charges",
        "hot_water_reheat_min",
        "hot_water_heat_per_charge_kwh",
        "hot_water_tappings",
        "hot_water_boosts",
        "additional_heat_hours",
        "additional_heat_share_of_heat",
        "degree_days_kd",
        "heat_per_degree_day_kwh",
        "degree_minutes_drift_dm_per_h",
    )
)


def figure(value: float, error: float = 0.1, boundary: str | None = "H4") -> Figure:
    return Figure.model_validate(
        {"value": value, "error": error, "provenance": "device meter", "boundary": boundary}
    )


def season(**known: object) -> Season:
    given = {
        "source": "house",
        "device": "d/1",
        "from": NOW - timedelta(days=30),
        "to": NOW,
        "coverage": 0.3,
        "currency": None,
        "verdicts": [],
        "name": NASTY,
        "model": None,
        "more": MORE,
        "means": None,
        "causes": {},
        "days": [],
        "months": [],
        "hours": [],
        "house": None,
        "curve": None,
        **NO_FIGURES,
        **known,
    }
    return Season.model_validate(given)


def day(number: int, cop: float | None, outdoor: float | None = 1.0) -> Day:
    return Day(
        day=date(2026, 11, number),
        coverage=1.0,
        outdoor=outdoor,
        cop=None if cop is None else figure(cop),
        electricity_kwh=None,
        heat_kwh=None,
        cost=None,
        difference=None,
        heating_w=None,
    )


def priced_day(number: int, cost: float | None) -> Day:
    known = None if cost is None else figure(cost, 0.5)
    return day(number, None).model_copy(update={"cost": known})


def test_without_prices_there_is_no_word_of_money():
    view = season_view(season())
    assert (view.costs, view.cost_charts) == ([], [])


def test_costs_are_told_in_the_currency_of_the_prices():
    view = season_view(season(currency="SEK", cost=figure(512.4, 11.8), price_paid=figure(1.1, 0)))
    shown = {one.name: (one.value, one.unit) for one in view.costs}
    assert shown["cost"] == ("512.40", "SEK")
    assert shown["price_paid"] == ("1.100", "SEK/kWh")
    assert shown["cost_heating"] == (None, "SEK")


def test_a_day_without_a_cost_leaves_a_gap_between_its_neighbours():
    days = [priced_day(1, 30.0), priced_day(2, None), priced_day(3, 60.0)]
    plot = cost_by_day(days, "SEK")
    first, last = plot.bars
    assert last.x - first.x == pytest.approx(2 * (RIGHT - LEFT) / 3, abs=0.2)
    assert last.height == pytest.approx(2 * first.height, abs=0.3)
    assert first.hint == "2026-11-01: 30.00 ± 0.50 SEK"
    assert [row[1] for row in plot.table.rows][1] == texts()("figures.not_enough")


def test_hours_in_which_electricity_brought_money_hang_below_the_line():
    hours = [
        HourOfDay(hour=hour, electricity_kwh=1.0, cost=cost, price=cost)
        for hour, cost in enumerate((1.0, -0.5))
    ]
    above, below = cost_by_hour(hours, "EUR").bars
    assert above.y + above.height == pytest.approx(below.y, abs=0.2)
    assert below.height == pytest.approx(above.height / 2, abs=0.2)


@given(st.lists(st.floats(-1e6, 1e6)), st.booleans())
def test_an_axis_has_room_for_every_value_and_round_ticks_in_order(values, zero):
    axis = scale(values, BOTTOM, TOP, zero=zero)
    for value in values:
        assert TOP - 0.11 <= axis.at(value) <= BOTTOM + 0.11
    places = [place for place, _ in axis.ticks]
    assert 2 <= len(places) <= 12
    assert places == sorted(places, reverse=True)
    labels = [text for _, text in axis.ticks]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2.6, 3.9), ["2.5", "3.0", "3.5", "4.0"]),
        ((0.0, 1.2), ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        ((-300.0, 20.0), ["\u2212300", "\u2212200", "\u2212100", "0", "100"]),
    ],
)
def test_ticks_are_written_with_the_digits_they_need(values, expected):
    assert [text for _, text in scale(values, 0, 1).ticks] == expected


def test_minus_nothing_is_nothing():
    assert number(-0.04, 1) == "0.0"
    assert number(-0.06, 1) == "\u22120.1"


def test_a_figure_is_shown_with_all_that_it_says_of_itself():
    view = figure_view("electricity_kwh", figure(12.34, 0.56))
    assert (view.value, view.error, view.unit) == ("12.3", "0.6", "kWh")
    assert (view.provenance, view.boundary) == ("the pump's meter", "H4")


def test_a_figure_that_is_missing_has_no_number_at_all():
    view = figure_view("cop", None)
    assert (view.value, view.error, view.provenance, view.boundary) == (None, "", "", "")


@pytest.mark.parametrize("name", FORMATS)
def test_every_figure_has_a_name_for_people(name):
    assert f"figures.{name}" in texts()


def test_a_season_without_data_is_empty_and_has_no_charts():
    view = season_view(season())
    assert view.empty
    assert not view.charts
    assert (view.fleet, view.demand, view.curve) == (None, None, None)


def test_a_day_without_a_cop_leaves_a_gap_in_the_line():
    days = [day(1, 3.0), day(2, 3.1), day(3, None), day(4, 3.2), day(5, 3.3)]
    chart = cop_by_day(days)
    assert [len(line.corners) for line in chart.lines] == [2, 2]
    assert [row[1] for row in chart.table.rows][2] == "not enough data"


def test_a_day_is_a_dot_only_where_both_of_its_values_are_known():
    chart = cop_by_outdoor([day(1, 3.0), day(2, None), day(3, 3.1, None), day(4, 3.2, -5.0)])
    assert len(chart.dots) == 2
    assert chart.dots[0].x > chart.dots[1].x, "the colder day stands on the left"


def test_a_month_is_split_by_purpose_and_says_how_many_days_it_knows():
    month = Month(
        month="2026-10",
        days=31,
        known=29,
        electricity_kwh=figure(100),
        heat_kwh=figure(350),
        cop=figure(3.5),
        heat=Parts(heating=300, hot_water=49, additional=1),
        electricity=Parts(heating=80, hot_water=15, additional=1),
    )
    chart = months([month])
    kinds = [bar.kind.split()[0] for bar in chart.bars]
    assert kinds == ["heating", "hot_water", "additional", "standby", *kinds[:3]]
    heat = [bar for bar in chart.bars if "heat" in bar.kind.split()]
    assert heat[0].height == pytest.approx(6 * heat[1].height, rel=0.03)
    assert "29 of 31" in chart.table.rows[0]


@pytest.mark.parametrize(
    ("cop", "words"), [(5.0, "better"), (3.3, "where most are"), (1.5, "worse")]
)
def test_a_pump_is_placed_among_others_by_its_lift(cop, words):
    means = Means(
        flow=37.7, outdoor=3.4, lift=34.3, difference=5.9, carnot=0.5, carnot_of_brine=None
    )
    assert fleet_factor(34.3) == pytest.approx(3.267)
    view = season_view(season(cop=figure(cop), means=means.model_dump()))
    assert any(words in sentence for sentence in view.means)
    chart = fleet(means, cop, 0.1)
    assert chart is not None
    assert len(chart.dots) == 1


def test_the_report_takes_nothing_from_elsewhere_and_no_words_for_markup():
    html = season_report([season(), season()], site=NASTY, timezone="Europe/Stockholm", now=NOW)
    assert NASTY not in html
    assert "http" not in html.replace("&lt;img src=http://evil.example/x&gt;", "")
    assert "<script" not in html
    assert html.count("not enough data") >= 20


def test_the_name_of_the_report_is_one_for_every_system():
    assert file_name(season()) == "pumphouse-d-1-2026-10-23-2026-11-22.html"


@pytest.mark.parametrize(
    ("last", "month", "start", "end"),
    [
        ("30d", None, "2026-10-22T22:00", "2026-11-22T09:30"),
        (None, "2026-03", "2026-02-28T23:00", "2026-03-31T22:00"),
        (None, "2026-11", "2026-10-31T23:00", "2026-11-22T09:30"),
        (None, "2027-01", "2026-10-22T22:00", "2026-11-22T09:30"),
        ("gibberish", "gibberish", "2026-10-22T22:00", "2026-11-22T09:30"),
    ],
)
def test_a_period_begins_at_a_midnight_of_the_site_and_ends_now_at_the_latest(
    last, month, start, end
):
    interval = select(last, month, STOCKHOLM, NOW).interval
    assert f"{interval.start:%Y-%m-%dT%H:%M}" == start
    assert f"{interval.end:%Y-%m-%dT%H:%M}" == end


def test_two_years_of_months_can_be_chosen():
    months = last_months(STOCKHOLM, NOW)
    assert (months[0], months[-1], len(set(months))) == ("2026-11", "2024-12", 24)


COMPARED = dict.fromkeys(("best", "counted", "seen", "disagreement"))


def cycles(**known: object) -> CyclesPage:
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    given = {
        "source": "house",
        "device": "d1",
        "from": start,
        "to": start + timedelta(hours=23),
        "coverage": 1.0,
        "runs": [],
        "defrosts": [],
        "additional_heat": [],
        "starts": COMPARED,
        "run_hours": COMPARED,
        "run_hours_heating": COMPARED,
        "run_hours_hot_water": COMPARED,
        "short_runs": None,
        "longest_pause_h": None,
        "degree_minutes": {
            "reported": [],
            "counted": [],
            "compressor_start": -60,
            "additional_heat_start": -460,
            "compressor_stop": 0,
            "told": True,
            "drift": None,
            "bias": None,
        },
        "next_start": None,
        **known,
    }
    return CyclesPage.model_validate(given)


def test_a_counter_that_disagrees_with_the_readings_is_shown_beside_them():
    start = {
        "best": figure(21.4),
        "counted": figure(20.2),
        "seen": figure(21.4),
        "disagreement": -1.2,
    }
    page = cycles(run_hours=start)
    view = cycles_view(page, STOCKHOLM, page.to)
    hours = next(one for one in view.figures if one.name == "compressor_hours")
    assert hours.note == "the pump counted 20.2, the readings show 21.4"


def test_the_hours_of_a_short_day_follow_the_clock_of_the_site():
    page = cycles()
    strip = cycles_view(page, STOCKHOLM, page.to).strip
    labels = [text for _, text in strip.x_ticks]
    assert labels == ["00", "03", "06", "09", "12", "15", "18", "21", "24"]
    places = [place for place, _ in strip.x_ticks]
    assert places[1] - places[0] == pytest.approx((places[2] - places[1]) * 2 / 3, abs=0.2)


def test_a_short_run_is_marked_unless_the_day_cut_it():
    start = datetime(2026, 3, 29, 5, tzinfo=UTC)
    run = {
        "start": start,
        "end": start + timedelta(minutes=7),
        "start_seen": True,
        "end_seen": True,
        "mode": None,
        "phases": [],
        "flow": 35.0,
        "return": 30.0,
        "outdoor": None,
        "brine_in": None,
        "electricity_kwh": 0.5,
        "heat_kwh": 2.0,
    }
    page = cycles(runs=[run, {**run, "start_seen": False}])
    view = cycles_view(page, STOCKHOLM, page.to)
    assert [(row.short, row.open) for row in view.rows] == [(True, False), (False, True)]
    assert (view.rows[0].start, view.rows[0].cop, view.rows[0].mode) == ("07:00", "4.0", "Not told")
    assert [bar.kind for bar in view.strip.bars] == ["unknown", "unknown"]


def test_a_period_without_heating_has_no_curve():
    page = CurvePage.model_validate(
        {
            "source": "house",
            "device": "d1",
            "from": NOW,
            "to": NOW,
            "coverage": 0.0,
            "curve": None,
            "verdicts": [],
        }
    )
    assert curve_view(page).plot is None
