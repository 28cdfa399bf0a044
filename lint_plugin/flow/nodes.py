"""What a node of a tree says by itself: its parts, the last of its names, the names that it binds."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

# Operators and contexts, and the fields that never hold a node, whatever the class.
_NO_NODES = frozenset({"ctx", "op", "ops", "type_ignores"}) | frozenset(
    {"arg", "asname", "attr", "conversion", "id", "is_async", "kind", "level", "module", "simple", "type_comment"}
)
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {ast.Constant: ()}  # of each type of node, those that may hold nodes
_TYPE_PARAMETERS = ("TypeVar", "ParamSpec", "TypeVarTuple")  # as nodes, 3.12+


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below one, in order; operators and contexts, which say nothing, are left out."""
    fields = _FIELDS.get(node.__class__)
    if fields is None:
        fields = _FIELDS[node.__class__] = tuple(name for name in node._fields if name not in _NO_NODES)
    found: list[ast.AST] = []
    for name in fields:
        child = getattr(node, name, None)
        if child.__class__ is list:
            for inner in child:
                if isinstance(inner, ast.AST):
                    found.append(inner)
        elif isinstance(child, ast.AST):
            found.append(child)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and every node below it, in the order of `ast.walk`, without operators and contexts."""
    nodes = [node]
    for above in nodes:
        nodes += children(above)
    return nodes


def last_name(node: ast.AST) -> str:
    """The last part of a dotted expression (`copy2` of `shutil.copy2`), or "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_none(value: ast.expr | None) -> bool:
    """Whether an expression is the literal None."""
    return isinstance(value, ast.Constant) and value.value is None


def inside_out(expression: ast.expr, known: Container[ast.expr]) -> list[ast.expr]:
    """What a chain of attributes and calls consists of up to the first part that is known: innermost first, the chain last.

    For what is asked of each part in turn, in a loop: a chain may be longer than Python's stack is deep.
    """
    found: list[ast.expr] = []
    node: ast.expr | None = expression
    while node is not None and node not in known:
        found.append(node)
        node = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Attribute) else None
    return found[::-1]


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
