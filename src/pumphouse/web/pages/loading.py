"""Pages whose figures take seconds: they are there at once, and the figures come when they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Device
from pumphouse.runtime.analyst import Period
from pumphouse.web.context import WebContext
from pumphouse.web.pages.rendering import is_fragment, render

__all__ = ["Loaded", "answer_page", "chosen_device", "load", "no_devices"]

#: a parameter that asks to wait for the figures: for those without scripts
_WAIT: Final = "now"

DocumentT = TypeVar("DocumentT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[DocumentT]):
    """What is known about a period so far.

    Attributes:
        document: the answer; None while it is not there yet, or where there is none.
        problem: why there is none, a sentence.
    """

    document: DocumentT | None = None
    problem: str | None = None

    @property
    def pending(self) -> bool:
        """Whether the answer has to be asked for."""
        return self.document is None and self.problem is None


async def load(
    request: Request, context: WebContext, what: str, period: Period, model: type[DocumentT]
) -> Loaded[DocumentT]:
    """The answer if it is known; waits for it where a script asks, or who has none."""
    try:
        if is_fragment(request) or _WAIT in request.query_params:
            return Loaded(model.model_validate(await context.figures.about(what, period)))
    except StoreError as error:
        return Loaded(problem=str(error))
    known = context.figures.known(what, period)
    return Loaded() if known is None else Loaded(model.model_validate(known))


def chosen_device(devices: Sequence[Device], wanted: str | None) -> Device:
    """The device called so, else the first."""
    return next((one for one in devices if one.id == wanted), devices[0])


def answer_page(request: Request, name: str, body: str, **values: object) -> HTMLResponse:
    """The page `name`, or only its body where a script asks; `here` is its address."""
    here = f"{request.url.path}?{urlencode([*_query(request)])}"
    template = body if is_fragment(request) else name
    return render(request, template, status=HTTPStatus.OK, body=body, here=here, **values)


def no_devices(request: Request, page: str) -> HTMLResponse:
    """What a page of figures shows before there is any pump."""
    return render(request, "efficiency/nothing.html", page=page)


def _query(request: Request) -> list[tuple[str, str]]:
    return [pair for pair in request.query_params.multi_items() if pair[0] != _WAIT]
