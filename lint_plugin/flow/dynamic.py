"""What reads or binds names unseen: `locals()`, `vars()`, `dir()`, `globals()`, `eval`, `exec`, `frame.f_locals`.

A scope in which that may happen to any name is *dynamic*. `"x" in locals()`, `locals()["x"]` and `locals().get("x")` are a
use of `x` alone.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from lint_plugin.flow.scopes import Scope

NAMES = frozenset({"locals", "vars", "dir", "globals", "eval", "exec"})
ATTRIBUTES = frozenset({"f_locals", "f_globals"})


def name_spelled_out(use: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> ast.Constant | None:
    """The constant that says which name alone a use of `locals` and its like is about, or None.

    Args:
        use: The name `locals`.
        parents: The parent of each node.
    """
    call = parents[use]
    if use.id in ("eval", "exec") or not isinstance(call, ast.Call) or call.func is not use or call.args or call.keywords:
        return None
    key: ast.expr | None = None
    match parents[call]:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]) if right is call:
            key = left
        case ast.Subscript(value=value, slice=index, ctx=ast.Load()) if value is call and use.id != "dir":
            key = index
        case ast.Attribute(attr="get") as method if use.id != "dir":
            match parents[method]:
                case ast.Call(func=function, args=[first, *_]) if function is method:
                    key = first
    return key if isinstance(key, ast.Constant) else None


def is_about_something_else(use: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether it is `vars(thing)` or `dir(thing)`."""
    call = parents[use]
    return use.id in ("vars", "dir") and isinstance(call, ast.Call) and call.func is use and bool(call.args or call.keywords)


def mark(scope: Scope, how: str) -> None:
    """Note that `how`, a name or an attribute of those above, makes names of `scope` be used unseen."""
    if how in ("eval", "exec", "globals", "f_globals"):
        scope.module.dynamic = True
    if how in ("globals", "f_globals"):
        return
    at: Scope | None = scope
    while at is not None:
        at.dynamic = True
        # Where a comprehension runs as part of the function around it, `locals()` has the function's names too.
        at = at.parent if at.kind in ("comprehension", "type") else None
