"""Where a value stands in a JSON document: `ENERGY.Power`, `temps[0]`, `["a.b"].c`."""

import json
import re
from collections.abc import Sequence
from typing import Final, TypeAlias

__all__ = ["MISSING", "Path", "found", "parse_path"]

#: the names of members and the places in lists, from the outside in
Path: TypeAlias = tuple[str | int, ...]


class _Missing:
    """Nothing stands there; another thing than a null."""


MISSING: Final = _Missing()

_NAME: Final = r"""(?P<name>[^.\[\]"]+)"""
_BRACKETS: Final = r"""\[(?P<place>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]"""
_FIRST: Final = re.compile(rf"{_NAME}|{_BRACKETS}")
_NEXT: Final = re.compile(rf"\.{_NAME}|{_BRACKETS}")


def parse_path(text: str) -> Path:
    """The steps of a path.

    Raises:
        ValueError: it is none.
    """
    steps: list[str | int] = []
    step = _FIRST.match(text)
    end = 0
    while step is not None:
        steps.append(_step(step))
        end = step.end()
        step = _NEXT.match(text, end)
    if not steps or end < len(text):
        raise ValueError(
            f'"{text}" is no path; write names with dots between, such as ENERGY.Power, places in'
            ' lists as temps[0] and names with dots in them as ["a.b"]'
        )
    return tuple(steps)


def _step(step: re.Match[str]) -> str | int:
    if step["place"] is not None:
        return int(step["place"])
    if step["quoted"] is not None:
        return str(json.loads(step["quoted"]))
    return str(step["name"])


def found(document: object, path: Sequence[str | int]) -> object:
    """What stands in `document` at `path`; `MISSING` where nothing does."""
    for step in path:
        match document, step:
            case dict(), str() if step in document:
                document = document[step]
            case list(), int() if step < len(document):
                document = document[step]
            case _:
                return MISSING
    return document
