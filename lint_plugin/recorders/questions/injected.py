"""What a framework gives a parameter: a pytest fixture of its name, the dependency that its default names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lint_plugin.facts import UNKNOWN, Evidence
from lint_plugin.flow.chains import last_name
from lint_plugin.flow.reaching import Flow

if TYPE_CHECKING:
    from lint_plugin.recorders.evidence import EvidenceFinder

Function = ast.FunctionDef | ast.AsyncFunctionDef

# What a default of a parameter is called that a framework fills in by calling the function in it.
DEPENDENCIES = frozenset({"Depends", "Security"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FOLDERS = 6  # folders above a test in which a conftest.py is looked for


def injected(finder: EvidenceFinder, argument: ast.arg) -> Evidence | None:
    """What a framework gives an un-annotated parameter; None where none is seen to."""
    default = _default_of(finder.flow, argument)
    if isinstance(default, ast.Call) and last_name(default.func) in DEPENDENCIES:
        return finder.of(default)  # `recorder=Depends(current)`
    return _fixture(finder, argument) if default is None else None


def _fixture(finder: EvidenceFinder, argument: ast.arg) -> Evidence | None:
    function = finder.flow.parent(finder.flow.parent(argument) or argument)
    if not isinstance(function, _FUNCTIONS) or not (function.name.startswith("test") or is_fixture(function)):
        return None
    if any(_parametrizes(decorator, argument.arg) for decorator in function.decorator_list):
        return None
    own = [one for one in finder.own.functions if is_fixture(one) and one is not function and _name_of(one) == argument.arg]
    if own:
        return _given(finder.own.result_of(own[-1]))
    for level in range(1, _FOLDERS):
        found = finder.named("." * level + f"conftest.{argument.arg}")
        if found is not None and found.result is not None:
            return _given(found.result)
    return None


def _given(result: Evidence) -> Evidence | None:
    """What a test gets of a fixture: what it returns or, run to its `yield`, yields; a coroutine is awaited."""
    found = result.items if result.items is not None and not result.is_recorder else result
    return None if found.level == UNKNOWN and not found.says_something else found


def is_fixture(function: Function) -> bool:
    """Whether pytest gives what the function returns to parameters of its name."""
    return any(last_name(_called(decorator)) == "fixture" for decorator in function.decorator_list)


def _name_of(function: Function) -> str:
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return function.name


def _parametrizes(decorator: ast.expr, name: str) -> bool:
    """Whether `@pytest.mark.parametrize` gives the parameter its values."""
    match decorator:
        case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, *_]):
            return any(
                isinstance(one, ast.Constant) and name in str(one.value).replace(",", " ").split() for one in ast.walk(names)
            )
    return False


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _default_of(flow: Flow, argument: ast.arg) -> ast.expr | None:
    """The default value of a parameter."""
    arguments = flow.parent(argument)
    if not isinstance(arguments, ast.arguments):
        function = arguments
        arguments = getattr(function, "args", None)
    if not isinstance(arguments, ast.arguments):
        return None
    positional = [*arguments.posonlyargs, *arguments.args]
    late = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    named = dict(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return late.get(argument) or named.get(argument)
