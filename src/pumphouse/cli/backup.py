"""`pumphouse backup` and `pumphouse restore`: snapshots in another folder, and their way back."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import StoreError, UsageError
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.backup.backing_up import Subject, back_up
from pumphouse.runtime.backup.checking import check_backup
from pumphouse.runtime.backup.restoring import restore as bring_back
from pumphouse.runtime.backup.restoring import snapshots

__all__ = ["backup", "restore"]

_PassphraseFile = Annotated[
    Path | None, Parameter(help="A file whose first line is the passphrase.")
]


async def backup(  # noqa: PLR0913  (each is an option)
    folder: Annotated[Path, Parameter(help="Where backups lie: on another disk, at best.")],
    *,
    passphrase_file: _PassphraseFile = None,
    keep: Annotated[
        int | None, Parameter(help="How many snapshots stay; all of them without it.")
    ] = None,
    with_grants: Annotated[
        bool, Parameter(negative=(), help="With the logins; only under a passphrase.")
    ] = False,
    damaged: Annotated[
        bool, Parameter(negative=(), help="Even if the store or its archive is damaged.")
    ] = False,
    show: Annotated[bool, Parameter(name="--list", negative=(), help="Only list them.")] = False,
    check: Annotated[
        bool, Parameter(negative=(), help="Only read all of it and say what is damaged.")
    ] = False,
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """Add a snapshot of store, archive and configuration to a folder; `run` may go on.

    Only what has changed since the snapshots before is written.
    """
    passphrase = _passphrase(passphrase_file)
    if show:
        return await _list(folder, passphrase, as_json=as_json)
    if check:
        return await _check(folder, passphrase, as_json=as_json)
    if with_grants and passphrase is None:
        raise UsageError("logins are secrets: --with-grants needs --passphrase-file too")
    if keep is not None and keep < 1:
        raise UsageError("--keep: at least one snapshot stays")
    settings = context.settings()
    grants = settings.store.grants if with_grants else None
    subject = Subject(settings.store.path, settings.path, grants)
    done = await asyncio.to_thread(
        back_up,
        subject,
        folder,
        datetime.now(UTC),
        passphrase=passphrase,
        keep=keep,
        damaged=damaged,
    )
    if as_json:
        print_json(
            {
                "snapshot": done.snapshot,
                "files": done.files,
                "bytes": done.bytes,
                "written": done.written,
                "removed": done.removed,
                "damage": list(done.damage),
            }
        )
    else:
        say(
            f"{done.snapshot}: {done.files} files, {done.bytes / 1e6:.1f} MB, of which"
            f" {done.written / 1e6:.1f} MB were new and written"
        )
        for sentence in done.damage:
            say(sentence)
    return StoreError.exit_code if done.damage else 0


async def restore(
    folder: Annotated[Path, Parameter(help="Where backups lie.")],
    *,
    to: Annotated[Path, Parameter(help="A new folder; nothing that exists is changed.")],
    snapshot: Annotated[
        str | None, Parameter(help="Which one, or how its name begins. Default: the newest.")
    ] = None,
    passphrase_file: _PassphraseFile = None,
    as_json: AsJson = False,
) -> int:
    """Bring a snapshot back into a new folder, verified; the store in use stays as it is."""
    target = to.expanduser().absolute()
    done = await asyncio.to_thread(
        bring_back,
        folder,
        target,
        SystemClock(),
        passphrase=_passphrase(passphrase_file),
        name=snapshot,
    )
    if as_json:
        print_json(
            {
                "snapshot": done.snapshot,
                "store": str(done.store),
                "files": done.files,
                "readings": done.readings,
                "problems": list(done.problems),
            }
        )
    else:
        for sentence in done.problems:
            say(sentence)
        say(
            f"{done.snapshot} is back in {target}: {done.files} files, {done.readings} readings,"
            " every hash is right.\nTo use it, stop `pumphouse run`, set in [store]\n"
            f'    path = "{done.store}"\nand start it again.'
        )
    return StoreError.exit_code if done.problems else 0


def _passphrase(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"--passphrase-file: {path} cannot be read as a text file") from None
    if not lines or not lines[0].strip():
        raise UsageError(f"--passphrase-file: the first line of {path} is empty")
    return lines[0].strip()


async def _list(folder: Path, passphrase: str | None, *, as_json: bool) -> int:
    found = await asyncio.to_thread(snapshots, folder, passphrase=passphrase)
    if as_json:
        print_json(
            [
                {
                    "snapshot": name,
                    "taken": one and one.taken.isoformat(),
                    "pumphouse": one and one.pumphouse,
                    "files": one and len(one.files),
                    "bytes": one and sum(file.bytes for file in one.files),
                }
                for name, one in found.items()
            ]
        )
    else:
        print_table(
            ("snapshot", "files>", "size>", "written by"),
            (
                (
                    name,
                    str(len(one.files)),
                    f"{sum(file.bytes for file in one.files) / 1e6:.1f} MB",
                    f"Pumphouse {one.pumphouse}",
                )
                if one
                else (name, "", "", "damaged")
                for name, one in found.items()
            ),
        )
    return 0 if all(found.values()) else StoreError.exit_code


async def _check(folder: Path, passphrase: str | None, *, as_json: bool) -> int:
    problems = await asyncio.to_thread(check_backup, folder, passphrase)
    if as_json:
        print_json({"folder": str(folder), "problems": problems})
    elif problems:
        print("\n".join(problems))  # noqa: T201  (the answer of this command)
    else:
        say(f"{folder} is whole")
    return StoreError.exit_code if problems else 0
