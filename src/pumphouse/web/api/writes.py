"""Setting a point, and the log of what was set."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr
from starlette.responses import Response

from pumphouse.control import WriteRequest
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Point
from pumphouse.core.ports import Outcome, Store
from pumphouse.runtime.control_documents import logged_document, result_document
from pumphouse.web.access.gate import visitor_of
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.models import LoggedWrite, WriteResult
from pumphouse.web.api.openapi import OfDevice, refusals
from pumphouse.web.api.series import one_point
from pumphouse.web.context import Context
from pumphouse.web.problems import PROBLEM_TYPE

__all__ = ["Wish", "router"]

router = APIRouter(prefix="/api")

_JSON: Final = "application/json"
_PARTS: Final = 3

PointAddress = Annotated[
    str,
    Path(
        description="Which point: `source/device/point` as /api/points lists them, or the vendor's"
        " id or a metric alone where no other device has it. A metric may stand for the id.",
        min_length=1,
        max_length=600,
        examples=["house/147463/47011"],
    ),
]


class Wish(BaseModel):
    """What a point shall be set to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": 21.5}]})

    value: StrictBool | Annotated[float, Field(strict=True, allow_inf_nan=False)] | StrictStr = (
        Field(
            description="A number in the unit of the point; the label of an enumeration; true or"
            " false, `ON` or `OFF` for a switch; or a number with its unit, as a text.",
            examples=[21.5],
        )
    )
    dry_run: StrictBool = Field(
        default=False, description="Only say what would be done; nothing is sent."
    )


def _refusals() -> dict[int | str, dict[str, Any]]:
    """How a change may be refused: by what was asked, or by the rules and the vendor."""
    made = refusals(400, 404, 422)
    made[422] = {
        "description": "The value was refused, by Pumphouse or by the vendor (the outcome `refused`"
        " and why), or it cannot be understood (a problem).",
        "content": {
            _JSON: {"schema": {"$ref": "#/components/schemas/WriteResult"}},
            PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }
    return made


@router.put(
    "/points/{id:path}",
    name="set_point",
    tags=["change"],
    summary="Set a point",
    response_model=WriteResult,
    responses=_refusals(),
)
@router.post(
    "/points/{id:path}",
    name="set_point_by_post",
    tags=["change"],
    summary="Set a point",
    response_model=WriteResult,
    responses=_refusals(),
)
async def set_point(
    request: Request,
    context: Context,
    id: PointAddress,  # noqa: A002  (the name in the address)
    wish: Wish,
    device: OfDevice = None,
) -> Response:
    """`pumphouse set --json`: the value is checked, sent once, and read back.

    That takes up to a minute. It needs a token that may write, and a source with `write = true`.
    Status 200 says that it was sent, or tried out; what became of it stands in `outcome`.
    """
    control = context.installation.control
    point = await _addressed(context.installation.store, id, device)
    try:
        value = control.parse(point, _as_text(wish.value))
    except UsageError as problem:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem)) from None
    result = await control.write(
        WriteRequest(point.key, value, visitor_of(request).name, dry_run=wish.dry_run)
    )
    refused = result.outcome is Outcome.REFUSED
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return Response(encoded(result_document(result)), status, media_type=_JSON)


@router.get(
    "/writes",
    tags=["change"],
    summary="The log of what was set",
    response_model=list[LoggedWrite],
    responses=refusals(304, 422),
)
async def writes(
    request: Request,
    context: Context,
    limit: Annotated[
        int, Query(description="How many at most.", ge=1, le=1000, examples=[100])
    ] = 100,
) -> Response:
    """`pumphouse writes --json`: newest first, also what is under way."""
    found = await context.installation.control.writes(limit=limit)
    return answer(request, encoded([logged_document(one) for one in found]))


async def _addressed(store: Store, address: str, device: str | None) -> Point:
    """The point at `address`.

    Raises:
        HTTPException: 404, because there is none, or because several devices have one.
    """
    parts = address.split("/", _PARTS - 1)
    if len(parts) == _PARTS:
        source, of, name = parts
        for point in await store.find_points(name, of):
            if point.key.source == source:
                return point
    return await one_point(store, address, device)


def _as_text(value: float | str | bool) -> str:
    match value:
        case bool():
            return "ON" if value else "OFF"
        case float():
            return f"{value:.12f}".rstrip("0").rstrip(".")
        case _:
            return value
