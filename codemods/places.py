"""Where statements stand to each other: blocks, what comes after what, what runs in between."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.flow import Flow

Loop = (ast.For, ast.AsyncFor, ast.While)
Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BLOCKS = ("body", "orelse", "finalbody")


def block_of(flow: Flow, statement: ast.stmt) -> tuple[list[ast.stmt], int]:
    """The statement list that holds a statement, and its index there."""
    parent = flow.parent(statement)
    for field in _BLOCKS:
        block = getattr(parent, field, None)
        if isinstance(block, list):
            for index, candidate in enumerate(block):
                if candidate is statement:
                    return block, index
    raise LookupError("a statement without a block")


def ancestors(flow: Flow, node: ast.AST) -> Iterator[ast.AST]:
    """What holds a node, from the inside out, the node itself first, up to its function or the module."""
    above: ast.AST | None = node
    while above is not None:
        yield above
        if isinstance(above, Function) and above is not node:
            return
        above = flow.parent(above)


def is_inside(flow: Flow, node: ast.AST, holders: set[ast.stmt]) -> bool:
    """Whether one of `holders` holds a node."""
    above: ast.AST | None = node
    while above is not None:
        if above in holders:
            return True
        above = flow.parent(above)
    return False


def follows_in_block(flow: Flow, node: ast.AST, statement: ast.stmt) -> bool:
    """Whether a node stands in a later statement of the block that holds `statement`."""
    block, index = block_of(flow, statement)
    return is_inside(flow, node, set(block[index + 1 :]))


def loops_around(flow: Flow, statement: ast.stmt) -> list[ast.stmt]:
    """The loops of the same function whose body holds a statement, innermost first."""
    found: list[ast.stmt] = []
    below: ast.AST = statement
    for above in ancestors(flow, statement):
        if isinstance(above, Loop) and above is not statement and below in above.body:
            found.append(above)
        below = above
    return found


def function_of(flow: Flow, node: ast.AST) -> ast.AST:
    """The innermost function (or the module) that holds a node."""
    above = flow.parent(node)
    while above is not None and not isinstance(above, (*Function, ast.Module)):
        above = flow.parent(above)
    return above if above is not None else node


def statements_between(flow: Flow, origin: ast.stmt, target: ast.stmt) -> list[ast.stmt]:
    """Every statement of the function that may run after `origin` and before `target`.

    Taken by position, so the arms of a branch that `target` is not in count too; all of a loop counts when it holds
    `target` and not `origin`.
    """
    function = function_of(flow, target)
    repeated = [loop for loop in loops_around(flow, target) if not is_inside(flow, origin, {loop})]
    first = (origin.end_lineno or origin.lineno, origin.end_col_offset or 0)
    last = (target.lineno, target.col_offset)
    found: list[ast.stmt] = []
    for node in ast.walk(function):
        if not isinstance(node, ast.stmt) or node is origin or node is target or node is function:
            continue
        here = (node.lineno, node.col_offset)
        if first <= here < last or any(is_inside(flow, node, {loop}) for loop in repeated):
            if function_of(flow, node) is function:
                found.append(node)
    return found
