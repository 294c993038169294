"""Topics with wildcards, and what the levels of a topic are called."""

import re
from typing import Final

__all__ = ["check_filter", "check_template", "filled", "has_wildcards", "matches"]

_LEVEL: Final = re.compile(r"\{(\d+)\}")


def has_wildcards(topic_filter: str) -> bool:
    """Whether it stands for more than one topic."""
    return "+" in topic_filter or "#" in topic_filter


def check_filter(text: str) -> str:
    """`text` itself, if it is a topic, with or without wildcards.

    Raises:
        ValueError: it is none.
    """
    levels = text.split("/")
    wild = [level for level in levels if has_wildcards(level)]
    if not text or "\x00" in text or any(level not in ("+", "#") for level in wild):
        raise ValueError(f'"{text}" is no topic; + and # stand alone between two /')
    if "#" in levels[:-1]:
        raise ValueError(f'"{text}" is no topic; # can only be its last level')
    return text


def matches(topic_filter: str, topic: str) -> bool:
    """Whether `topic` is one of those that `topic_filter` stands for."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and has_wildcards(wanted[0]):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)


def check_template(template: str, topic_filter: str) -> None:
    """See that every `{n}` of `template` is a level of `topic_filter`.

    Raises:
        ValueError: one is not.
    """
    levels = topic_filter.split("/")
    for number in map(int, _LEVEL.findall(template)):
        if not 1 <= number <= len(levels) or levels[number - 1] == "#":
            raise ValueError(f"{{{number}}} is no level of {topic_filter}; the first one is {{1}}")


def filled(template: str, topic: str) -> str:
    """`template` with each `{n}` replaced by the n-th level of `topic`."""
    levels = topic.split("/")
    return _LEVEL.sub(lambda found: levels[int(found[1]) - 1], template)
