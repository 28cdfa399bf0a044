"""The names that a single node binds, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_TYPE_PARAMETERS = ("TypeVar", "ParamSpec", "TypeVarTuple")  # as nodes, 3.12+


def name_bound_by(alias: ast.alias) -> str:
    """The name that one alias of an import statement binds; `*` for everything."""
    return alias.asname or alias.name.partition(".")[0]


def bound_names(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds or unbinds; what the nodes inside it bind is left out."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.alias():
            yield name_bound_by(node)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _ if type(node).__name__ in _TYPE_PARAMETERS:
            yield str(getattr(node, "name"))
