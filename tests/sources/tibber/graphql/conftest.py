"""A part that asks a scripted cloud instead of the simulated one."""

import pytest

from pumphouse.http.limits import TokenBucket
from pumphouse.http.messages import PersonalToken
from pumphouse.http.session import ApiClient
from pumphouse.sources.tibber.graphql import GraphqlPart
from pumphouse.sources.tibber.graphql.api import explain
from pumphouse.sources.tibber.settings import TibberSettings


@pytest.fixture
async def part_for(host, clock):
    clients = []

    def part(cloud, **changes):
        settings = TibberSettings.model_validate(
            {"access_token": "personal", "base_url": cloud.url} | changes
        )
        client = ApiClient(
            cloud.url,
            host=host,
            registration=PersonalToken("tibber", "Tibber", "personal"),
            limiter=TokenBucket(10, 1000, clock),
            explain=explain,
        )
        clients.append(client)
        return GraphqlPart("tibber", settings, client, host)

    yield part
    for client in clients:
        await client.__aexit__(None, None, None)
