"""Where statements stand to each other: blocks, what comes after what, what runs in between."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Collection, Iterator

from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow, Scope

Loop = (ast.For, ast.AsyncFor, ast.While)
Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BLOCKS = ("body", "orelse", "finalbody")

# What is told as a context manager that an error may, or has to, come.
_EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})

Position = tuple[int, int]  # line and column, as ast counts them


def block_of(flow: Flow, statement: ast.stmt) -> tuple[list[ast.stmt], int]:
    """The statement list that holds a statement, and its index there."""
    parent = flow.parent(statement)
    for field in _BLOCKS:
        block = getattr(parent, field, None)
        if isinstance(block, list) and block:
            index = bisect_left(block, place_of(statement), key=place_of)
            if index < len(block) and block[index] is statement:
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


def is_inside(flow: Flow, node: ast.AST, holders: Collection[ast.AST]) -> bool:
    """Whether one of `holders` holds a node."""
    above: ast.AST | None = node
    while above is not None:
        if above in holders:
            return True
        above = flow.parent(above)
    return False


def follows_in_block(flow: Flow, node: ast.AST, statement: ast.stmt) -> bool:
    """Whether a node stands in a later statement of the block that holds `statement`."""
    owner = flow.parent(statement)
    above: ast.AST | None = node
    while above is not None and flow.parent(above) is not owner:
        above = flow.parent(above)
    if not isinstance(above, ast.stmt):
        return False
    block, _ = block_of(flow, statement)
    return place_of(statement) < place_of(above) <= place_of(block[-1])


def loops_around(flow: Flow, statement: ast.stmt) -> list[ast.stmt]:
    """The loops of the same function whose body holds a statement, innermost first."""
    found: list[ast.stmt] = []
    below: ast.AST = statement
    for above in ancestors(flow, statement):
        if isinstance(above, Loop) and above is not statement and below in above.body:
            found.append(above)
        below = above
    return found


def errors_handled_around(flow: Flow, node: ast.AST) -> Iterator[tuple[ast.expr | ast.ExceptHandler, list[ast.expr | None]]]:
    """What catches an error that a node raises, from the inside out, with what it names (None: everything).

    Handlers of the `try` statements whose body holds it, and `with suppress(...)` or `pytest.raises(...)`; around its functions
    as well.
    """
    below, above = node, flow.parent(node)
    while above is not None:
        if isinstance(above, (ast.Try, ast.TryStar)) and below in above.body:
            for handler in above.handlers:
                yield handler, list(handler.type.elts) if isinstance(handler.type, ast.Tuple) else [handler.type]
        if isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body:
            for call in (item.context_expr for item in above.items):
                if isinstance(call, ast.Call) and last_name(call.func) in _EXPECTING:
                    yield call, [*call.args]
        below, above = above, flow.parent(above)


def function_of(flow: Flow, node: ast.AST) -> ast.AST:
    """The innermost function (or the module) that holds a node."""
    if isinstance(node, ast.stmt):
        # Through the scopes, of which there are few: an arm of a long if-chain is as deep as the chain is long.
        scope: Scope | None = flow.scope_of(node)
        while scope is not None and not isinstance(scope.node, (*Function, ast.Module)):
            scope = scope.parent
        return node if scope is None else scope.node
    above = flow.parent(node)
    while above is not None and not isinstance(above, (*Function, ast.Module)):
        above = flow.parent(above)
    return above if above is not None else node


def place_of(node: ast.stmt | ast.expr) -> Position:
    """Line and column where a node starts."""
    return node.lineno, node.col_offset


def end_of(node: ast.stmt | ast.expr) -> Position:
    """Line and column behind a node's end."""
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def ranges_between(flow: Flow, origin: ast.stmt, target: ast.stmt) -> list[tuple[Position, Position]]:
    """Ranges of the source that hold every statement of the function that may run after `origin` and before `target`.

    What stands between them, so the arms of a branch that `target` is not in count too, and all of each loop that holds
    `target` but not `origin`. A way around a loop that holds both leads through `origin` again, where `origin` always runs
    before `target`.
    """
    ranges = [(end_of(origin), place_of(target))]
    for loop in loops_around(flow, target):
        if not is_inside(flow, origin, {loop}):
            ranges.append((place_of(loop), end_of(loop)))
    return ranges


def excludes(flow: Flow, first: ast.AST, second: ast.AST) -> bool:
    """Whether two nodes stand in different arms of one `if` or `match`, so that only one of them runs."""
    arms = dict(_arms(flow, first))
    return any(arms.get(branching, arm) != arm for branching, arm in _arms(flow, second))


def _arms(flow: Flow, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The branching statements around a node within its function, each with the arm that it stands in."""
    function = function_of(flow, flow.statement_of(node))
    below, above = node, flow.parent(node)
    while above is not None and below is not function:
        if isinstance(above, ast.If):
            yield above, "body" if below in above.body else "orelse" if below in above.orelse else ""
        elif isinstance(above, ast.Match) and isinstance(below, ast.match_case):
            yield above, str(above.cases.index(below))
        elif isinstance(above, Loop):
            return  # another round may take another arm
        below, above = above, flow.parent(above)
