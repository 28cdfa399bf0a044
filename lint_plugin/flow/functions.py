"""What a `def` says by itself: its decorators, its parameters, what it returns or yields."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.flow.nodes import children, last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Decorators that leave what a function returns as it is.
_KEEPING = frozenset({"staticmethod", "classmethod", "cache", "lru_cache", "override", "final", "abstractmethod", "fixture"})
# Decorators by which what the function yields is what its user gets, when it is entered.
_ENTERED = frozenset({"contextmanager", "asynccontextmanager"})


def decorator_names(node: Function | ast.ClassDef) -> set[str]:
    """The last names of the decorators of a function or class, called or not."""
    return {last_name(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list}


def is_property(function: Function) -> bool:
    """Whether it is read like an attribute."""
    return not decorator_names(function).isdisjoint({"property", "cached_property"})


def positional(function: Function) -> list[ast.arg]:
    """The parameters that can be given by position; `self` is the first one of a method."""
    return [*function.args.posonlyargs, *function.args.args]


def self_of(method: Function) -> ast.arg | None:
    """The parameter of a method that is given the object, or class, that it is called on."""
    first = positional(method)[:1]
    return first[0] if first and "staticmethod" not in decorator_names(method) else None


def default_of(arguments: ast.AST | None, parameter: ast.AST) -> ast.expr | None:
    """The default value of a parameter, by the node around it; None where it has none."""
    if not isinstance(arguments, ast.arguments):
        return None
    late = zip(reversed([*arguments.posonlyargs, *arguments.args]), reversed(arguments.defaults), strict=False)
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return next((default for one, default in (*late, *named) if one is parameter), None)


def method_of(owner: ast.ClassDef, name: str) -> Function | None:
    """The method of a name that a class defines."""
    return next((one for one in owner.body if isinstance(one, FUNCTIONS) and one.name == name), None)


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of the functions and classes in it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, SCOPES):
            todo.extend(children(node))


def is_generator(function: Function) -> bool:
    """Whether calling it gives an iterator over what it yields."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(function))


def own_values(function: Function) -> list[ast.expr | None]:
    """What it yields, or else returns."""
    nodes = list(own_nodes(function))
    yielded = [node.value for node in nodes if isinstance(node, ast.Yield)]
    return yielded or [node.value for node in nodes if isinstance(node, ast.Return)]


def keeps_result(function: Function) -> bool:
    """Whether its decorators leave what it returns as it is, or are those of context managers."""
    return decorator_names(function) <= _KEEPING | _ENTERED


def is_entered(function: Function) -> bool:
    """Whether a call of it gives a context manager over what it yields."""
    return not decorator_names(function).isdisjoint(_ENTERED)
