"""Answers selections from a tree of nodes: only what is asked for is worked out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pumphouse.simulator.tibber.graphql.language import (
    Document,
    Field,
    GraphqlProblem,
    Literal,
    Selection,
    Spread,
    Variable,
)

__all__ = ["Arguments", "Node", "Value", "execute", "resolved"]

Arguments = Mapping[str, Literal]
Value = str | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
Content = "Value | Node | Sequence[Node]"
Resolver = Callable[[Arguments], "Value | Node | Sequence[Node]"]


@dataclass(frozen=True, slots=True)
class Node:
    """One object of the answer.

    Attributes:
        type_name: what `__typename` tells.
        fields: by name a value, or what works it out from the arguments.
    """

    type_name: str
    fields: "Mapping[str, Resolver | Value | Node | Sequence[Node]]"


def resolved(arguments: Arguments, variables: Mapping[str, Literal]) -> Arguments:
    """Arguments with the values of the variables they name."""
    return {name: _fill(value, variables) for name, value in arguments.items()}


def execute(
    document: Document,
    selections: Iterable[Selection],
    root: Node,
    variables: Mapping[str, Literal],
) -> dict[str, Value]:
    """Answer `selections` of `root`.

    Raises:
        GraphqlProblem: a field does not exist, or lacks or has a selection against its kind.
    """
    return _Execution(document, variables).node(selections, root)


class _Execution:
    def __init__(self, document: Document, variables: Mapping[str, Literal]) -> None:
        self._fragments = document.fragments
        self._variables = variables

    def node(self, selections: Iterable[Selection], node: Node) -> dict[str, Value]:
        answer: dict[str, Value] = {}
        for selection in selections:
            if not self._is_wanted(selection):
                continue
            if isinstance(selection, Spread):
                answer |= self._spread(selection, node)
            else:
                answer[selection.key] = self._field(selection, node)
        return answer

    def _spread(self, spread: Spread, node: Node) -> dict[str, Value]:
        if spread.fragment is not None:
            known = self._fragments.get(spread.fragment)
            if known is None:
                raise GraphqlProblem(f'Unknown fragment "{spread.fragment}".')
            spread = known
        if spread.on not in (None, node.type_name):
            return {}
        return self.node(spread.selections, node)

    def _field(self, field: Field, node: Node) -> Value:
        if field.name == "__typename":
            return node.type_name
        if field.name not in node.fields:
            raise GraphqlProblem(f'Cannot query field "{field.name}" on type "{node.type_name}".')
        content = node.fields[field.name]
        if callable(content):
            content = content(resolved(field.arguments, self._variables))
        if isinstance(content, Node):
            return self._object(field, content)
        if isinstance(content, Sequence) and not isinstance(content, str):
            return [self._object(field, one) if isinstance(one, Node) else one for one in content]
        if field.selections and content is not None:
            raise GraphqlProblem(
                f'Field "{field.name}" must not have a selection since it has no subfields.'
            )
        return content

    def _object(self, field: Field, node: Node) -> Value:
        if not field.selections:
            raise GraphqlProblem(
                f'Field "{field.name}" of type "{node.type_name}" must have a selection of '
                "subfields."
            )
        return self.node(field.selections, node)

    def _is_wanted(self, selection: Selection) -> bool:
        """Whether `@include` and `@skip` let a selection pass."""
        directives = {
            name: resolved(arguments, self._variables)
            for name, arguments in selection.directives.items()
        }
        included = directives.get("include", {}).get("if", True)
        skipped = directives.get("skip", {}).get("if", False)
        return bool(included) and not skipped


def _fill(value: Literal, variables: Mapping[str, Literal]) -> Literal:
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, Mapping):
        return resolved(value, variables)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_fill(one, variables) for one in value]
    return value
