"""Commands for who may use the web app: its password, and API tokens for scripts."""

import getpass
import sys
from typing import Annotated

from cyclopts import Parameter

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import UsageError
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.documents import iso
from pumphouse.web.access.password import LONGEST, hashed
from pumphouse.web.access.tokens import Scope, token_file

__all__ = ["add", "list_all", "password", "remove"]

#: letters below which a password can be guessed
_SHORTEST = 8


def password() -> None:
    """Ask for a password and print its hash, for `password_hash` of [web]."""
    if sys.stdin.isatty():
        typed = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != typed:
            raise UsageError("the two differ; nothing is changed")
    else:
        typed = sys.stdin.readline().rstrip("\n")
    if not _SHORTEST <= len(typed) <= LONGEST:
        raise UsageError(f"a password has {_SHORTEST} to {LONGEST} letters")
    print(hashed(typed))  # noqa: T201  (the answer of this command)
    say("Write it into the configuration: [web] password_hash = '…', and start Pumphouse again.")


def add(
    name: str,
    *,
    scope: Annotated[Scope, Parameter(help="Whether the script may change things.")] = Scope.READ,
    context: InContext,
) -> None:
    """Make a token and print it; it is shown once and never again.

    Parameters
    ----------
    name:
        What the token is for, so that you know later which one to remove.
    """
    made = token_file(context.settings().store).add(
        name, scope, SystemClock().now().replace(microsecond=0)
    )
    print(made)  # noqa: T201  (the answer of this command)
    say("Send it with each request: Authorization: Bearer TOKEN")


def list_all(*, as_json: AsJson = False, context: InContext) -> None:
    """Show which tokens there are, not the tokens themselves."""
    known = token_file(context.settings().store).all()
    rows = [(one.name, one.scope.value, iso(one.created) or "") for one in known]
    if as_json:
        print_json([dict(zip(("name", "scope", "created"), row, strict=True)) for row in rows])
    else:
        print_table(("token", "scope", "made"), rows)


def remove(name: str, *, context: InContext) -> None:
    """Make a token useless at once."""
    token_file(context.settings().store).remove(name)
    say(f"{name} is removed.")
