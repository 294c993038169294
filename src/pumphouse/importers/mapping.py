"""Rules that say what the series of a foreign database are: a small TOML file, or one built in.

A rule matches the measurement, the field and the tags of a series. `{word}` in it stands for
whatever is written there, and can be used again where the rule says whose readings they are::

    [[rule]]
    measurement = "mqtt"
    tags = { topic = "myuplink/{system}/{point}/value" }
    field = "value"
    device = "{system}"
    point = "{point}"
    vendor = "myuplink"

The first rule that matches counts.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Point
from pumphouse.core.units import Unit
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Conversion, Found, SeriesName

__all__ = ["BUILT_IN", "VALUE", "Mapped", "Rule", "map_series", "read_mapping", "to_toml", "told"]

#: the field that is the reading where a row has several
VALUE: Final = "value"
_ANY_FIELD: Final = "{any}"

_WORD: Final = re.compile(r"\{([a-z_]+)\}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_VENDORS: Final = ("nibe_uplink", "myuplink")
#: what TOML writes without quotes: a number and a yes or no
_BARE: Final = ("factor", "skip")


class Rule(BaseModel):
    """What one kind of series is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measurement: str = Field(default="{any}", description="The measurement, or Prometheus' name.")
    tags: Mapping[str, str] = Field(default={}, description="Tags or labels that it must have.")
    field: str = Field(default=_ANY_FIELD, description="The field; Prometheus has none.")
    device: str | None = Field(default=None, description="Id or name of the device.")
    source: str | None = Field(default=None, description="The source of the device.")
    point: str = Field(default="{series}", min_length=1, description="The native id of the point.")
    vendor: str = Field(default="", description=f"Whose ids they are: {' or '.join(_VENDORS)}.")
    metric: str | None = Field(default=None, description="What it means.")
    name: str = Field(default="", description="What to call it.")
    unit: str | None = Field(
        default=None, description="In which unit the values are; the metric's own without it."
    )
    factor: float = Field(
        default=1.0, allow_inf_nan=False, description="Multiplies the values, before the unit."
    )
    skip: bool = Field(default=False, description="Whether such series are left out.")

    @field_validator("measurement", "field", "tags")
    @classmethod
    def _patterns(cls, given: object) -> object:
        for text in given.values() if isinstance(given, Mapping) else [given]:
            repeated = [word for word in _WORD.findall(str(text)) if word != "any"]
            if len(set(repeated)) < len(repeated):
                raise ValueError(f'a word stands twice in "{text}"')
        return given

    def words(self, series: SeriesName) -> Mapping[str, str] | None:
        """What the words of this rule stand for in `series`; None where it does not match."""
        words: dict[str, str] = {}
        pairs = [(self.measurement, series.measurement), (self.field, series.field)]
        pairs += [(pattern, series.tags.get(tag, "")) for tag, pattern in self.tags.items()]
        for pattern, text in pairs:
            match = _pattern(pattern).fullmatch(text)
            if match is None or any(words.get(w, v) != v for w, v in match.groupdict().items()):
                return None
            words |= match.groupdict()
        return words


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """The expression of a text with words: all of it, or one level of a topic."""
    parts = _WORD.split(text)
    fixed, words = parts[::2], parts[1::2]
    expression = re.escape(fixed[0])
    some = ".+" if fixed == ["", ""] else "[^/]+"
    for word, behind in zip(words, fixed[1:], strict=True):
        group = ".*" if word == "any" else f"(?P<{word}>{some})"
        expression += group + re.escape(behind)
    return re.compile(expression, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where the readings of a series go.

    Attributes:
        unit: in which its values are, once multiplied by the factor of the rule.
        rule: the one that says so.
    """

    device: Device
    point: Point
    unit: Unit
    rule: Rule

    def value(self, raw: float) -> float:
        """A value in the point's own unit."""
        if self.rule.factor != 1.0:
            raw = float(f"{raw * self.rule.factor:.12g}")  # as all conversions are rounded
        return self.unit.to_canonical(raw)


def map_series(
    series: SeriesName,
    rules: Iterable[Rule],
    destination: Destination,
    unit: str = "",
    *,
    beside_value: bool = False,
) -> Mapped | None:
    """Where `series` goes by the first rule that matches; None where that one leaves it out.

    What no rule matches goes under its own name, so that nothing is lost unseen.

    Args:
        unit: in which the values are, where the place itself says so.
        beside_value: whether its row has a field `value` too. A rule for any field means that one;
            this one would take its place, so it keeps its own name, on the same device.
    """
    for fitting in (*rules, _ANYTHING):
        found = fitting.words(series)
        if found is None:
            continue
        if fitting.skip:
            return None
        rule = fitting
        if beside_value and fitting.field == _ANY_FIELD:
            rule = Rule(device=fitting.device, source=fitting.source)
        words = {"series": str(series), **found}
        device = destination.device(_filled(rule.device, words), _filled(rule.source, words))
        native_id = _filled(rule.point, words) or ""
        metric = _filled(rule.metric, words)
        unit = rule.unit or unit
        point = destination.point(
            device,
            native_id,
            vendor=rule.vendor,
            title=_filled(rule.name, words) or "",
            metric=metric,
            unit=unit,
        )
        known = bool(rule.vendor or unit)
        wire = (
            destination.wire_unit(native_id, vendor=rule.vendor, unit=unit) if known else point.unit
        )
        return Mapped(device, point, wire, rule)
    raise AssertionError("the last rule matches everything")


def told(series: SeriesName, mapped: Mapped | None, name: str | None = None) -> Found:
    """What people are told of a series and where it goes."""
    shown = name or str(series)
    if mapped is None:
        return Found(shown, series=series)
    rule = mapped.rule
    meant = Conversion(rule.vendor, rule.unit, rule.factor)
    return Found(shown, mapped.device, mapped.point, series, meant)


def _filled(text: str | None, words: Mapping[str, str]) -> str | None:
    if text is None:
        return None
    return _WORD.sub(lambda match: words.get(match[1], match[0]), text)


_ANYTHING: Final = Rule()

BUILT_IN: Final = (
    Rule(
        measurement="heatpump_point",
        tags={"device": "{device}", "source": "{source}", "point": "{point}"},
        field="value",
        device="{device}",
        source="{source}",
        point="{point}",
    ),
    Rule(
        measurement="heatpump",
        tags={"device": "{device}", "source": "{source}"},
        field="{metric}",
        device="{device}",
        source="{source}",
        point="{metric}",
        metric="{metric}",
    ),
    *(
        Rule(
            measurement=measurement,
            tags=tags,
            field="{any}",
            device="{system}",
            point="{point}",
            vendor=vendor,
        )
        for word, vendor in (("myuplink", "myuplink"), ("nibe", "nibe_uplink"))
        for measurement, tags in (
            ("{any}", {"topic": f"{word}/{{system}}/{{point}}/value"}),
            (f"{word}/{{system}}/{{point}}/value", {}),
        )
    ),
)
"""Layouts that need no file: our own, and that of the HOWTO's scripts.

The scripts publish `myuplink/<system>/<parameter>/value`; a bridge keeps the topic either as a tag
of its name or as the measurement.
"""


def read_mapping(path: Path) -> tuple[Rule, ...]:
    """The rules of a mapping file.

    Raises:
        UsageError: it cannot be read or a rule is wrong; every problem is named.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is no mapping in TOML: {problem}") from None
    tables = content.get("rule")
    if not isinstance(tables, list) or set(content) != {"rule"}:
        raise UsageError(f"{path} holds no [[rule]], or something else beside them")
    rules: list[Rule] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        try:
            rules.append(Rule.model_validate(table))
            problems += [f"rule {number}, {unknown}" for unknown in _unknown(rules[-1])]
        except ValidationError as problem:
            problems += [
                f"rule {number}, {'.'.join(map(str, one['loc']))}: {one['msg']}"
                for one in problem.errors(include_url=False)
            ]
    if problems:
        raise UsageError(f"{path} cannot be used:\n" + "\n".join(problems))
    return tuple(rules)


def _unknown(rule: Rule) -> Iterator[str]:
    """What a rule names that nobody knows, and without which it would do less than it says."""
    catalogue = load_catalogue()
    metric = rule.metric
    if metric is not None and not _WORD.search(metric) and catalogue.metric(metric) is None:
        yield f'metric: there is no metric "{metric}"'
    if rule.vendor not in ("", *_VENDORS):
        yield f'vendor: there is no vendor "{rule.vendor}"; there are {" and ".join(_VENDORS)}'


def to_toml(met: Iterable[Found]) -> str:
    """A mapping file to be edited: one rule for each series, saying where it goes now.

    A rule also matches series with more tags than it names, so those with more come first.
    """
    rules = [(found.name, _rule_of(found)) for found in met if found.series is not None]
    rules.sort(key=lambda named: -len(named[1].tags))
    return "\n".join(
        [
            "# What each series is; the first rule that matches counts. Edit, then check it with",
            "# `pumphouse import … --mapping THIS_FILE --dry-run`.",
            "",
            *(line for comment, rule in rules for line in _table(comment, rule)),
        ]
    )


def _rule_of(found: Found) -> Rule:
    series = found.series
    assert series is not None
    tags = {name: _literal(value) for name, value in series.tags.items()}
    what = {"measurement": _literal(series.measurement), "field": _literal(series.field)}
    if found.point is None or found.device is None:
        return Rule(**what, tags=tags, skip=True)
    point = found.point
    return Rule(
        **what,
        tags=tags,
        device=found.device.id,
        source=found.device.source,
        point=point.key.point,
        metric=point.metric,
        name=point.name,
        vendor=found.conversion.vendor,
        unit=found.conversion.unit,
        factor=found.conversion.factor,
    )


def _literal(text: str) -> str:
    """A text as a pattern that matches nothing else; one with braces cannot be written."""
    return "{any}" if _WORD.search(text) else text


def _table(comment: str, rule: Rule) -> list[str]:
    given = rule.model_dump(exclude_defaults=True)
    lines = [f"# {_CONTROL.sub(' ', comment)}", "[[rule]]"]
    for name, value in given.items():
        if isinstance(value, Mapping):
            inner = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in value.items())
            lines.append(f"{name} = {{ {inner} }}")
        else:
            lines.append(f"{name} = {json.dumps(value) if name in _BARE else _quoted(value)}")
    return [*lines, ""]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'
