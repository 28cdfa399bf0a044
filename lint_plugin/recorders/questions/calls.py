"""What a call gives: the questions that are asked of it."""

from __future__ import annotations

import ast

from lint_plugin.facts import NO, UNKNOWN, WEAK, Evidence
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import is_none, last_name
from lint_plugin.recorders.questions.finder import Finder
from lint_plugin.recorders.questions.injected import DEPENDENCIES

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)

# Calls that give what one of their arguments is: name -> position.
_PASSED_THROUGH = {
    "enter_context": 0, "enter_async_context": 0, "nullcontext": 0, "closing": 0, "aclosing": 0, "wait_for": 0, "shield": 0,
    "assert_type": 0, "copy": 0, "deepcopy": 0, "proxy": 0, "create_task": 0, "ensure_future": 0,
}  # fmt: skip
# The same of functions whose names are those of other things too.
_PASSED_BY_NAME = frozenset({"dataclasses.replace", "asyncio.run"})
# Calls that give what a call of one of their arguments gives.
_CALLED = {"to_thread": 0, "run_in_executor": 1, "run_sync": 0, "run_in_threadpool": 0, **dict.fromkeys(DEPENDENCIES, 0)}
_BUILTIN_VALUES = frozenset({"open", "dict", "list", "set", "tuple", "str", "bytes", "int", "float", "bool"})


def is_cast(finder: Finder, call: ast.Call) -> Evidence | None:
    return finder.annotation(call.args[0]) if last_name(call.func) == "cast" and call.args else None


def is_configured(finder: Finder, call: ast.Call) -> Evidence | None:
    """A call of something that bears the name of a configured class or factory."""
    target = dotted_name(finder.flow, call.func)
    last = last_name(call.func)
    final = "" if target is None or target.startswith("builtins.") else target.rpartition(".")[2]
    name = last if last in finder.configured else final
    if name not in finder.configured:
        return None
    if target is not None:
        return finder.configured_gives(target)
    if isinstance(call.func, ast.Name) and last in finder.classes:
        return finder.instance_of(finder.classes[last])
    own = is_result(finder, call) if isinstance(call.func, ast.Name) else None
    return _WEAK if own is None else own


def is_result(finder: Finder, call: ast.Call) -> Evidence | None:
    """A call of a function, method or class that is known, here or in the project; of an object that can be called."""
    function = finder.of(call.func)
    result = function.result or finder.method_result(function, "__call__")
    return result if result is not None and (result.level != UNKNOWN or result.says_something) else None


def is_of_generic(finder: Finder, call: ast.Call) -> Evidence | None:
    """`ContextVar[LivePipelineRecorder]("now")`, `dict[str, LivePipelineRecorder]()`."""
    found = finder.annotation(call.func) if isinstance(call.func, ast.Subscript) else None
    return found if found is not None and found.says_something else None


def is_type(finder: Finder, call: ast.Call) -> Evidence | None:
    """`type(recorder)`."""
    match call:
        case ast.Call(func=ast.Name(id="type"), args=[inner]):
            return finder.type_of(inner)
    return None


def is_super(finder: Finder, call: ast.Call) -> Evidence | None:
    """`super()`: what the first base says that is known; of a recorder's own class nothing, for that is its inside."""
    if not isinstance(call.func, ast.Name) or call.func.id != "super":
        return None
    owner = finder.enclosing_class(call)
    for base in () if owner is None else owner.bases:
        found = finder.annotation(base)
        if found.instance:
            return None if found.is_recorder else found
    return None


def is_passed_through(finder: Finder, call: ast.Call) -> Evidence | None:
    """A call that gives what it is given, as it is or entered."""
    last = last_name(call.func)
    at = _PASSED_THROUGH.get(last)
    if at is None and dotted_name(finder.flow, call.func) in _PASSED_BY_NAME:
        at = 0
    if at is None or at >= len(call.args):
        return None
    found = finder.entered(call.args[at]) if last.startswith("enter_") else finder.of(call.args[at])
    return found if found.says_something else None


def is_weak_reference(finder: Finder, call: ast.Call) -> Evidence | None:
    """`weakref.ref(recorder)`: a call of it gives the recorder."""
    if dotted_name(finder.flow, call.func) not in ("weakref.ref", "weakref.WeakMethod") or not call.args:
        return None
    found = finder.of(call.args[0])
    return Evidence(NO, result=found) if found.says_something else None


def is_made_by_default(finder: Finder, call: ast.Call) -> Evidence | None:
    """`field(default_factory=make)`, `Field(default=None)`: what a field is that is not given."""
    if last_name(call.func) not in ("field", "Field", "ib"):
        return None
    for keyword in call.keywords:
        if keyword.arg in ("default_factory", "factory"):
            return gives(finder, keyword.value)
        if keyword.arg == "default" and not is_none(keyword.value):
            return finder.of(keyword.value)
    return _UNKNOWN


def is_called_by_it(finder: Finder, call: ast.Call) -> Evidence | None:
    """`await asyncio.to_thread(get_recorder, run_id)`, `Depends(current)`, `functools.partial(get_recorder, run_id)`."""
    last = last_name(call.func)
    at = 0 if last == "partial" else _CALLED.get(last)
    found = None if at is None or at >= len(call.args) else gives(finder, call.args[at])
    if found is None:
        return None
    if last == "partial":
        return Evidence(NO, result=found)
    # A framework awaits, or runs to its `yield`, what it depends on.
    return found.items if last in DEPENDENCIES and found.items is not None and not found.is_recorder else found


def gives(finder: Finder, function: ast.expr) -> Evidence | None:
    """What a call of a function gives, where that is known."""
    call = ast.Call(function, [], [])
    return is_configured(finder, call) or is_result(finder, call)


def is_of_builtin(finder: Finder, call: ast.Call) -> Evidence | None:
    target = dotted_name(finder.flow, call.func)
    return _NO if target is not None and target.removeprefix("builtins.") in _BUILTIN_VALUES else None


def is_of_other_class(finder: Finder, call: ast.Call) -> Evidence | None:
    """By its capital letter."""
    return _NO if last_name(call.func).lstrip("_")[:1].isupper() else None


def is_of_function_called_like_one(finder: Finder, call: ast.Call) -> Evidence | None:
    last = last_name(call.func)
    return _WEAK if any(last == name or last.endswith("_" + name) for name in finder.names) else None
