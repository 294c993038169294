"""GraphQL, as other people's clients ask: queries with variables, fragments and pages."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.tibber.graphql.language import Document, GraphqlProblem, parse

#: the shape of the queries of a widely used library: everything in one, no variables
EVERYTHING = """
{
  viewer {
    homes {
      id
      appNickname
      features { realTimeConsumptionEnabled }
      currentSubscription {
        status
        priceInfo(resolution: QUARTER_HOURLY) {
          current { energy tax total startsAt level }
          today { total startsAt level }
          tomorrow { total startsAt level }
        }
      }
      address { address1 city country latitude }
      meteringPointData { gridCompany priceAreaCode }
      owner { name }
      timeZone
      type
      mainFuseSize
    }
  }
}
"""
PRICES = """
query ($home: ID!, $first: Int!, $after: String) {
  viewer { home(id: $home) { currentSubscription {
    priceInfoRange(resolution: QUARTER_HOURLY, first: $first, after: $after) {
      pageInfo { endCursor hasNextPage hasPreviousPage count }
      nodes { startsAt total energy tax level currency }
    } } } }
}
"""
CONSUMPTION = """
query($home: ID!) { viewer { home(id: $home) {
  consumption(resolution: HOURLY, last: 2000) {
    pageInfo { count totalCost totalConsumption currency }
    nodes { from to cost unitPrice unitPriceVAT consumption consumptionUnit }
  }
  production(resolution: HOURLY, last: 10) { nodes { from production profit } }
} } }
"""


@pytest.fixture
async def home(tibber):
    return (await tibber.gql("{viewer{homes{id}}}")).json["data"]["viewer"]["homes"][0]["id"]


class TestViewer:
    async def test_one_query_brings_what_is_asked_for_and_no_more(self, tibber):
        homes = (await tibber.gql(EVERYTHING)).json["data"]["viewer"]["homes"]
        house, cabin = homes
        assert house["features"] == {"realTimeConsumptionEnabled": True}
        assert house["timeZone"] == "Europe/Stockholm"
        assert len(house["currentSubscription"]["priceInfo"]["today"]) == 96
        assert isinstance(house["address"]["latitude"], str)
        assert cabin["currentSubscription"] is None, "without a contract there are no prices"
        assert cabin["meteringPointData"] is None
        assert cabin["mainFuseSize"] is None

    async def test_the_homes_are_those_of_the_data_api(self, tibber, home):
        await tibber.log_in()
        assert (await tibber.homes())[0] == home

    async def test_the_socket_has_an_address_of_its_own(self, tibber):
        told = (await tibber.gql("{viewer{websocketSubscriptionUrl}}")).json["data"]["viewer"]
        assert told["websocketSubscriptionUrl"].startswith("ws://127.0.0.1:")

    async def test_aliases_fragments_and_directives_are_understood(self, tibber):
        query = """
        query Q($no: Boolean = false) {
          me: viewer { ...who  ... on Viewer { userId @include(if: $no) } __typename }
        }
        fragment who on Viewer { called: name, login @skip(if: true) }
        """
        assert (await tibber.gql(query)).json["data"] == {
            "me": {"called": "Owner of the house", "__typename": "Viewer"}
        }


class TestPrices:
    async def test_tomorrow_is_published_at_one(self, tibber, clock):
        query = """{viewer{homes{currentSubscription{
            priceInfo(resolution: QUARTER_HOURLY){tomorrow{startsAt}}}}}}"""

        async def tomorrow():
            home = (await tibber.gql(query)).json["data"]["viewer"]["homes"][0]
            return home["currentSubscription"]["priceInfo"]["tomorrow"]

        assert await tomorrow() == [], "it is noon"
        clock.move(hours=1)
        told = await tomorrow()
        assert len(told) == 96
        assert told[0]["startsAt"] == "2026-04-01T00:00:00.000+02:00"

    async def test_hours_are_the_default_and_the_means_of_their_quarters(self, tibber):
        query = """{viewer{homes{currentSubscription{
            hours: priceInfo{today{total startsAt} current{startsAt}}
            quarters: priceInfo(resolution: QUARTER_HOURLY){today{total} current{startsAt}}}}}}"""
        home = (await tibber.gql(query)).json["data"]["viewer"]["homes"][0]
        told = home["currentSubscription"]
        hours, quarters = told["hours"]["today"], told["quarters"]["today"]
        assert (len(hours), len(quarters)) == (24, 96)
        mean = sum(one["total"] for one in quarters[28:32]) / 4
        assert hours[7]["total"] == pytest.approx(mean, abs=1e-3)
        assert told["quarters"]["current"]["startsAt"].startswith("2026-03-31T12:00")

    @pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2025-10-26", 100)])
    async def test_days_on_which_the_clocks_change_have_other_lengths(
        self, tibber, home, day, count
    ):
        before = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=6)
        import base64  # noqa: PLC0415  (a cursor is nothing else)

        cursor = base64.b64encode(before.isoformat().encode()).decode()
        told = (await tibber.gql(PRICES, home=home, first=200, after=cursor)).json
        nodes = told["data"]["viewer"]["home"]["currentSubscription"]["priceInfoRange"]["nodes"]
        assert sum(one["startsAt"].startswith(day) for one in nodes) == count
        assert all(
            one["total"] == pytest.approx(one["energy"] + one["tax"], abs=2e-4) for one in nodes
        )

    async def test_a_page_is_silently_capped_and_the_next_one_follows(self, tibber, home):
        async def page(after=None):
            told = (await tibber.gql(PRICES, home=home, first=5000, after=after)).json
            return told["data"]["viewer"]["home"]["currentSubscription"]["priceInfoRange"]

        one = await page()
        two = await page(one["pageInfo"]["endCursor"])
        assert one["pageInfo"]["count"] == len(one["nodes"]) == 672
        assert one["pageInfo"]["hasNextPage"]
        last = datetime.fromisoformat(one["nodes"][-1]["startsAt"])
        assert datetime.fromisoformat(two["nodes"][0]["startsAt"]) - last == timedelta(minutes=15)

    async def test_levels_compare_with_the_days_before(self, tibber, home):
        told = (await tibber.gql(EVERYTHING)).json["data"]["viewer"]["homes"][0]
        levels = {one["level"] for one in told["currentSubscription"]["priceInfo"]["today"]}
        assert len(levels) > 1
        assert levels <= {"VERY_CHEAP", "CHEAP", "NORMAL", "EXPENSIVE", "VERY_EXPENSIVE"}


class TestConsumption:
    async def test_it_is_capped_and_late(self, tibber, home, clock):
        clock.move(days=40)
        told = (await tibber.gql(CONSUMPTION, home=home)).json["data"]["viewer"]["home"]
        nodes = told["consumption"]["nodes"]
        assert len(nodes) == 744
        late = [node for node in nodes if node["consumption"] is None]
        assert late == nodes[-3:] or late == nodes[-2:]
        assert all(node["cost"] is None for node in late)
        assert told["production"]["nodes"] == []

    async def test_cost_is_that_of_each_quarter(self, tibber, home, clock):
        clock.move(days=2)
        told = (await tibber.gql(CONSUMPTION, home=home)).json["data"]["viewer"]["home"]
        known = [node for node in told["consumption"]["nodes"] if node["cost"] is not None]
        for node in known:
            assert node["cost"] == pytest.approx(node["unitPrice"] * node["consumption"], rel=0.2)
        info = told["consumption"]["pageInfo"]
        assert info["totalConsumption"] == pytest.approx(sum(one["consumption"] for one in known))


class TestRefusals:
    @pytest.mark.parametrize("token", ["", "nonsense"])
    async def test_a_bad_token_is_told_with_status_200(self, tibber, token):
        reply = await tibber.gql("{viewer{name}}", token)
        assert reply.status == 200
        assert reply.json["data"] is None
        assert reply.json["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    async def test_an_expired_token_of_the_data_api_says_so(self, tibber, clock):
        await tibber.log_in()
        assert (await tibber.gql("{viewer{name}}", tibber.token)).json["data"]
        clock.move(hours=1)
        reply = await tibber.gql("{viewer{name}}", tibber.token)
        assert reply.json["errors"][0]["message"] == '"exp" claim timestamp check failed'

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "{viewer}",
            "{viewer{nothing}}",
            "{viewer{name{first}}}",
            "{viewer{homes{currentSubscription{priceInfo(resolution: DAILY){current{total}}}}}}",
            "{viewer{name}",
            "subscription{liveMeasurement{power}}",
            "{viewer{...nobody}}",
            "query A{viewer{name}} query B{viewer{name}}",
        ],
    )
    async def test_a_query_without_sense_is_not_valid(self, tibber, query):
        reply = await tibber.gql(query)
        assert reply.status == 400
        assert reply.json["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"

    async def test_an_unknown_home_is_not_found(self, tibber):
        reply = await tibber.gql('{viewer{home(id: "nowhere"){id}}}')
        assert reply.status == 200
        assert reply.json["errors"][0]["extensions"]["code"] == "HOME_NOT_FOUND"

    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [
            ("unauthorized", 200, "UNAUTHENTICATED"),
            ("server_error", 500, "INTERNAL_SERVER_ERROR"),
        ],
    )
    async def test_faults_are_worded_in_its_own_way(self, tibber, simulator, kind, status, code):
        simulator.faults.add("tibber", kind)
        reply = await tibber.gql("{viewer{name}}")
        assert reply.status == status
        assert reply.json["errors"][0]["extensions"]["code"] == code


@given(st.text(alphabet="{}()[]:$!@.,#\"' \nabcon1-\\=", max_size=60))
def test_whatever_is_sent_is_a_document_or_a_problem(text):
    with suppress(GraphqlProblem):
        assert isinstance(parse(text), Document)
