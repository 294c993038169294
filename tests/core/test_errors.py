import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

import pumphouse
from pumphouse.core import errors
from pumphouse.core.errors import (
    ConfigurationError,
    LoginRequired,
    PartialError,
    PermanentError,
    PumphouseError,
    RateLimited,
    RequestRefused,
    SourceError,
    StoreError,
    TransientError,
    Unreachable,
)

CLASSES = [getattr(errors, name) for name in errors.__all__]
PACKAGE = Path(pumphouse.__file__).parent
#: raised outright where a value cannot be built or the program itself is wrong, never for a user
PROGRAMMING_ERRORS = {"ValueError", "TypeError", "AssertionError", "NotImplementedError"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE), ast.parse(path.read_text("utf-8"))


def is_builtin_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_has_our_root(error):
    assert issubclass(error, PumphouseError)
    assert error.__doc__


def test_no_exception_class_of_the_program_starts_a_tree_of_its_own():
    # the simulated clouds answer refusals; those never leave the server
    strangers = {
        f"{path}: {node.name}"
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and path.parts[0] != "simulator"
        for base in node.bases
        if isinstance(base, ast.Name) and is_builtin_exception(base.id)
    }

    assert strangers == {"core/errors.py: PumphouseError"}


def test_a_builtin_exception_is_raised_only_for_a_mistake_of_the_program():
    strangers = [
        f"{path}:{node.lineno} raises {name.id}"
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Raise)
        and isinstance(
            name := node.exc.func if isinstance(node.exc, ast.Call) else node.exc, ast.Name
        )
        and is_builtin_exception(name.id)
        and name.id not in PROGRAMMING_ERRORS
    ]

    assert strangers == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("UsageError", 2),
        ("ConfigurationError", 3),
        ("LoginRequired", 4),
        ("CredentialsRefused", 4),
        ("StoreFull", 5),
        ("StoreCorrupt", 5),
        ("StoreTooNew", 5),
        ("StoreReadOnly", 5),
        ("Unreachable", 6),
        ("RateLimited", 6),
        ("ServerFailure", 6),
        ("BadResponse", 6),
        ("AccessDenied", 6),
        ("RequestRefused", 6),
        ("ServiceClosed", 6),
        ("PartialError", 6),
        ("PumphouseError", 1),
    ],
)
def test_an_error_ends_the_program_with_the_exit_code_of_its_kind(error, code):
    assert getattr(errors, error).exit_code == code


@pytest.mark.parametrize("error", [c for c in CLASSES if issubclass(c, SourceError)])
def test_an_error_of_a_source_says_who_has_to_act(error):
    kinds = (TransientError, PermanentError, PartialError)

    assert error is SourceError or sum(issubclass(error, kind) for kind in kinds) == 1


def test_the_store_is_no_source():
    assert not issubclass(StoreError, SourceError)


def test_configuration_errors_come_all_at_once():
    error = ConfigurationError(["site.timezone: unknown", "store.path: missing"])

    assert error.problems == ("site.timezone: unknown", "store.path: missing")
    assert str(error) == "site.timezone: unknown\nstore.path: missing"


def test_errors_carry_what_their_handlers_need():
    cause = Unreachable("no answer")

    assert RateLimited("slow down", retry_after=12.5).retry_after == 12.5
    assert cause.retry_after is None
    assert RequestRefused("out of range", code=15).code == 15
    assert PartialError("one of two failed", [cause]).causes == (cause,)
    assert str(LoginRequired("type pumphouse login house")) == "type pumphouse login house"
