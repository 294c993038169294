"""What alarms usually mean, in plain words, and what an owner can do first: ``alarms.toml``."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from pumphouse.core.model import Event, EventKind

__all__ = ["AlarmMeaning", "AlarmMeanings", "load_alarm_meanings"]

_FILE: Final = "alarms.toml"


@dataclass(frozen=True, slots=True)
class AlarmMeaning:
    """What an alarm usually means.

    Attributes:
        meaning: one or two sentences.
        steps: what to do first, in this order.
    """

    meaning: str
    steps: Sequence[str] = ()


class _Known(NamedTuple):
    """A vendor's alarm: its number, words of its title, or both."""

    number: str | None
    words: re.Pattern[str] | None
    meaning: AlarmMeaning

    def fits(self, event: Event) -> bool:
        number, title = event.detail.get("alarm_number"), event.title
        by_number = self.number is None or self.number == number
        return by_number and (self.words is None or bool(self.words.search(title)))


class AlarmMeanings:
    """Looks meanings up.

    Args:
        table: the content of the file.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._rules = {name: _meaning(one) for name, one in table.get("rule", {}).items()}
        self._kinds = {name: _meaning(one) for name, one in table.get("kind", {}).items()}
        self._vendors = [_known(one) for one in table.get("vendor", ())]

    @property
    def rules(self) -> Mapping[str, AlarmMeaning]:
        """What the alarms of our own rules mean, by rule."""
        return self._rules

    def of(self, event: Event) -> AlarmMeaning | None:
        """What `event` usually means; None where that is not known."""
        rule = event.detail.get("rule")
        if rule is not None:
            return self._rules.get(rule)
        if event.kind is not EventKind.ALARM:
            return self._kinds.get(event.kind.value)
        return next((one.meaning for one in self._vendors if one.fits(event)), None)


def _known(entry: Mapping[str, Any]) -> _Known:
    words = entry.get("words")
    number = entry.get("number")
    return _Known(
        None if number is None else str(number),
        None if words is None else re.compile(words, re.IGNORECASE),
        _meaning(entry),
    )


def _meaning(entry: Mapping[str, Any]) -> AlarmMeaning:
    return AlarmMeaning(str(entry["meaning"]), tuple(map(str, entry["steps"])))


@cache
def load_alarm_meanings() -> AlarmMeanings:
    """The meanings that come with the program; the file is read once."""
    text = files("pumphouse.catalogue").joinpath(_FILE).read_text("utf-8")
    return AlarmMeanings(tomllib.loads(text))
