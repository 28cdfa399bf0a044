"""How functions and methods may be called, read from their `def`."""

from __future__ import annotations

import ast

from lint_plugin.facts import Signature
from lint_plugin.flow.functions import Function, decorator_names, is_generator, own_nodes, positional

_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "setter", "getter", "deleter"})
# Decorators that leave the parameters as they are written.
_SAME_PARAMETERS = frozenset({
    "staticmethod", "classmethod", "abstractmethod", "override", "final", "contextmanager", "asynccontextmanager", "cache",
    "lru_cache", "wraps", "deprecated",
})  # fmt: skip
_SUSPENDS = frozenset({"contextmanager", "asynccontextmanager"})


def method_signature(function: Function) -> Signature | None:
    """How a method is called on an instance; None for a property."""
    decorators = decorator_names(function)
    if decorators & _PROPERTIES:
        return None
    return _signature(function, skipped=0 if "staticmethod" in decorators else 1)


def function_signature(function: Function) -> Signature:
    """How a function is called."""
    return _signature(function, skipped=0)


def _signature(function: Function, skipped: int) -> Signature:
    arguments = function.args
    every = positional(function)
    by_position = [argument.arg for argument in every[skipped:]]
    by_name = [argument.arg for argument in every[max(skipped, len(arguments.posonlyargs)) :]]
    needed = [argument.arg for argument in every[skipped : len(every) - len(arguments.defaults)]]
    keywords = list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return Signature(
        positional=tuple(by_position),
        names=(*by_name, *(argument.arg for argument, _ in keywords)),
        required=(*needed, *(argument.arg for argument, default in keywords if default is None)),
        types={
            argument.arg: ast.unparse(argument.annotation)
            for argument in (*every, *arguments.kwonlyargs)
            if argument.annotation is not None
        },
        open=bool(arguments.vararg or arguments.kwarg or decorator_names(function) - _SAME_PARAMETERS),
        result=_result(function),
        runs=not (isinstance(function, ast.AsyncFunctionDef) or decorator_names(function) & _SUSPENDS or is_generator(function)),
    )


def _result(function: Function) -> str:
    if function.returns is not None:
        return ast.unparse(function.returns)
    if function.decorator_list:
        return ""
    last = function.body[-1]
    stub = isinstance(last, (ast.Raise, ast.Pass)) or (isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant))
    given = {_kind(n.value) for n in own_nodes(function) if isinstance(n, ast.Return) and n.value is not None}
    return given.pop() if len(given) == 1 else "" if stub or given else "None"


def _kind(value: ast.expr) -> str:
    """The type of a value that is written out, else ""."""
    match value:
        case ast.Constant():
            return type(value.value).__name__.replace("NoneType", "None")
        case ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
            return type(value).__name__.lower()
        case ast.BinOp(op=ast.Div()) | ast.Call(func=ast.Name(id="Path")):
            return "Path"
        case ast.JoinedStr():
            return "str"
    return ""
