"""What the OpenAPI document says beside the models: parameters, refusals, prose."""

from typing import Annotated, Any, Final

from fastapi import Query

from pumphouse.core.ports import Aggregate
from pumphouse.web.problems import PROBLEM_TYPE

__all__ = [
    "DESCRIPTION",
    "TAGS",
    "TIME",
    "FromTime",
    "How",
    "OfDevice",
    "OfPoint",
    "Step",
    "ToTime",
    "refusals",
]

DESCRIPTION: Final = (
    "What the command line prints, over HTTP: the same JSON. Times are ISO 8601 in UTC, values are"
    " in canonical units. Where a password is set, send `Authorization: Bearer TOKEN` with a token"
    " that `pumphouse token add NAME` has made; what changes something needs one that was made with"
    " `--scope write`, always. Answers have an `ETag`; ask again with"
    " `If-None-Match` and get 304 where nothing has changed."
)
TAGS: Final[list[dict[str, Any]]] = [
    {"name": "house", "description": "What there is, and how it is now."},
    {"name": "change", "description": "Settings, and what was set."},
    {"name": "past", "description": "What was."},
    {"name": "live", "description": "What changes, as it changes."},
]

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_OFFSET = r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?"
_LENGTH = r"\d{1,12}(\.\d{1,6})?(s|min|m|h|d|w)"
_TIME = rf"^(now|today|yesterday|{_LENGTH}|{_DAY}(T{_CLOCK}{_OFFSET})?)$"
#: a pattern in the dialect that JSON Schema and Python share
TIME: Final = _TIME.replace(r"\d", "[0-9]")

_EXAMPLES_OF_TIMES: Final[dict[str, Any]] = {
    "ago": {"summary": "a length before now", "value": "7d"},
    "day": {"summary": "midnight in the site's zone", "value": "2026-01-31"},
    "instant": {"summary": "an instant", "value": "2026-01-31T12:00:00Z"},
}

OfDevice = Annotated[
    str | None,
    Query(description="Only this device: its id.", max_length=200, examples=["147463"]),
]
OfPoint = Annotated[
    str,
    Query(
        description="The vendor's id of a point, or a metric.",
        min_length=1,
        max_length=200,
        examples=["outdoor_temperature"],
    ),
]
FromTime = Annotated[
    str,
    Query(
        alias="from",
        description="Begin: a date, a time, `today`, or a length before now.",
        pattern=TIME,
        openapi_examples=_EXAMPLES_OF_TIMES,
    ),
]
ToTime = Annotated[
    str,
    Query(
        description="End, written as `from`; what happens at this very instant is left out.",
        pattern=TIME,
        openapi_examples=_EXAMPLES_OF_TIMES,
    ),
]
Step = Annotated[
    str | None,
    Query(
        description="Sum up in stretches of this length: `15min`, `1h`, `1d` …; single readings"
        " without it. Whole days begin at midnight in the site's zone.",
        pattern=rf"^{_LENGTH}$".replace(r"\d", "[0-9]"),
        examples=["1h"],
    ),
]
How = Annotated[
    Aggregate,
    Query(description="With `step`: how a stretch becomes one value.", examples=["mean"]),
]

_MEANINGS: Final = {
    304: "Nothing has changed since the `ETag` that you have sent in `If-None-Match`.",
    400: "The body is no JSON.",
    401: "A login or an API token is needed.",
    403: "This is not allowed.",
    404: "There is nothing like this.",
    413: "The request is too large.",
    421: "Pumphouse is not known by this host name.",
    422: "A parameter cannot be understood.",
    503: "The store cannot be read, or too many streams are open.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route may refuse: the statuses that any may answer, and `statuses`."""
    return {
        status: {"description": meaning}
        if status == 304  # noqa: PLR2004  (has no body)
        else {
            "description": meaning,
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, meaning in _MEANINGS.items()
        if status in {401, 403, 413, 421, 503, *statuses}
    }
