"""Which expression of a statement is a variable's own: its part of `a, b = x, y`, the step of `path /= step`."""

from __future__ import annotations

import ast

from lint_plugin.flow.reaching import Definition
from lint_plugin.source.text import SourceText


def tuple_parts(statement: ast.stmt | None) -> list[tuple[ast.Name, ast.expr]]:
    """The names that `a, b = x, y` binds, each with its value; [] for every other statement, and where a name comes twice."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)], value=ast.Tuple(elts=values)):
            names = [target for target in targets if isinstance(target, ast.Name)]
            plain = len(names) == len(targets) == len(values) and not any(isinstance(value, ast.Starred) for value in values)
            if plain and len({name.id for name in names}) == len(names):
                return list(zip(names, values, strict=True))
    return []


def own_value(definition: Definition) -> ast.expr | None:
    """The expression that a definition's value is made of: of an assignment its value, of a tuple its part, else what follows."""
    if definition.kind == "unpack":
        return next((value for name, value in tuple_parts(definition.statement) if name is definition.node), None)
    return definition.value


def can_lose_parts(source: SourceText, statement: ast.Assign) -> bool:
    """Whether `a, b = x, y` can go on without one of its parts: no comment goes with it, and what stays needs no brackets."""
    parts = tuple_parts(statement)
    return (
        bool(parts) and b"#" not in source.u8[slice(*source.span(statement))] and all(v.lineno == v.end_lineno for _, v in parts)
    )


def holder_of(definition: Definition) -> ast.AST:
    """What of the source makes a definition: its statement, of a tuple assignment its own part alone."""
    value = own_value(definition) if definition.kind == "unpack" else None
    return definition.statement if value is None else value


def is_plain(definition: Definition) -> bool:
    """Whether a definition is an assignment that a rewrite can follow: `a = x`, `a, b = x, y` or `path /= step`."""
    match definition.kind:
        case "assign" | "walrus":
            return True
        case "unpack":
            return own_value(definition) is not None
        case "aug":
            return isinstance(definition.statement, ast.AugAssign) and isinstance(definition.statement.op, ast.Div)
    return False
