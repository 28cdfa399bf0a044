"""What a function returns or yields, read from its body."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.flow.chains import last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Decorators that leave what a function returns as it is.
_KEEPING = frozenset({"staticmethod", "classmethod", "cache", "lru_cache", "override", "final", "abstractmethod", "fixture"})
# Decorators by which what the function yields is what its user gets, when it is entered.
_ENTERED = frozenset({"contextmanager", "asynccontextmanager"})


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of the functions and classes in it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _SCOPES):
            todo.extend(ast.iter_child_nodes(node))


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
    return all(_name(decorator) in _KEEPING | _ENTERED for decorator in function.decorator_list)


def is_entered(function: Function) -> bool:
    """Whether a call of it gives a context manager over what it yields."""
    return any(_name(decorator) in _ENTERED for decorator in function.decorator_list)


def _name(decorator: ast.expr) -> str:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
