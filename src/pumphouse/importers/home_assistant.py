"""Home Assistant's recorder: the states of its SQLite database, and its long-term statistics.

States are kept for some days only; statistics, one row an hour, for ever. So an hour is taken from
the statistics where there is no state yet: a counter at the end of its hour, anything else as the
hour's mean in the middle of it.
"""

import hashlib
import json
import math
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Reading
from pumphouse.importers.destination import Destination
from pumphouse.importers.mapping import Mapped, Rule, map_series, told
from pumphouse.importers.pieces import Found, Piece, Rejected, SeriesName

__all__ = ["HomeAssistant", "is_recorder"]

_MAGIC: Final = "SQLite format 3\0"
_ROWS_AT_ONCE: Final = 5000
_DEVICE: Final = "home_assistant"
_DOMAINS: Final = ("sensor", "binary_sensor", "number", "input_number", "counter")
_NO_STATE: Final = frozenset({"", "unknown", "unavailable", "None", "none"})
_SWITCH: Final = {"on": 1.0, "off": 0.0}
_HOUR_SECS: Final = 3600.0

_ENTITIES: Final = """
    SELECT states_meta.metadata_id, states_meta.entity_id,
        (SELECT shared_attrs FROM states JOIN state_attributes USING (attributes_id)
            WHERE states.metadata_id = states_meta.metadata_id
            ORDER BY state_id DESC LIMIT 1)
    FROM states_meta"""
_STATES: Final = """
    SELECT state_id, metadata_id, state, last_updated_ts, shared_attrs
    FROM states LEFT JOIN state_attributes USING (attributes_id)
    WHERE state_id > ? ORDER BY state_id LIMIT ?"""
_STATISTICS: Final = """
    SELECT statistics.id, statistics_meta.statistic_id, statistics_meta.unit_of_measurement,
        statistics.start_ts, statistics.mean, statistics.state
    FROM statistics JOIN statistics_meta ON statistics_meta.id = statistics.metadata_id
    WHERE statistics.id > ? ORDER BY statistics.id LIMIT ?"""
_FIRST_STATES: Final = """
    SELECT states_meta.entity_id, min(last_updated_ts)
    FROM states JOIN states_meta USING (metadata_id) GROUP BY metadata_id"""


#: number of the row, entity, unit, seconds since 1970, state
_Row = tuple[int, str, str, float, object]


def is_recorder(path: Path, head: str) -> bool:
    """Whether a file is a database of Home Assistant's recorder."""
    if not head.startswith(_MAGIC):
        return False
    try:
        with closing(_opened(path)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {"states", "states_meta", "statistics"} <= {name for (name,) in rows}
    except sqlite3.Error:
        return False


class HomeAssistant:
    """The recorder's database; see `pieces.Reader`. Sensors, counters and numbers are read.

    A series is the measurement `homeassistant` with the tag `entity_id`.
    """

    what = "Home Assistant's recorder"

    def __init__(
        self, path: Path, *, destination: Destination, rules: Sequence[Rule], how: str = ""
    ) -> None:
        self._path = path
        self._destination = destination
        self._rules = (*rules, _BY_ENTITY)
        self._how = how
        self._met: dict[tuple[str, str], Mapped | None] = {}
        self._told: set[str] = set()

    @property
    def identity(self) -> str:
        """Of the file's name and of how it is read: its content grows while it is read."""
        return hashlib.sha256(f"recorder\0{self._path.resolve()}\0{self._how}".encode()).hexdigest()

    async def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        """The states in the order in which they were stored, then the statistics."""
        table, last = json.loads(after) if after else ("states", 0)
        try:
            with closing(_opened(self._path)) as connection:
                if table == "states":
                    for piece in self._states(connection, last):
                        yield piece
                    last = 0
                for piece in self._statistics(connection, last):
                    yield piece
        except sqlite3.Error as problem:
            raise UsageError(f"{self._path} is no recorder that can be read: {problem}") from None

    def _states(self, connection: sqlite3.Connection, last: int) -> Iterator[Piece]:
        entities = {
            number: (str(entity), _unit(attributes))
            for number, entity, attributes in connection.execute(_ENTITIES)
        }
        (end,) = connection.execute("SELECT max(state_id) FROM states").fetchone()
        while rows := connection.execute(_STATES, (last, _ROWS_AT_ONCE)).fetchall():
            taken: list[_Row] = []
            for number, entity_number, state, stamp, attributes in rows:
                entity, unit = entities.get(entity_number, ("", ""))
                if entity.split(".", 1)[0] in _DOMAINS and str(state) not in _NO_STATE and stamp:
                    taken.append((number, entity, _unit(attributes) or unit, stamp, state))
            last = rows[-1][0]
            yield self._piece(taken, json.dumps(["states", last]), last / end / 2)

    def _statistics(self, connection: sqlite3.Connection, last: int) -> Iterator[Piece]:
        first: dict[str, float] = dict(connection.execute(_FIRST_STATES).fetchall())
        (end,) = connection.execute("SELECT max(id) FROM statistics").fetchone()
        while rows := connection.execute(_STATISTICS, (last, _ROWS_AT_ONCE)).fetchall():
            taken: list[_Row] = []
            for number, entity, unit, start, mean, state in rows:
                value = mean if mean is not None else state
                stamp = start + (_HOUR_SECS / 2 if mean is not None else _HOUR_SECS)
                if value is not None and stamp < first.get(entity, math.inf):
                    taken.append((number, entity, unit or "", stamp, value))
            last = rows[-1][0]
            yield self._piece(taken, json.dumps(["statistics", last]), 0.5 + last / end / 2)

    def _piece(
        self,
        rows: Sequence[_Row],
        position: str,
        done: float,
    ) -> Piece:
        readings: list[Reading] = []
        rejected: list[Rejected] = []
        found: list[Found] = []
        for number, entity, unit, stamp, state in rows:
            mapped = self._mapped(entity, unit, found)
            if mapped is None:
                continue
            time = datetime.fromtimestamp(round(stamp * 1000) / 1000, UTC)
            value = _SWITCH.get(str(state), None) if isinstance(state, str) else None
            value = _number(state) if value is None else value
            if value is not None:
                readings.append(Reading(mapped.point.key, time, mapped.value(value)))
            elif unit:
                reason = f'"{str(state)[:60]}" is no number, and {entity} has a unit'
                rejected.append(Rejected(number, reason))
            else:
                readings.append(Reading(mapped.point.key, time, None, str(state)))
        read = len(readings) + len(rejected)
        return Piece(read, tuple(readings), position, tuple(found), tuple(rejected), done)

    def _mapped(self, entity: str, unit: str, found: list[Found]) -> Mapped | None:
        """Where values of an entity go. Its unit may change, or be another in the statistics."""
        if (entity, unit) not in self._met:
            series = SeriesName("homeassistant", {"entity_id": entity}, "state")
            mapped = map_series(series, self._rules, self._destination, unit)
            self._met[entity, unit] = mapped
            if entity not in self._told:
                self._told.add(entity)
                found.append(told(series, mapped, entity))
        return self._met[entity, unit]


_BY_ENTITY: Final = Rule(
    measurement="homeassistant",
    tags={"entity_id": "{entity}"},
    device=_DEVICE,
    point="{entity}",
)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


@lru_cache(maxsize=4096)
def _unit(attributes: str | None) -> str:
    """The unit among the attributes of a state; "" where there is none."""
    try:
        parsed = json.loads(attributes or "{}")
    except (ValueError, RecursionError):
        return ""
    return str(parsed.get("unit_of_measurement") or "") if isinstance(parsed, dict) else ""


def _number(state: object) -> float | None:
    try:
        value = float(str(state))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
