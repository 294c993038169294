"""The deep check: every byte against its checksum, every table against what it must say.

It holds the store still meanwhile; others go on. Only roll-ups can be repaired, for readings say
what they must be; a damaged reading comes back from a backup.
"""

import json
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.stores.sqlite import archive, file, sums
from pumphouse.stores.sqlite.archive import Archive, StoreConnection
from pumphouse.stores.sqlite.days import days_of
from pumphouse.stores.sqlite.frozen import damage_as_it_lies, frozen
from pumphouse.stores.sqlite.problems import explained
from pumphouse.stores.sqlite.rollup_check import WrongRollups, repair, wrong_rollups

__all__ = ["DeepCheck", "deep_check"]

#: what must not be, each with what counts it
_RULES: Final = {
    "{} old readings are of points that nobody has described": """
        SELECT count(*) FROM samples WHERE point NOT IN (SELECT id FROM points)""",
    "{} new readings are of points that nobody has described": """
        SELECT count(*) FROM recent WHERE point NOT IN (SELECT id FROM points)""",
    "{} readings have no number and no text": """
        SELECT count(*) FROM readings WHERE value IS NULL AND text IS NULL""",
    "{} texts belong to no reading": """
        SELECT count(*) FROM texts WHERE NOT EXISTS (
            SELECT 1 FROM readings WHERE readings.point = texts.point
                AND readings.time = texts.time AND readings.value IS NULL)""",
    "{} old readings lie beyond the boundary between old and new": """
        SELECT count(*) FROM samples WHERE time >= (SELECT folded_until FROM state)""",
    "{} new readings lie before the boundary between old and new": """
        SELECT count(*) FROM recent WHERE time < (SELECT folded_until FROM state)""",
    "the number of old readings is {} more or less than was noted": """
        SELECT abs((SELECT count(*) FROM samples) - (SELECT samples FROM state))""",
}
_ROLLUPS: Final = frozenset({"hours", "days"})
#: columns that hold JSON: table, column, what names a row
_JSON: Final = (
    ("events", "detail", "source || ' ' || id"),
    ("points", "options", "source || ' ' || device || ' ' || point"),
)


@dataclass(frozen=True, slots=True)
class DeepCheck:
    """What a deep check came to.

    Attributes:
        problems: what is wrong, a sentence each; empty where nothing is.
        repaired: how many hours and days were summed up anew.
    """

    problems: tuple[str, ...]
    repaired: int = 0


def deep_check(path: Path, *, mend: bool = False, trust: bool = False) -> DeepCheck:
    """Read the store at `path` whole, its archive included, and compare all with all.

    Args:
        mend: sum up anew what does not fit its readings, unless a reading may be what is wrong.
        trust: take all pages for right and give them new checksums: another program wrote them.

    Raises:
        StoreError: it cannot be opened, and no damaged page is to blame.
    """
    if trust:
        sums.forget(path)
    try:
        return _checked(path, mend=mend)
    except StoreError as problem:
        if damage := damage_as_it_lies(path):
            return DeepCheck((*damage, " ".join(str(problem).split())))
        raise


def _checked(path: Path, *, mend: bool) -> DeepCheck:
    with frozen(path) as still:
        for _ in still.checked_content():
            pass
        contents = list(_wrong_contents(still.connection))
        days = days_of(still.timezone)
        wrong = [] if contents else wrong_rollups(still.connection, days)
        tables = still.tables_of_pages()
        only_sums = _ROLLUPS.issuperset(tables.get(page, "") for page in still.pages)
    if mend and only_sums and (wrong or still.pages) and not (contents or still.lost):
        repaired = _mend(path, wrong)
        # What is in these pages fits the readings now, down to the last of them.
        return DeepCheck(deep_check(path, trust=bool(still.pages)).problems, repaired)
    return DeepCheck((*still.damage, *contents, *(one.sentence(days) for one in wrong)))


def _mend(path: Path, wrong: list[WrongRollups]) -> int:
    store = Archive(path.parent / "archive")
    connection, guard = file.connect(path, store), file.connect(path, store)
    try:
        with file.transaction(connection):
            return repair(connection, wrong)
    except sqlite3.Error as problem:
        raise explained(problem, path) from problem
    finally:
        file.close(path, connection, guard)


def _wrong_contents(connection: StoreConnection) -> Iterator[str]:
    """What the tables and files say that cannot be."""
    checks = (_integrity, _broken_rules, _wrong_json, _wrong_journal, _wrong_files)
    for check in checks:
        try:
            yield from check(connection)
        except sqlite3.DatabaseError as problem:
            yield f"the store cannot be read everywhere: {problem}"
            return


def _integrity(connection: StoreConnection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"the store is damaged: {line}"


def _broken_rules(connection: StoreConnection) -> Iterator[str]:
    for sentence, query in _RULES.items():
        (count,) = connection.execute(query).fetchone()
        if count:
            yield sentence.format(count)


def _wrong_json(connection: StoreConnection) -> Iterator[str]:
    for table, column, name in _JSON:
        query = f"SELECT {name} FROM {table} WHERE NOT json_valid({column})"  # noqa: S608  (ours)
        for (row,) in connection.execute(query):
            yield f"{column} of {row} in {table} is damaged"


def _wrong_journal(connection: StoreConnection) -> Iterator[str]:
    known = {number for (number,) in connection.execute("SELECT id FROM points")}
    before: int | None = None
    rows = connection.execute("SELECT sequence, count, total, packed, texts FROM journal")
    for sequence, count, total, packed, texts in rows:
        if before is not None and total != before + count:
            yield f"entry {sequence} of the journal counts wrongly"
        before = total
        if not _is_entry(count, packed, texts, known):
            yield f"entry {sequence} of the journal is damaged"


def _is_entry(count: int, packed: bytes, texts: str | None, known: set[int]) -> bool:
    """Whether an entry can be read: points that there are, a value and a time for each."""
    if len(packed) not in {12 * count + 8, 20 * count}:
        return False
    if not known.issuperset(struct.unpack_from(f"<{count}I", packed)):
        return False
    try:
        told = [] if texts is None else json.loads(texts)
        return all(0 <= place < count and isinstance(text, str) for place, text in told)
    except (ValueError, TypeError):
        return False


def _wrong_files(connection: StoreConnection) -> Iterator[str]:
    """What is wrong with the archive."""
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'archive'").fetchone():
        try:
            yield from archive.problems(connection)
        except StoreCorrupt as problem:
            yield str(problem)
