"""How functions and methods may be called, read from their `def`."""

from __future__ import annotations

import ast

from lint_plugin.facts import Signature

Function = ast.FunctionDef | ast.AsyncFunctionDef

_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "setter", "getter", "deleter"})
# Decorators that leave the parameters as they are written.
_SAME_PARAMETERS = frozenset({
    "staticmethod", "classmethod", "abstractmethod", "override", "final", "contextmanager", "asynccontextmanager", "cache",
    "lru_cache", "wraps", "deprecated",
})  # fmt: skip


def method_signature(function: Function) -> Signature | None:
    """How a method is called on an instance; None for a property."""
    decorators = _decorators(function)
    if decorators & _PROPERTIES:
        return None
    return _signature(function, skipped=0 if "staticmethod" in decorators else 1)


def function_signature(function: Function) -> Signature:
    """How a function is called."""
    return _signature(function, skipped=0)


def _signature(function: Function, skipped: int) -> Signature:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args]
    positional = [argument.arg for argument in every[skipped:]]
    by_name = [argument.arg for argument in every[max(skipped, len(arguments.posonlyargs)) :]]
    needed = [argument.arg for argument in every[skipped : len(every) - len(arguments.defaults)]]
    keywords = list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return Signature(
        positional=tuple(positional),
        names=(*by_name, *(argument.arg for argument, _ in keywords)),
        required=(*needed, *(argument.arg for argument, default in keywords if default is None)),
        types={
            argument.arg: ast.unparse(argument.annotation)
            for argument in (*every, *arguments.kwonlyargs)
            if argument.annotation is not None
        },
        open=bool(arguments.vararg or arguments.kwarg or _decorators(function) - _SAME_PARAMETERS),
    )


def _decorators(function: Function) -> set[str]:
    """The last names of a function's decorators."""
    names = set()
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else "")
    return names
