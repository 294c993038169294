"""The query language of GraphQL: documents become selections. Types are not looked at."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pumphouse.core.errors import PumphouseError

__all__ = [
    "Document",
    "Field",
    "GraphqlProblem",
    "Literal",
    "Operation",
    "Selection",
    "Spread",
    "Variable",
    "parse",
]

_TOKEN: Final = re.compile(
    r"""
    (?P<skip> [\s,\ufeff]+ | \#[^\n\r]* )
    | (?P<punctuation> \.\.\. | [!$&()\[\]{}:=@|] )
    | (?P<name> [_A-Za-z][_0-9A-Za-z]* )
    | (?P<number> -?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? )
    | (?P<text> "(?:[^"\\\n\r]|\\.)*" )
    """,
    re.VERBOSE,
)
_KEYWORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}
_OPERATIONS: Final = ("query", "subscription", "mutation")


class GraphqlProblem(PumphouseError):
    """The answer is an error; `code` stands in its extensions."""

    def __init__(self, message: str, code: str = "GRAPHQL_VALIDATION_FAILED") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, to be looked up when executed."""

    name: str


#: a value as written; an enumeration's word is a text
Literal = (
    str | float | bool | None | Variable | Sequence["Literal"] | Mapping[str, "Literal"]
)  # fmt: skip
Arguments = Mapping[str, Literal]
Directives = Mapping[str, Arguments]


@dataclass(frozen=True, slots=True)
class Field:
    """One field that is asked for; `key` is its name in the answer."""

    key: str
    name: str
    arguments: Arguments
    selections: tuple["Selection", ...]
    directives: Directives


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment, by name or in place; `on` is None where it holds for any type."""

    fragment: str | None
    on: str | None
    selections: tuple["Selection", ...]
    directives: Directives


Selection = Field | Spread


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or a subscription; `defaults` of its variables."""

    kind: str
    name: str | None
    defaults: Arguments
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Operations and the fragments they share."""

    operations: tuple[Operation, ...]
    fragments: Mapping[str, Spread]

    def operation(self, name: str | None) -> Operation:
        """The operation of a name; None: the only one.

        Raises:
            GraphqlProblem: there is none, or no single one.
        """
        chosen = [one for one in self.operations if name is None or one.name == name]
        if len(chosen) != 1:
            raise GraphqlProblem("Must provide operation name of a query with one such operation.")
        return chosen[0]


def parse(text: str) -> Document:
    """Read a document.

    Raises:
        GraphqlProblem: it is not GraphQL.
    """
    return _Parser(text).document()


class _Parser:
    """Recursive descent over the tokens of one document."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._place = 0

    def document(self) -> Document:
        operations: list[Operation] = []
        fragments: dict[str, Spread] = {}
        while self._peek():
            if self._take("fragment"):
                name = self._name()
                fragments[name] = self._inline(name)
            else:
                operations.append(self._operation())
        return Document(tuple(operations), fragments)

    def _operation(self) -> Operation:
        if self._peek() == "{":
            return Operation("query", None, {}, self._selections())
        kind = self._name()
        if kind not in _OPERATIONS:
            raise GraphqlProblem(f'Syntax Error: Unexpected Name "{kind}".')
        name = self._name() if self._peek() not in ("(", "{", "@") else None
        defaults = self._definitions() if self._peek() == "(" else {}
        self._directives()
        return Operation(kind, name, defaults, self._selections())

    def _definitions(self) -> Arguments:
        """`($a: Type! = default, …)`: the defaults."""
        defaults: dict[str, Literal] = {}
        self._expect("(")
        while not self._take(")"):
            self._expect("$")
            name = self._name()
            self._expect(":")
            self._skip_type()
            if self._take("="):
                defaults[name] = self._value()
            self._directives()
        return defaults

    def _skip_type(self) -> None:
        if self._take("["):
            self._skip_type()
            self._expect("]")
        else:
            self._name()
        self._take("!")

    def _selections(self) -> tuple[Selection, ...]:
        self._expect("{")
        found: list[Selection] = []
        while not self._take("}"):
            found.append(self._spread() if self._take("...") else self._field())
        if not found:
            raise GraphqlProblem("Syntax Error: Expected Name, found '}'.")
        return tuple(found)

    def _spread(self) -> Spread:
        if self._peek() in ("on", "@", "{"):
            return self._inline(None)
        return Spread(self._name(), None, (), self._directives())

    def _inline(self, fragment: str | None) -> Spread:
        on = self._name() if self._take("on") else None
        directives = self._directives()
        return Spread(fragment, on, self._selections(), directives)

    def _field(self) -> Field:
        key = name = self._name()
        if self._take(":"):
            name = self._name()
        arguments = self._arguments()
        directives = self._directives()
        selections = self._selections() if self._peek() == "{" else ()
        return Field(key, name, arguments, selections, directives)

    def _arguments(self) -> Arguments:
        arguments: dict[str, Literal] = {}
        if self._take("("):
            while not self._take(")"):
                name = self._name()
                self._expect(":")
                arguments[name] = self._value()
        return arguments

    def _directives(self) -> Directives:
        directives: dict[str, Arguments] = {}
        while self._take("@"):
            name = self._name()
            directives[name] = self._arguments()
        return directives

    def _value(self) -> Literal:
        if self._take("$"):
            return Variable(self._name())
        if self._take("["):
            items: list[Literal] = []
            while not self._take("]"):
                items.append(self._value())
            return items
        if self._take("{"):
            members: dict[str, Literal] = {}
            while not self._take("}"):
                name = self._name()
                self._expect(":")
                members[name] = self._value()
            return members
        return _scalar(self._next())

    def _name(self) -> str:
        token = self._next()
        if not (token[:1].isalpha() or token.startswith("_")):
            raise GraphqlProblem(f'Syntax Error: Expected Name, found "{token}".')
        return token

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise GraphqlProblem("Syntax Error: Unexpected <EOF>.")
        self._place += 1
        return token

    def _take(self, token: str) -> bool:
        taken = self._peek() == token
        self._place += taken
        return taken

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise GraphqlProblem(f'Syntax Error: Expected "{token}", found "{found}".')


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise GraphqlProblem(f'Syntax Error: Unexpected character: "{text[place]}".')
        if match.lastgroup != "skip":
            tokens.append(match[0])
        place = match.end()
    return tokens


def _text(token: str) -> str:
    """A text in quotes; its escapes are those of JSON."""
    try:
        return str(json.loads(token))
    except ValueError:
        raise GraphqlProblem("Syntax Error: Invalid character escape sequence.") from None


def _scalar(token: str) -> Literal:
    if token in _KEYWORDS:
        return _KEYWORDS[token]
    if token[0] == '"':
        return _text(token)
    if token[0] == "-" or token[0].isdigit():
        return float(token) if any(mark in token for mark in ".eE") else int(token)
    if token[0].isalpha() or token[0] == "_":
        return token
    raise GraphqlProblem(f'Syntax Error: Unexpected "{token}".')
