"""What the OpenAPI document promises is true, asked in two thousand ways.

schemathesis makes the questions from the document, right ones and wrong ones, and compares each
answer with it: status, content type, headers, schema.
"""

import asyncio
import threading
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from pumphouse.core.ports import SystemClock
from pumphouse.runtime import documents
from pumphouse.web.api import models
from pumphouse.web.api.reference import DOCUMENT, openapi_document, render_http, written

from .rig import DEVICE, OUTDOOR, running

CASES = 2000
STREAM = "/api/stream"
#: starts a process for each answer; as many questions as take a few seconds
SLOW = "/api/efficiency"
SLOW_CASES = 5


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """An app that answers in a thread of its own."""
    up, stop = threading.Event(), threading.Event()
    told: list[str] = []
    folder = tmp_path_factory.mktemp("house")

    async def serve() -> None:
        async with running(folder, SystemClock()) as house:
            told.append(house.address)
            up.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert up.wait(120)
    yield told[0]
    stop.set()
    thread.join()


@pytest.fixture(scope="module")
def document(address):
    return schemathesis.openapi.from_url(f"{address}/api/openapi.json")


def questions(document):
    """Operation, right or wrong questions, and how many; some have nothing that could be wrong."""
    found = [one.ok() for one in document.get_all_operations() if one.ok().path != STREAM]
    several = [one for one in found if list(one.iter_parameters())]
    for one in found:
        if one not in several:
            yield one, GenerationMode.POSITIVE, 1
    for one in [one for one in several if one.path == SLOW]:
        several.remove(one)
        for mode in GenerationMode:
            yield one, mode, SLOW_CASES
    for one in several:
        for mode in GenerationMode:
            yield one, mode, -(-CASES // (2 * len(several)))


def test_two_thousand_questions_are_answered_as_promised(document):
    asked: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    for operation, mode, count in questions(document):

        @seed(7)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            response = case.call(timeout=120)
            # in an address all are texts, and one is as good as a list of one: neither
            # `point=false` nor `point=0.0` is a mistake
            points = (case.query or {}).get("point", [])
            texts = isinstance(points, list) and all(isinstance(one, str) for one in points)
            excluded = [] if texts or "/chart" not in case.path else [negative_data_rejection]
            case.validate_response(response, excluded_checks=excluded)
            asked[case.operation.path] += 1
            statuses[response.status_code] += 1

        ask()
    assert asked.total() >= CASES, asked
    assert {200, 404, 422} <= set(statuses), statuses


def test_the_stream_keeps_its_promise(document):
    case = document[STREAM]["GET"].Case()
    response = case.call(timeout=5)
    assert response.status_code == 200
    case.validate_response(response)


def test_every_answer_has_examples_units_and_refusals(document):
    raw = document.raw_schema
    assert raw["components"]["schemas"]["Problem"]["examples"]
    for path, methods in raw["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert {"401", "403", "421"} <= set(operation["responses"]), path
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], path
                assert parameter.get("examples") or parameter["schema"].get("examples"), path


SHAPES = {
    models.Device: documents.device_document(DEVICE),
    models.Point: documents.point_document(OUTDOOR),
    models.Latest: dict.fromkeys(documents.LATEST_FIELDS),
}


@pytest.mark.parametrize(("model", "shape"), SHAPES.items())
def test_the_models_have_the_fields_of_the_command_line(model, shape):
    assert set(model.model_fields) == set(shape)


def test_the_document_in_the_package_is_fresh():
    assert DOCUMENT.read_text(encoding="utf-8") == written(openapi_document())


def test_the_reference_page_is_fresh(document):
    page = Path(__file__).parents[2] / "docs/reference/http.md"
    assert page.read_text(encoding="utf-8") == render_http(document.raw_schema)
