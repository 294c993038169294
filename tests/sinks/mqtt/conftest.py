"""Devices as the layouts of topics see them."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.ports import News
from pumphouse.sinks.mqtt.home_assistant import HomeAssistant
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView, views

from .recorded import NOW


@pytest.fixture
def tree() -> Tree:
    return Tree("pumphouse", 1)


@pytest.fixture
def home_assistant(tree: Tree) -> HomeAssistant:
    return HomeAssistant(tree, "homeassistant")


@pytest.fixture
def seen() -> Callable[..., Sequence[DeviceView]]:
    """The devices of some news, with names that the user chose."""

    def look(news: News, chosen: dict[str, str] | None = None) -> Sequence[DeviceView]:
        return views(
            news,
            load_catalogue(),
            now=NOW,
            stale_after=timedelta(hours=2),
            chosen=chosen or {},
        )

    return look
