"""Attributes that a class gives its instances just once, at the top of `__init__`: every method reads the same."""

from __future__ import annotations

import ast

from lint_plugin.flow.functions import FUNCTIONS, Function, self_of
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow


def value_set_once(flow: Flow, node: ast.expr) -> ast.expr | None:
    """The value of `self.attribute` in a method, where the whole module stores to an attribute of that name only once.

    The store is a plain assignment that always runs in the `__init__` of the method's own class.
    """
    method = method_of(flow, node)
    if not isinstance(node, ast.Attribute) or method is None or not _is_self(flow, node.value, method):
        return None
    stores = []
    for other in flow.nodes():
        if isinstance(other, ast.Attribute) and other.attr == node.attr and not isinstance(other.ctx, ast.Load):
            stores.append(other)
        elif isinstance(other, ast.Call) and last_name(other.func) in ("setattr", "delattr", "__setattr__"):
            if any(isinstance(given, ast.Constant) and given.value == node.attr for given in other.args):
                return None
    if len(stores) != 1:
        return None
    statement = flow.parent(stores[0])
    init = flow.parent(statement) if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    if not isinstance(init, ast.FunctionDef) or init.name != "__init__" or flow.parent(init) is not flow.parent(method):
        return None
    assert isinstance(statement, (ast.Assign, ast.AnnAssign))
    plain = not isinstance(statement, ast.Assign) or len(statement.targets) == 1
    return statement.value if plain and _is_self(flow, stores[0].value, init) else None


def is_set_once(flow: Flow, node: ast.expr) -> bool:
    """Whether an expression is attributes of `self`, all of them set once: `self.recorder`."""
    return isinstance(node, ast.Attribute) and value_set_once(flow, node) is not None


def method_of(flow: Flow, node: ast.AST) -> Function | None:
    """The method whose own code (not that of a function in it) holds a node."""
    above = flow.parent(node)
    while above is not None and not isinstance(above, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
        above = flow.parent(above)
    return above if isinstance(above, FUNCTIONS) and isinstance(flow.parent(above), ast.ClassDef) else None


def _is_self(flow: Flow, node: ast.expr, method: Function) -> bool:
    this = self_of(method)
    return this is not None and isinstance(node, ast.Name) and {definition.node for definition in flow.reach(node)} == {this}
