"""The strings that a name may be where it is not one alone: arms of a condition, items of a container, a default."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_plugin.flow.functions import default_of
from lint_plugin.flow.reaching import Definition, Flow

_DEPTH = 4


def possible_strings(flow: Flow, node: ast.AST | None, depth: int = _DEPTH) -> Iterator[ast.expr]:
    """The constants and f-strings that an expression may be."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield node
        case ast.IfExp(body=first, orelse=second):
            yield from _each(flow, (first, second), depth)
        case ast.BoolOp(values=values):
            yield from _each(flow, values, depth)
        case ast.NamedExpr(value=value):
            yield from possible_strings(flow, value, depth)
        case ast.Subscript(value=container):
            yield from _each(flow, _items(flow, container), depth)
        case ast.Call(func=ast.Attribute(value=container, attr="get"), args=[_, *default]):
            yield from _each(flow, (*_items(flow, container), *default), depth)
        case ast.Name():
            for definition in flow.bound(node):
                yield from _each(flow, _values(flow, definition), depth)


def _each(flow: Flow, nodes: Iterable[ast.AST], depth: int) -> Iterator[ast.expr]:
    for node in nodes if depth else ():
        yield from possible_strings(flow, node, depth - 1)


def _values(flow: Flow, definition: Definition) -> Iterable[ast.expr]:
    """What a definition may bind its name to."""
    match definition.kind:
        case "assign" | "walrus":
            return () if definition.value is None else (definition.value,)
        case "for" | "comp":
            return () if definition.value is None else _items(flow, definition.value)
        case "param":
            default = default_of(flow.parent(definition.node), definition.node)
            return () if default is None else (default,)
    return ()


def _items(flow: Flow, container: ast.expr) -> Iterable[ast.expr]:
    """What a container holds, of a dict the values, where it is written down."""
    match container:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
            return items
        case ast.Name():
            values = [definition.value for definition in flow.bound(container)]
            return _items(flow, values[0]) if len(values) == 1 and values[0] is not None and values[0] is not container else ()
    return ()
