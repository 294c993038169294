"""`pumphouse check --deep`: the whole store, byte by byte and table by table."""

from pathlib import Path
from typing import Final

from pumphouse.cli.output import clean, print_json, say
from pumphouse.core.errors import StoreError

__all__ = ["check_store"]

_WHAT_NEXT: Final = (
    "Bring back a backup (`pumphouse restore`). Where you or another program, such as sqlite3, have"
    " opened the database for writing, `pumphouse check --deep --trust-pages` takes its pages as"
    " they are."
)


def check_store(path: Path, *, repair: bool, trust_pages: bool, as_json: bool) -> int:
    """Check the store at `path` and print what is wrong; the exit code."""
    from pumphouse.stores.sqlite.deep_check import deep_check  # noqa: PLC0415  (only if asked)

    done = deep_check(path, mend=repair, trust=trust_pages)
    if as_json:
        print_json({"path": str(path), "problems": list(done.problems), "repaired": done.repaired})
    else:
        if done.repaired:
            say(f"{done.repaired} hours and days were summed up anew")
        if done.problems:
            print("\n".join(map(clean, done.problems)))  # noqa: T201  (the answer)
            say(_WHAT_NEXT)
        else:
            say(f"{path} is whole")
    return StoreError.exit_code if done.problems else 0
