"""The pages over a real socket."""

import asyncio
import urllib.error
import urllib.request
from email.message import Message

import pytest

from pumphouse.core.errors import ConfigurationError, StoreReadOnly
from pumphouse.sinks.prometheus import HouseFigures, serving


def fetch(address: str) -> tuple[int, Message, str]:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read().decode()


async def test_metrics_are_served(exposition, news):
    await exposition.publish(news())

    async def figures() -> HouseFigures:
        return HouseFigures("1.2")

    async with serving(exposition, "127.0.0.1", 0, figures=figures) as address:
        code, headers, text = await asyncio.to_thread(fetch, f"{address}/metrics")
    assert code == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'pumphouse_build_info{version="1.2"} 1.0' in text
    assert "heatpump_outdoor_temperature_celsius" in text
    assert "process_resident_memory_bytes" in text


async def test_metrics_are_served_while_the_store_fails(exposition, news):
    await exposition.publish(news())

    async def figures() -> HouseFigures:
        raise StoreReadOnly("the folder cannot be written")

    async with serving(exposition, "127.0.0.1", 0, figures=figures) as address:
        code, _, text = await asyncio.to_thread(fetch, f"{address}/metrics")
    assert code == 200
    assert "heatpump_outdoor_temperature_celsius" in text


async def test_alive_is_not_the_same_as_ready(exposition):
    async def ready() -> bool:
        raise StoreReadOnly("the folder cannot be written")

    async with serving(exposition, "127.0.0.1", 0, ready=ready) as address:
        assert (await asyncio.to_thread(fetch, f"{address}/healthz"))[0] == 200
        assert (await asyncio.to_thread(fetch, f"{address}/readyz"))[0] == 503


async def test_ready_when_the_store_is(exposition):
    async with serving(exposition, "127.0.0.1", 0) as address:
        assert (await asyncio.to_thread(fetch, f"{address}/readyz"))[0] == 200
        assert (await asyncio.to_thread(fetch, f"{address}/other"))[0] == 404


async def test_an_address_in_use_is_a_problem_of_the_configuration(exposition):
    async with serving(exposition, "127.0.0.1", 0) as address:
        port = int(address.rsplit(":", 1)[1])
        with pytest.raises(ConfigurationError, match=f"web: 127.0.0.1:{port} cannot"):
            async with serving(exposition, "127.0.0.1", port):
                pass
