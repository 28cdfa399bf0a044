"""Which function a call calls: names and attributes followed back to the import that bound them."""

from __future__ import annotations

import ast

from lint_plugin.flow.nodes import is_none
from lint_plugin.flow.reaching import Definition, Flow

BUILTINS = "builtins."


def imported_name(definition: Definition) -> str | None:
    """The dotted name that an import binds (`shutil.copy2`, `.services.pipeline_recorder`), or None for other kinds."""
    alias, statement = definition.alias, definition.statement
    if alias is None:
        return None
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return f"{module}{alias.name}" if module.endswith(".") else f"{module}.{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]


def dotted_name(flow: Flow, expression: ast.expr) -> str | None:
    """The dotted name that `expression` stands for, by its imports; a builtin comes as `builtins.open`.

    None where it is not a chain of names, where the name is bound by something else than an import, or where several
    imports of different things reach it.
    """
    if expression not in flow.dotted:
        flow.dotted[expression] = _dotted(flow, expression)
    return flow.dotted[expression]


def _dotted(flow: Flow, expression: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return None
    root = _root(flow, expression)
    return None if root is None else ".".join([root, *reversed(parts)])


def _root(flow: Flow, name: ast.Name) -> str | None:
    reached = {definition for definition in flow.reach(name) if definition.kind != "unbound"}
    if not reached:
        bound = flow.resolve(flow.scope_of(name), name.id)
        return None if bound is not None else BUILTINS + name.id
    # `try: import shutil` / `except ImportError: shutil = None`: where it is None, nothing can be called.
    # An import of everything may bind the name as well, but an import of its own says what it is meant to be.
    plain = {definition for definition in reached if definition.name != "*"} or reached
    found = {_named(definition, name.id) for definition in plain if not is_none(definition.value)}
    return found.pop() if len(found) == 1 else None  # also when it is nothing but None


def _named(definition: Definition, name: str) -> str | None:
    """The dotted name that an import binds a name to, be it one of everything."""
    origin = imported_name(definition)
    return origin if origin is None or definition.name != "*" else f"{origin[:-1]}{name}"


def sole(flow: Flow, name: ast.Name) -> Definition | None:
    """The definition that a use of a name sees where there is only one, which may be UNBOUND."""
    reached = flow.reach(name)
    return next(iter(reached)) if len(reached) == 1 else None
