"""A reader of line protocol, letter by letter, that shares nothing with the writer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parsed:
    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, float], ...]
    stamp: int


def parse(body: bytes) -> list[Parsed]:
    return [parse_line(line) for line in body.decode().split("\n")]


def parse_line(line: str) -> Parsed:
    head, fields, stamp = _split(line, " ")
    measurement, *tags = _split(head, ",")
    return Parsed(
        _unescaped(measurement),
        tuple((_unescaped(k), _unescaped(v)) for k, v in (_split(tag, "=") for tag in tags)),
        tuple(
            (_unescaped(k), _number(v)) for k, v in (_split(f, "=") for f in _split(fields, ","))
        ),
        int(stamp),
    )


def _number(text: str) -> float:
    assert set(text) <= set("+-.0123456789e"), text
    return float(text)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that no backslash stands before."""
    parts, part, escaped = [], "", False
    for letter in text:
        if letter == separator and not escaped:
            parts.append(part)
            part = ""
        else:
            part += letter
        escaped = letter == "\\" and not escaped
    return [*parts, part]


def _unescaped(text: str) -> str:
    plain, letters = "", iter(text)
    for letter in letters:
        plain += next(letters) if letter == "\\" else letter
    assert plain
    return plain
