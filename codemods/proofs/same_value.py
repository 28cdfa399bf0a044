"""Whether an expression that a rewrite moves still has the value that it had where it stood."""

from __future__ import annotations

import ast

from codemods.edits import Leave
from codemods.proofs.effects import reads_only
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.own_value import tuple_parts
from codemods.proofs.statement_order import Position, function_of, loops_around, place_of, ranges_between
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Flow
from lint_plugin.flow.set_once import is_set_once, method_of

_FIXED_KINDS = frozenset({"assign", "param", "import", "def", "class", "with"})


def is_steady(facts: ModuleFacts, expression: ast.expr, target: ast.stmt) -> bool:
    """Whether no call can change what `expression` yields at `target`: it reads local names and constants only."""
    flow = facts.flow
    away = function_of(flow, flow.statement_of(expression)) is not function_of(flow, target)
    for node in walk(expression):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            return False
        if isinstance(node, ast.Name):
            if not (_is_fixed(facts, node) if away else _is_local_or_fixed(facts, node, target)):
                return False
    return True


def require_same_value(facts: ModuleFacts, expression: ast.expr, target: ast.stmt) -> None:
    """Make sure that `expression` evaluated just before `target` gives what it gives at its own place.

    Every name in it must be reached by the same definitions at both places, and none of them may run in between (in a loop the
    same definition gives another value each time). Attributes, items and calls, and names that other functions may rebind, in
    addition need that nothing with an effect runs in between. The expression itself only reads.

    Raises:
        Leave: It may have changed.
    """
    flow = facts.flow
    origin = flow.statement_of(expression)
    if origin is target or _is_same_instance(flow, expression, target):
        return
    function = function_of(flow, target)
    away = function_of(flow, origin) is not function
    ranges = [] if away else ranges_between(flow, origin, target)
    inside = walk(expression)
    for node in inside:
        if isinstance(node, ast.Name) and not _is_own(flow, node, inside):
            _require_same_binding(facts, node, target, ranges)
    if is_steady(facts, expression, target):
        return
    if away:
        where = f"`{ast.unparse(expression)}` at line {expression.lineno}"
        raise Leave(f"{where} is evaluated in another function and may have changed: build the name where the file is written")
    behind = [value for _, value in tuple_parts(origin) if place_of(value) > place_of(expression)]
    if not all(reads_only(flow, value) for value in behind):
        raise _changes(expression, origin.lineno)
    for start, end in ranges:
        effect = facts.effect_within(function, start, end)
        if effect is not None:
            raise _changes(expression, effect[0])


def _changes(expression: ast.expr, line: int) -> Leave:
    what = f"`{ast.unparse(expression)}` may change at line {line}, before the file is saved"
    return Leave(f"{what}: keep its value in a variable")


def _is_own(flow: Flow, name: ast.Name, inside: list[ast.AST]) -> bool:
    """Whether a name is the variable of a comprehension in the same expression."""
    scope = flow.resolve(flow.scope_of(name), name.id)
    return scope is not None and scope.node in inside


def _is_same_instance(flow: Flow, expression: ast.expr, target: ast.stmt) -> bool:
    """Whether an expression of `__init__` (`self.recorder`) means the same in another method: it is set once and for all."""
    method, other = method_of(flow, target), method_of(flow, expression)
    if method is None or other is None or method is other or not is_set_once(flow, expression):
        return False
    first = [argument for function in (method, other) for argument in [*function.args.posonlyargs, *function.args.args][:1]]
    if flow.parent(method) is not flow.parent(other) or len({argument.arg for argument in first}) != 1:
        return False
    return {definition.node for definition in flow.reach_at(target, first[0].arg)} == {first[0]}


def _require_same_binding(facts: ModuleFacts, node: ast.Name, target: ast.stmt, ranges: list[tuple[Position, Position]]) -> None:
    flow = facts.flow
    scope = flow.resolve(flow.scope_of(node), node.id)
    if scope is not None:
        for start, end in ranges:
            place = facts.bound_within(scope, node.id, start, end)
            if place is not None:
                raise Leave(
                    f"`{node.id}` is bound again at line {place[0]}, before the file is saved: use another variable there"
                )
    there, here = flow.reach_at(target, node.id), flow.reach(node)
    if there != here:
        line = min((d.statement.lineno for d in (there - here or here - there) if d.kind != "unbound"), default=node.lineno)
        raise Leave(f"`{node.id}` is bound again at line {line}, before the file is saved: use another variable there")


def _is_local_or_fixed(facts: ModuleFacts, node: ast.Name, target: ast.stmt) -> bool:
    """Whether no code but the function's own can rebind a name while it runs."""
    flow = facts.flow
    scope = flow.resolve(flow.scope_of(node), node.id)
    if scope is None:
        return True  # a builtin
    definitions = facts.definitions(scope, node.id)
    if not all(d.kind == "param" or flow.scope_of(d.statement) is scope for d in definitions):
        return False  # `global` or `nonlocal` somewhere
    return scope.node is function_of(flow, target) or len(definitions) == 1


def _is_fixed(facts: ModuleFacts, node: ast.Name) -> bool:
    """Whether a name is bound once and for all, so that every function that can read it reads the same."""
    flow = facts.flow
    scope = flow.resolve(flow.scope_of(node), node.id)
    if scope is None:
        return True  # a builtin
    definitions = facts.definitions(scope, node.id)
    if len(definitions) != 1 or definitions[0].kind not in _FIXED_KINDS:
        return False
    only = definitions[0]
    if only.kind == "param":
        return True
    return flow.scope_of(only.statement) is scope and not loops_around(flow, only.statement)
