"""A vendor's JSON becomes typed values, once; one bad item of a list costs that item only."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

from pumphouse.core.errors import BadResponse

__all__ = ["Report", "Tolerant", "Wire", "parse"]

Report = Callable[[str], None]
"""Takes one sentence about something that could not be understood."""

T = TypeVar("T")

_CONTAINERS: Final[dict[type, str]] = {list: "a list", dict: "an object"}
#: what pydantic adds to the place of a mistake where several types are allowed
_BRANCHES: Final = frozenset({"bool", "float", "int", "str"})


class Wire(BaseModel):
    """One object of a vendor's JSON: camelCase there, unknown members are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


def _what_is_wrong(problem: ValidationError) -> str:
    """The first mistake in words, without the value: it may be private."""
    first = problem.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part != 0 and part not in _BRANCHES)
    container = _CONTAINERS.get(type(first["input"]))
    if where and container is not None and first["type"] != "missing":
        return f"{where} is {container}"
    return f"{where}: {first['msg']}" if where else first["msg"]


def _name_of(item: object, index: int) -> str:
    """How a list item is called in a problem: by its id where it has one, else by its place."""
    if isinstance(item, dict):
        for key in ("parameterId", "categoryId"):
            if isinstance(item.get(key), str | int):
                return f"{key} {str(item[key])[:40]}"
    return f"item {index + 1}"


def _keep_the_good(
    value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> object:
    try:
        return handler(value)
    except ValidationError:
        if not isinstance(value, list):
            raise
    report = info.context
    good: list[object] = []
    for index, item in enumerate(value):
        try:
            good.extend(handler([item]))
        except ValidationError as problem:
            if report is not None:
                report(f"{_name_of(item, index)} is not understood: {_what_is_wrong(problem)}")
    return good


Tolerant = Annotated[list[T], WrapValidator(_keep_the_good)]
"""A list whose bad items are reported and left out. The good case costs nothing extra."""


def parse(adapter: TypeAdapter[T], body: object, what: str, report: Report | None = None) -> T:
    """Turn a parsed JSON `body` into the type of `adapter`.

    Args:
        adapter: the type that the vendor documents.
        body: what came.
        what: how to call it in messages, for example "the systems of NIBE Uplink".
        report: is told each list item that had to be left out.

    Raises:
        BadResponse: the whole is not what the vendor documents.
    """

    def tell(sentence: str) -> None:
        if report is not None:
            report(f"{what}: {sentence}")

    try:
        return adapter.validate_python(body, context=tell)
    except ValidationError as problem:
        raise BadResponse(
            f"{what} did not come as the vendor documents ({_what_is_wrong(problem)}). "
            "The next read tries again."
        ) from None
