"""Which function a call calls in the end: through another name, `functools.partial`, a thread or an executor."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from lint_plugin.flow.callee import dotted_name, sole
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.use_table import PASSING, PASSING_METHODS, THREADS

_ALIASES = 4  # names that are followed to a function


@dataclass(frozen=True, slots=True)
class Called:
    """A function with the arguments that one call gives it.

    Attributes:
        call: The call as it stands in the code.
        function: The expression that names the function.
        name: Its dotted name by the imports, or None.
        args: The positional arguments; None for one that is not known.
        keywords: Those by name.
        detour: How the call gets to the function where it does not name it itself, as a sentence; "" where it does.
    """

    call: ast.Call
    function: ast.expr
    name: str | None
    args: tuple[ast.expr | None, ...]
    keywords: Mapping[str, ast.expr]
    detour: str = ""

    @property
    def last(self) -> str:
        """The last part of the function's name."""
        return self.name.rpartition(".")[2] if self.name else last_name(self.function)

    def argument(self, position: int | None, keyword: str) -> ast.expr | None:
        """An argument by position or keyword; position -1 is the object that the method is called on."""
        if position == -1:
            return self.function.value if isinstance(self.function, ast.Attribute) else None
        if position is not None and position < len(self.args):
            return self.args[position]
        return self.keywords.get(keyword) if keyword else None


def called(flow: Flow, call: ast.Call) -> Called:
    """What a call calls."""
    args, keywords = _arguments(call)
    function, name, given, detour = _followed(flow, call.func)
    if given is not None:
        before, named = _arguments(given)
        args, keywords = (*before[1:], *args), {**named, **keywords}
    passed = _passed(call, function, name, args, keywords)
    if passed is None:
        return Called(call, function, name, args, keywords, detour)
    inner, args, keywords = passed
    by = ast.unparse(call.func)
    function, name, _, _ = _followed(flow, inner)
    return Called(call, function, name, args, keywords, f"`{by}` calls `{ast.unparse(inner)}`")


def _arguments(call: ast.Call) -> tuple[tuple[ast.expr | None, ...], dict[str, ast.expr]]:
    args: list[ast.expr | None] = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            break
        args.append(argument)
    return tuple(args), {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _followed(flow: Flow, function: ast.expr) -> tuple[ast.expr, str | None, ast.Call | None, str]:
    """The function behind a name: its expression, dotted name, the `partial` that gives it arguments, and how it was got to."""
    given: ast.Call | None = None
    detour = ""
    if isinstance(function, ast.Call) and _is_partial(flow, function):  # called at once
        detour = f"line {function.lineno} calls `{ast.unparse(function.args[0])}` through `{ast.unparse(function.func)}`"
        given, function = function, function.args[0]
    for _ in range(_ALIASES):
        if not isinstance(function, ast.Name):
            break
        definition = sole(flow, function)
        value = None if definition is None or definition.kind not in ("assign", "walrus") else definition.value
        if value is None or definition is None:
            break
        if isinstance(value, ast.Call) and given is None and _is_partial(flow, value):
            given, value = value, value.args[0]
        elif not isinstance(value, (ast.Name, ast.Attribute)):
            break
        detour = f"`{function.id}` is another name for `{ast.unparse(value)}`, from line {definition.statement.lineno}"
        function = value
    return function, dotted_name(flow, function), given, detour


def _is_partial(flow: Flow, call: ast.Call) -> bool:
    return dotted_name(flow, call.func) == "functools.partial" and bool(call.args)


def _passed(
    call: ast.Call,
    function: ast.expr,
    name: str | None,
    args: tuple[ast.expr | None, ...],
    keywords: Mapping[str, ast.expr],
) -> tuple[ast.expr, tuple[ast.expr | None, ...], dict[str, ast.expr]] | None:
    """The function that a call hands on, with the arguments for it; None where it hands on none."""
    if name in THREADS:
        target, given = keywords.get("target"), keywords.get("args")
        if target is None or not isinstance(given, (ast.Tuple, ast.List)):
            return None
        named = keywords.get("kwargs")
        more = {}
        if isinstance(named, ast.Dict):
            pairs = zip(named.keys, named.values, strict=True)
            more = {key.value: value for key, value in pairs if isinstance(key, ast.Constant) and isinstance(key.value, str)}
        return target, tuple(given.elts), more
    at = PASSING.get(name or "")
    if at is None and isinstance(function, ast.Attribute):
        at = PASSING_METHODS.get(function.attr)
    if at is None or at >= len(args):
        return None
    inner = args[at]
    if not isinstance(inner, (ast.Name, ast.Attribute)):
        return None
    return inner, args[at + 1 :], dict(keywords)


def command_words(flow: Flow, found: Called, how: str) -> list[ast.expr]:
    """The words of the command that a call starts, `how` being the name of the argument that holds them, or `*`."""
    if how == "*":
        return [argument for argument in found.args if argument is not None]
    given = found.argument(0, how)
    if isinstance(given, ast.Name):
        definition = sole(flow, given)
        given = None if definition is None else definition.value
    words: list[ast.expr] = []
    todo = [] if given is None else [given]
    while todo:
        node = todo.pop(0)
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                words += elements
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                todo = [left, right, *todo]
            case _:
                words.append(node)
    return words
