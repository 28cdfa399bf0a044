"""What a framework gives a parameter: a pytest fixture of its name, the dependency that its default names."""

from __future__ import annotations

import ast

from lint_plugin.facts import UNKNOWN, Evidence
from lint_plugin.flow.functions import FUNCTIONS, Function, decorator_names, default_of
from lint_plugin.flow.nodes import last_name
from lint_plugin.recorders.questions.finder import Finder

# What a default of a parameter is called that a framework fills in by calling the function in it.
DEPENDENCIES = frozenset({"Depends", "Security"})
_FOLDERS = 6  # folders above a test in which a conftest.py is looked for


def injected(finder: Finder, argument: ast.arg) -> Evidence | None:
    """What a framework gives an un-annotated parameter; None where none is seen to."""
    default = default_of(finder.flow.parent(argument), argument)
    if isinstance(default, ast.Call) and last_name(default.func) in DEPENDENCIES:
        return finder.of(default)  # `recorder=Depends(current)`
    return _fixture(finder, argument) if default is None else None


def _fixture(finder: Finder, argument: ast.arg) -> Evidence | None:
    function = finder.flow.parent(finder.flow.parent(argument) or argument)
    if not isinstance(function, FUNCTIONS) or not (function.name.startswith("test") or is_fixture(function)):
        return None
    if any(_parametrizes(decorator, argument.arg) for decorator in function.decorator_list):
        return None
    own = [one for one in finder.functions if is_fixture(one) and one is not function and _name_of(one) == argument.arg]
    if own:
        return _given(finder.result_of(own[-1]))
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
    return "fixture" in decorator_names(function)


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
