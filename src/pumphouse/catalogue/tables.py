"""Reads the catalogue's TOML files into rows, and says exactly what is wrong in which entry."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from typing import Final, TypeVar, cast, get_args

from pumphouse.catalogue.meaning import Kind, Metric, NativePoint, StateClass
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.model import Option
from pumphouse.core.units import Quantity, Unit, canonical_unit, parse_unit

__all__ = ["Choice", "VendorTable", "read_enumerations", "read_metrics", "read_vendor"]

Enumerations = Mapping[str, tuple[Option, ...]]
T = TypeVar("T")

_METRIC_KEYS: Final = frozenset(
    {"quantity", "label", "description", "state_class", "options", "text", "enabled"}
)
_POINT_KEYS: Final = frozenset(
    {"metric", "instance", "divisor", "unit", "kind", "options", "writable", "read_only"}
    | {"min", "max", "step", "name", "reason", "when"}
)
_UNMAPPED_KEYS: Final = frozenset({"reason", "ids", "kind", "unit"})
_SHARED_KEYS: Final = ("reason", "kind", "unit")
_VENDOR_KEYS: Final = frozenset({"include", "raw", "writable", "aliases", "points", "unmapped"})
_INSTANCE_SUFFIX: Final = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Choice:
    """One reading of a native id and when it holds.

    Attributes:
        point: with the documented unit.
        trusting: the same without unit: for a wire whose unit fits.
        named: word that the designation or the title must hold.
        unit: symbol that the wire's unit must have.
    """

    point: NativePoint
    trusting: NativePoint
    named: re.Pattern[str] | None = None
    unit: str | None = None


@dataclass(slots=True)
class VendorTable:
    """One vendor's file with everything it includes."""

    points: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


class _Entry:
    """One TOML table, read key by key; a mistake names the file, the entry and the key."""

    def __init__(self, where: str, table: object, keys: frozenset[str]) -> None:
        self.where = where
        if not isinstance(table, dict):
            raise self.wrong("must be a table")
        self._table = cast("dict[str, object]", table)
        for key in self._table:
            if key not in keys:
                raise self.wrong(f"unknown key '{key}'; known are {', '.join(sorted(keys))}")

    def wrong(self, problem: str) -> ConfigurationError:
        return ConfigurationError([f"catalogue: {self.where}: {problem}"])

    def has(self, key: str) -> bool:
        return key in self._table

    def get(self, key: str, kind: type[T], default: T) -> T:
        value = self._table.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(f"'{key}' must be of type {kind.__name__}, not {value!r}")
        return value

    def text(self, key: str) -> str | None:
        return self.get(key, str, "") if self.has(key) else None

    def require(self, key: str) -> str:
        if not self.has(key):
            raise self.wrong(f"'{key}' is missing")
        return self.get(key, str, "")

    def number(self, key: str) -> float | None:
        value = self._table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"'{key}' must be a number, not {value!r}")
        return float(value)

    def look_up(self, key: str, known: Mapping[str, T]) -> T | None:
        name = self.text(key)
        if name is None:
            return None
        if name not in known:
            raise self.wrong(f"'{key}' names '{name}', which does not exist")
        return known[name]


def _load(folder: Traversable, file: str) -> dict[str, object]:
    try:
        return tomllib.loads(folder.joinpath(file).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError([f"catalogue: {file} is missing; reinstall Pumphouse"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"catalogue: {file} is not TOML: {error}"]) from error


def _tables(file: str, name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError([f"catalogue: {file}: '{name}' must be a table"])
    return cast("dict[str, object]", value)


def read_enumerations(folder: Traversable) -> Enumerations:
    """Read ``enumerations.toml``: name to options in the order of the file."""
    file = "enumerations.toml"
    result: dict[str, tuple[Option, ...]] = {}
    for name, codes in _load(folder, file).items():
        options: list[Option] = []
        for code, label in _tables(file, name, codes).items():
            try:
                value = float(code)
            except ValueError as error:
                raise ConfigurationError(
                    [f"catalogue: {file}: {name}: the code '{code}' is not a number"]
                ) from error
            if not isinstance(label, str):
                raise ConfigurationError(
                    [f"catalogue: {file}: {name}: the label of {code} must be a text"]
                )
            options.append(Option(value, label))
        result[name] = tuple(options)
    return result


def read_metrics(folder: Traversable, enumerations: Enumerations) -> Mapping[str, Metric]:
    """Read ``metrics.toml``: name to metric in the order of the file."""
    file = "metrics.toml"
    result: dict[str, Metric] = {}
    for group, metrics in _load(folder, file).items():
        for name, table in _tables(file, group, metrics).items():
            entry = _Entry(f"{file}: {group}.{name}", table, _METRIC_KEYS)
            if name in result:
                raise entry.wrong("this name is taken by another group")
            if _INSTANCE_SUFFIX.search(name):
                raise entry.wrong("a name must not end like an instance, in '_' and a number")
            result[name] = _metric(group, name, entry, enumerations)
    return result


def _metric(group: str, name: str, entry: _Entry, enumerations: Enumerations) -> Metric:
    quantities = {quantity.name.lower(): quantity for quantity in Quantity}
    quantity = entry.look_up("quantity", quantities)
    if quantity is None:
        raise entry.wrong("'quantity' is missing")
    options = entry.look_up("options", enumerations) or ()
    text = entry.get("text", bool, False)
    plain = bool(options) or text or group == "settings"
    return Metric(
        name=name,
        group=group,
        quantity=quantity,
        unit=canonical_unit(quantity),
        state_class=_state_class(entry, "none" if plain else "measurement"),
        label=entry.require("label"),
        description=entry.require("description"),
        options=options,
        text=text,
        enabled=entry.get("enabled", bool, False),
    )


def _state_class(entry: _Entry, default: str) -> StateClass | None:
    text = entry.get("state_class", str, default)
    if text == "none":
        return None
    if text not in get_args(StateClass):
        known = ", ".join((*get_args(StateClass), "none"))
        raise entry.wrong(f"'state_class' must be one of {known}, not '{text}'")
    return cast("StateClass", text)


def read_vendor(
    folder: Traversable, file: str, metrics: Mapping[str, Metric], enumerations: Enumerations
) -> VendorTable:
    """Read a vendor's file; what it says of an id replaces what the files it includes say.

    In the order of preference the included files come first: a pump's own registers before what a
    cloud makes of them.
    """
    content = _load(folder, file)
    top = _Entry(file, content, _VENDOR_KEYS)
    build = _PointBuilder(metrics, enumerations, raw=top.get("raw", bool, True))
    table = VendorTable()
    for included in top.get("include", list, []):
        table.points |= build.points(str(included), _load(folder, str(included)))
    table.points |= build.points(file, content)
    for native_id in top.get("writable", list, []):
        if native_id not in table.points:
            raise top.wrong(f"'writable' names {native_id!r}, which is not in 'points'")
        table.points[native_id] = tuple(map(_writable, table.points[native_id]))
    for alias, native_id in _tables(file, "aliases", content.get("aliases", {})).items():
        if native_id not in table.points:
            raise top.wrong(f"the alias '{alias}' means {native_id!r}, which is not in 'points'")
        table.aliases[alias] = str(native_id)
    return table


def _writable(choice: Choice) -> Choice:
    point, trusting = (replace(one, writable=True) for one in (choice.point, choice.trusting))
    return replace(choice, point=point, trusting=trusting)


class _PointBuilder:
    """Turns the entries of one vendor's files into choices, numbering them by preference."""

    def __init__(
        self, metrics: Mapping[str, Metric], enumerations: Enumerations, *, raw: bool
    ) -> None:
        self._metrics = metrics
        self._enumerations = enumerations
        self._raw = raw
        self._rank = 0

    def points(self, file: str, content: Mapping[str, object]) -> dict[str, tuple[Choice, ...]]:
        """The choices of one file's `points` and `unmapped`, by native id."""
        own: dict[str, tuple[Choice, ...]] = {}
        for native_id, value in _tables(file, "points", content.get("points", {})).items():
            alternatives = value if isinstance(value, list) else [value]
            where = f"{file}: points.{native_id}"
            own[native_id] = tuple(self._choice(where, native_id, one) for one in alternatives)
        for native_id, choice in self._unmapped(file, content.get("unmapped", [])):
            if native_id in own:
                raise ConfigurationError([f"catalogue: {file}: {native_id} is defined twice"])
            own[native_id] = (choice,)
        return own

    def _choice(self, where: str, native_id: str, table: object) -> Choice:
        entry = _Entry(where, table, _POINT_KEYS)
        metric = entry.look_up("metric", self._metrics)
        if (metric is None) != entry.has("reason"):
            raise entry.wrong("needs either a 'metric' or the 'reason' why it has none")
        point = self._point(native_id, entry, metric)
        when = _Entry(where, entry.get("when", dict, {}), frozenset({"named", "unit"}))
        word, unit = when.text("named"), when.text("unit")
        return Choice(
            point=point,
            trusting=replace(point, unit=None) if point.unit is not None else point,
            named=None if word is None else re.compile(rf"(?i)\b{re.escape(word)}\b"),
            unit=None if unit is None else parse_unit(unit).symbol,
        )

    def _point(self, native_id: str, entry: _Entry, metric: Metric | None) -> NativePoint:
        options = entry.look_up("options", self._enumerations)
        if options is None:
            options = metric.options if metric is not None else ()
        kind = self._kind(entry, metric, options)
        if kind == "bool" and not options:
            options = self._enumerations.get("switch", ())
        self._rank += 1
        return NativePoint(
            id=native_id,
            metric=None if metric is None else metric.name,
            instance=entry.get("instance", int, 1),
            divisor=self._divisor(entry, kind),
            unit=_documented_unit(entry, metric, kind),
            kind=kind,
            options=options,
            writable=entry.get("writable", bool, False),
            read_only=entry.get("read_only", bool, False),
            minimum=entry.number("min"),
            maximum=entry.number("max"),
            step=entry.number("step"),
            name=entry.text("name"),
            reason=entry.text("reason"),
            rank=self._rank,
        )

    def _kind(self, entry: _Entry, metric: Metric | None, options: tuple[Option, ...]) -> Kind:
        text = entry.text("kind")
        if text is None:
            if metric is not None and metric.text:
                return "text"
            if not options:
                return "number"
            return "bool" if {option.value for option in options} == {0.0, 1.0} else "enum"
        if text not in get_args(Kind):
            raise entry.wrong(f"'kind' must be one of {', '.join(get_args(Kind))}, not '{text}'")
        return cast("Kind", text)

    def _divisor(self, entry: _Entry, kind: Kind) -> float | None:
        divisor = entry.number("divisor")
        if divisor is not None and divisor <= 0:
            raise entry.wrong(f"'divisor' must be positive, not {divisor:g}")
        if kind != "number" or not self._raw:
            return 1.0
        return divisor

    def _unmapped(self, file: str, lists: object) -> Iterator[tuple[str, Choice]]:
        if not isinstance(lists, list):
            raise ConfigurationError([f"catalogue: {file}: 'unmapped' must be a list of tables"])
        for index, table in enumerate(lists, start=1):
            entry = _Entry(f"{file}: unmapped {index}", table, _UNMAPPED_KEYS)
            described = {key: entry.require(key) for key in _SHARED_KEYS if entry.has(key)}
            for native_id in _ids(entry):
                yield native_id, self._choice(entry.where, native_id, described)


def _documented_unit(entry: _Entry, metric: Metric | None, kind: Kind) -> Unit | None:
    """The unit of the entry, else the metric's own; None where only the wire can know it."""
    text = entry.text("unit")
    if text is None:
        if kind != "number":
            return parse_unit("")
        if metric is None or metric.quantity is Quantity.OTHER:
            return None
        return metric.unit
    unit = parse_unit(text)
    if unit.quantity is Quantity.OTHER:
        raise entry.wrong(f"the unit '{text}' is unknown")
    if metric is not None and unit.quantity is not metric.quantity:
        raise entry.wrong(f"the unit '{text}' does not measure {metric.quantity.name.lower()}")
    return unit


def _ids(entry: _Entry) -> Iterator[str]:
    for item in entry.get("ids", list, []):
        first, dash, last = str(item).partition("-")
        if not dash:
            yield first
            continue
        try:
            numbers = range(int(first), int(last) + 1)
        except ValueError as error:
            raise entry.wrong(f"'{item}' is not a range of ids such as 47637-47652") from error
        yield from map(str, numbers)
