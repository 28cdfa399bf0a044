"""Chains of names, attributes and calls: `a.b(c).d`, which may be longer than Python's stack is deep."""

from __future__ import annotations

import ast
from collections.abc import Container


def last_name(expression: ast.expr) -> str:
    """The last part of a dotted expression (`copy2` of `shutil.copy2`), or "" for anything else."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def is_none(value: ast.expr | None) -> bool:
    """Whether an expression is the literal None."""
    return isinstance(value, ast.Constant) and value.value is None


def inside_out(expression: ast.expr, known: Container[ast.expr]) -> list[ast.expr]:
    """What a chain of attributes and calls consists of up to the first part that is known: innermost first, the chain last.

    For what is asked of each part in turn, in a loop; each asking the one inside it would go as deep as the chain is long.
    """
    found: list[ast.expr] = []
    node: ast.expr | None = expression
    while node is not None and node not in known:
        found.append(node)
        node = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Attribute) else None
    return found[::-1]
