"""Whether an expression that a rewrite moves still has the value that it had where it stood."""

from __future__ import annotations

import ast

from codemods.decision import Leave
from codemods.effects import has_effects, reads_only
from codemods.places import function_of, statements_between
from lint_plugin.flow import Flow


def require_same_value(flow: Flow, expression: ast.expr, target: ast.stmt) -> None:
    """Make sure that `expression` evaluated just before `target` gives what it gives at its own place.

    Every name in it must be reached by the same definitions at both places. Attributes, items and calls, and names that other
    functions may rebind, in addition need that nothing with an effect runs in between.

    Raises:
        Leave: It may have changed.
    """
    origin = flow.statement_of(expression)
    if origin is target:
        return
    steady = True
    for node in ast.walk(expression):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            steady = False
        if not isinstance(node, ast.Name):
            continue
        if flow.reach(node) != flow.reach_at(target, node.id):
            raise Leave(f"`{node.id}` may be rebound between line {node.lineno} and line {target.lineno}")
        if not _is_local_or_fixed(flow, node, target):
            steady = False
    if steady:
        return
    if not reads_only(flow, expression):
        raise Leave(f"`{ast.unparse(expression)}` would be evaluated at another place, and may have an effect")
    for statement in statements_between(flow, origin, target):
        if has_effects(flow, statement):
            raise Leave(f"`{ast.unparse(expression)}` may change at line {statement.lineno}, before the file is saved")


def _is_local_or_fixed(flow: Flow, node: ast.Name, target: ast.stmt) -> bool:
    """Whether no code but the function's own can rebind a name while it runs."""
    scope = flow.resolve(flow.scope_of(node), node.id)
    if scope is None:
        return True  # a builtin
    definitions = flow.definitions(scope, node.id)
    if len(definitions) == 1:
        return True
    return scope.node is function_of(flow, target) and not any(d.scope is not scope for d in definitions)
