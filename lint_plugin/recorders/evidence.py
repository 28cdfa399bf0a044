"""Whether an expression is a recorder, and how sure that is.

`strong` is proof: an annotation, a constructor, a factory that is imported from a recorder module, in this file or in a file
of the project that it imports from. `weak` is a name that suggests one. `no` is proof of the opposite, `unknown` the absence
of anything.

`QUESTIONS` has the questions that are asked of each kind of expression, in order: the first that has an answer decides.
A new way to get at a recorder is a function and a line there.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence, KnownClass
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.chains import inside_out, last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.recorders.annotations import Annotations
from lint_plugin.recorders.bindings import DEPENDENCIES, Bindings, held_by, part_of
from lint_plugin.recorders.narrowing import Narrowing
from lint_plugin.recorders.own_classes import OwnClasses, is_none
from lint_plugin.recorders.project import Project

__all__ = ["NO", "STRONG", "UNKNOWN", "WEAK", "Evidence", "EvidenceFinder", "Project"]

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)

# Calls that give what one of their arguments is: name -> position.
_PASSED_THROUGH = {
    "enter_context": 0, "enter_async_context": 0, "nullcontext": 0, "closing": 0, "aclosing": 0, "wait_for": 0, "shield": 0,
    "assert_type": 0, "copy": 0,
}  # fmt: skip
# Calls that give what a call of one of their arguments gives.
_CALLED = {"to_thread": 0, "run_in_executor": 1, "run_sync": 0, "run_in_threadpool": 0, **dict.fromkeys(DEPENDENCIES, 0)}
# Functions that give a collection of the items of another.
_COLLECTED = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "deque", "as_completed"})
_ITEM_METHODS = frozenset({"get", "pop", "setdefault", "popleft", "get_nowait", "result", "__getitem__"})
_BUILTIN_VALUES = frozenset({"open", "dict", "list", "set", "tuple", "str", "bytes", "int", "float", "bool"})


class EvidenceFinder:
    """Judges the expressions of one module.

    Attributes:
        flow: The module's flow.
        config: The configuration that names the classes.
        module: The module's scope.
        path: The module's file, absolute.
        project: What other files say; None where that is not known.
        own: The module's classes and functions.
        bindings: What names are by the statements that bind them.
        annotations: What annotations say.
        narrowing: What tests say.
        configured: Names of configured classes and factories.
        in_recorder_module: Whether the module's own name is that of a recorder module.
        names: Names that suggest a recorder.
    """

    def __init__(self, tree: ast.Module, flow: Flow, config: Config, path: str = "", project: Project | None = None) -> None:
        """`path` is the file's, to know the recorder's own module by; `project` is what other files say."""
        self.flow = flow
        self.config = config
        self.module = flow.scope_of(tree)
        self.path = os.path.abspath(path)
        self.project = project
        self.own = OwnClasses(flow, self)
        self.bindings = Bindings(flow, self)
        self.annotations = Annotations(self)
        self.narrowing = Narrowing(flow)
        self.configured = frozenset((*config.recorder_classes, *config.recorder_factories))
        self.in_recorder_module = self.is_recorder_module(os.path.splitext(os.path.basename(path))[0])
        self.names = frozenset(config.recorder_names)
        self._memo: dict[ast.expr, Evidence] = {}

    @property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The module's classes by name."""
        return self.own.by_name

    def of(self, expression: ast.expr) -> Evidence:
        """The evidence for an expression."""
        for part in inside_out(expression, self._memo):
            if part not in self._memo:
                self._memo[part] = _UNKNOWN  # what a cycle of definitions sees
                self._memo[part] = self._judge(part)
        return self._memo[expression]

    def _judge(self, expression: ast.expr) -> Evidence:
        for question in QUESTIONS.get(type(expression), ()):
            answer = question(self, expression)
            if answer is not None:
                return answer
        return _UNKNOWN

    def annotation(self, node: ast.expr) -> Evidence:
        """What an annotation says of the annotated name; `unknown` for `Any`, `object` and type variables."""
        return self.annotations.of(node)

    def suggests(self, name: str) -> bool:
        """Whether a name suggests a recorder."""
        return name.lstrip("_") in self.names

    def is_recorder_module(self, module: str) -> bool:
        """Whether a configured class or factory is one where it is imported from that module."""
        bare = module.lstrip(".")
        return bool(bare) and any(fnmatchcase(bare, pattern) for pattern in self.config.recorder_modules)

    def named(self, origin: str) -> Evidence | None:
        """What the project says of a dotted name that this file imports."""
        return None if self.project is None else self.project.named(os.path.dirname(self.path), origin)

    def configured_gives(self, origin: str) -> Evidence:
        """What a class or function gives that bears a configured name, by the dotted name that it is imported under."""
        if self.is_recorder_module(origin.rpartition(".")[0]):
            return Evidence(STRONG, origin)
        known = self.named(origin)
        made = None if known is None else known.meaning or known.result
        if made is not None and made.level == STRONG and self.is_recorder_module(made.origin.rpartition(".")[0]):
            return made
        return _WEAK

    def is_recorder_class(self, node: ast.ClassDef) -> bool:
        """Whether a class of this module is a configured one, or derives from one."""
        return self.own.is_recorder_class(node)

    def stored_values(self, owner: ast.ClassDef, attribute: str) -> list[ast.expr | None]:
        """What a class and its bases in this module store under one of its attributes; None for an unknown value."""
        return self.own.stored_values(owner, attribute)

    def other_class_has(self, attribute: str) -> bool:
        """Whether a class that is no recorder has an attribute that recorders lack, here or elsewhere in the project."""
        if self.own.other_with(attribute):
            return True
        return self.project is not None and self.project.other_class_with(attribute) is not None

    def class_of(self, evidence: Evidence) -> KnownClass | None:
        """The recorder's class as its source defines it, where that was found."""
        if not evidence.origin or evidence.level != STRONG:
            return None
        local = self.own.by_name.get(evidence.origin)
        if local is not None:
            return self.own.read(local)
        return None if self.project is None else self.project.class_of(evidence.origin)

    def is_text(self, evidence: Evidence, attribute: str) -> bool:
        """Whether the recorder's class says that an attribute is a `str`."""
        known = self.class_of(evidence)
        return known is not None and attribute in known.texts

    def combined(self, parts: Iterable[Evidence], named: bool) -> Evidence:
        """All outcomes together: one `no` decides, one `unknown` leaves only the name to speak."""
        found = list(parts)
        levels = {part.level for part in found}
        if not found:
            return _UNKNOWN
        if UNKNOWN in levels and NO not in levels and named:
            return _WEAK
        if len(set(found)) == 1:
            return found[0]
        if NO in levels:
            return _NO
        if UNKNOWN in levels:
            return _UNKNOWN
        if levels == {STRONG}:
            origins = {part.origin for part in found}
            instances = {part.instance for part in found}
            origin, instance = (one.pop() if len(one) == 1 else "" for one in (origins, instances))
            return Evidence(STRONG, origin, any(part.own for part in found), instance)
        return _WEAK

    def enclosing_class(self, node: ast.AST) -> ast.ClassDef | None:
        """The class whose method holds `node`, through nested functions."""
        above = self.flow.parent(node)
        while above is not None and not isinstance(above, ast.ClassDef):
            above = self.flow.parent(above)
        return above

    def owner(self, value: ast.expr) -> ast.ClassDef | None:
        """The class of this module that an expression is an instance of."""
        path, _, name = self.of(value).instance.rpartition(":")
        return self.classes.get(name) if path == self.path else None

    def stores_of(self, attribute: str) -> list[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
        """Every store to an attribute of that name in this module: `(object, annotation, value)`."""
        return self.own.stores.by_attribute.get(attribute, [])


def _inner(finder: EvidenceFinder, node: ast.NamedExpr | ast.Starred) -> Evidence:
    return finder.of(node.value)


def _is_awaited(finder: EvidenceFinder, node: ast.Await) -> Evidence:
    return held_by(finder.of(node.value))


def _is_narrowed(finder: EvidenceFinder, node: ast.Name | ast.Attribute) -> Evidence | None:
    """After `isinstance(x, LivePipelineRecorder)`, or in `case LivePipelineRecorder():`."""
    asked = finder.narrowing.class_of(node)
    found = None if asked is None else finder.annotations.any_of(asked)
    return found if found is not None and (found.is_recorder or found.instance) else None


def _is_bound(finder: EvidenceFinder, name: ast.Name) -> Evidence | None:
    return finder.bindings.bound(finder.flow.reach(name), finder.suggests(name.id))


def _is_free(finder: EvidenceFinder, name: ast.Name) -> Evidence | None:
    """A name that nothing binds, or only None."""
    scope = finder.flow.resolve(finder.flow.scope_of(name), name.id)
    return _WEAK if finder.suggests(name.id) and scope is None else _UNKNOWN


def _is_of_module(finder: EvidenceFinder, node: ast.Attribute) -> Evidence | None:
    """`deps.current` of an imported module."""
    target = dotted_name(finder.flow, node)
    return None if target is None or target.startswith("builtins.") else finder.named(target)


def _is_member(finder: EvidenceFinder, node: ast.Attribute) -> Evidence | None:
    """`finder.recorder`, `worker.inner.rec`: what the class says of the attribute."""
    base = finder.of(node.value)
    instance = base.instance or ("" if base.meaning is None else base.meaning.instance)
    path, _, name = instance.rpartition(":")
    if path == finder.path and name in finder.own.by_name:
        return finder.own.member(finder.own.by_name[name], node.attr)
    return finder.project.member(instance, node.attr) if instance and finder.project is not None else None


def _is_stored_here(finder: EvidenceFinder, node: ast.Attribute) -> Evidence | None:
    """`app.recorder = AudioRecorder()`, `g.rec = get_recorder()`: what one place stores there, another may read."""
    values = [value for base, _, value in finder.stores_of(node.attr) if ast.dump(base) == ast.dump(node.value)]
    found = [finder.of(value) for value in values if value is not None and not is_none(value)]
    if any(one.level == NO for one in found):
        return _NO
    return _WEAK if found and all(one.is_recorder for one in found) else None


def _is_called_like_one(finder: EvidenceFinder, node: ast.Attribute) -> Evidence | None:
    return _WEAK if finder.suggests(node.attr) else None


def _is_cast(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    return finder.annotation(call.args[0]) if last_name(call.func) == "cast" and call.args else None


def _is_configured(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    """A call of something that bears the name of a configured class or factory."""
    target = dotted_name(finder.flow, call.func)
    last = last_name(call.func)
    final = "" if target is None or target.startswith("builtins.") else target.rpartition(".")[2]
    name = last if last in finder.configured else final
    if name not in finder.configured:
        return None
    if target is not None:
        return finder.configured_gives(target)
    if isinstance(call.func, ast.Name):
        if last in finder.classes:
            return finder.own.instance_of(finder.classes[last])
        found = finder.of(call.func).result
        if found is not None and (found.level != UNKNOWN or found.says_something):
            return found
        if found is not None:
            return Evidence(STRONG, last) if finder.in_recorder_module else _WEAK
    return _WEAK


def _is_result(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    """A call of a function, method or class that is known, here or in the project."""
    result = finder.of(call.func).result
    return result if result is not None and (result.level != UNKNOWN or result.says_something) else None


def _is_passed_through(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    last = last_name(call.func)
    at = _PASSED_THROUGH.get(last)
    found = None if at is None or at >= len(call.args) else finder.of(call.args[at])
    if found is None or not found.says_something:
        return None
    return held_by(found) if last.startswith("enter_") else found


def _is_called_by_it(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    """`await asyncio.to_thread(get_recorder, run_id)`, `Depends(current)`, `functools.partial(get_recorder, run_id)`."""
    last = last_name(call.func)
    at = 0 if last == "partial" else _CALLED.get(last)
    if at is None or at >= len(call.args):
        return None
    called = ast.Call(call.args[at], [], [])
    found = _is_configured(finder, called) or finder.of(called.func).result
    if found is None:
        return None
    if last == "partial":
        return Evidence(NO, result=found)
    # A framework awaits, or runs to its `yield`, what it depends on.
    return found.items if last in DEPENDENCIES and found.items is not None and not found.is_recorder else found


def _is_from_container(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    """`recorders.values()`, `recorders.get(key)`, `list(recorders)`, `next(iter(recorders))`."""
    if isinstance(call.func, ast.Attribute):
        held = finder.of(call.func.value)
        if held.items is not None:
            if call.func.attr == "values":
                return Evidence(NO, items=held.items)
            if call.func.attr in _ITEM_METHODS:
                return held.items
            return held if call.func.attr in ("copy", "__iter__", "__aiter__") else None
    last = last_name(call.func)
    if last in _COLLECTED or last == "next":
        given = finder.of(call.args[0]) if call.args else _UNKNOWN
        if given.items is not None and not given.mapping:
            return given.items if last == "next" else Evidence(NO, items=given.items)
    return None


def _is_of_builtin(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    target = dotted_name(finder.flow, call.func)
    return _NO if target is not None and target.removeprefix("builtins.") in _BUILTIN_VALUES else None


def _is_of_other_class(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    """By its capital letter."""
    return _NO if last_name(call.func).lstrip("_")[:1].isupper() else None


def _is_of_function_called_like_one(finder: EvidenceFinder, call: ast.Call) -> Evidence | None:
    last = last_name(call.func)
    return _WEAK if any(last == name or last.endswith("_" + name) for name in finder.names) else None


def _is_item(finder: EvidenceFinder, node: ast.Subscript) -> Evidence | None:
    held = finder.of(node.value)
    if isinstance(node.slice, ast.Slice):
        return held
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and held.parts:
        return part_of(held, node.slice.value)
    return held.items


def _is_subscripted_type(finder: EvidenceFinder, node: ast.Subscript) -> Evidence | None:
    """`Box[int](...)` makes what `Box(...)` makes."""
    held = finder.of(node.value)
    return held if held.meaning is not None else None


def _is_either(finder: EvidenceFinder, node: ast.IfExp) -> Evidence:
    values = [value for value in (node.body, node.orelse) if not is_none(value)]
    return finder.combined([finder.of(value) for value in values], named=False)


def _is_one_of(finder: EvidenceFinder, node: ast.BoolOp) -> Evidence:
    if isinstance(node.op, ast.And):
        return finder.of(node.values[-1])  # what stands before it is false, and no recorder
    return finder.combined([finder.of(value) for value in node.values if not is_none(value)], named=False)


def _is_constant(finder: EvidenceFinder, node: ast.Constant) -> Evidence:
    return _UNKNOWN if node.value is None else _NO


def _is_collection(finder: EvidenceFinder, node: ast.List | ast.Set | ast.Tuple) -> Evidence:
    parts = tuple(finder.of(value) for value in node.elts)
    if not any(part.says_something for part in parts):
        return _NO
    items = finder.combined(parts, named=False)
    held = parts if isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts) else ()
    return Evidence(NO, items=items if items.says_something else None, parts=held)


def _is_mapping(finder: EvidenceFinder, node: ast.Dict) -> Evidence:
    values = [finder.of(value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    items = finder.combined(values, named=False)
    return Evidence(NO, items=items, mapping=True) if items.says_something else _NO


def _is_comprehension(finder: EvidenceFinder, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Evidence:
    items = finder.of(node.elt)
    return Evidence(NO, items=items) if items.says_something else _NO


def _is_dict_comprehension(finder: EvidenceFinder, node: ast.DictComp) -> Evidence:
    items = finder.of(node.value)
    return Evidence(NO, items=items, mapping=True) if items.says_something else _NO


def _is_lambda(finder: EvidenceFinder, node: ast.Lambda) -> Evidence:
    result = finder.of(node.body)
    return Evidence(NO, result=result) if result.says_something else _NO


def _is_something_else(finder: EvidenceFinder, node: ast.expr) -> Evidence:
    return _NO


QUESTIONS: Mapping[type[ast.expr], tuple[Callable[[EvidenceFinder, Any], Evidence | None], ...]] = {
    ast.Name: (_is_narrowed, _is_bound, _is_free),
    ast.Attribute: (_is_narrowed, _is_of_module, _is_member, _is_stored_here, _is_called_like_one),
    ast.Call: (
        _is_cast,
        _is_configured,
        _is_result,
        _is_passed_through,
        _is_called_by_it,
        _is_from_container,
        _is_of_builtin,
        _is_of_other_class,
        _is_of_function_called_like_one,
    ),
    ast.Subscript: (_is_item, _is_subscripted_type),
    ast.Await: (_is_awaited,),
    **dict.fromkeys((ast.NamedExpr, ast.Starred), (_inner,)),
    ast.IfExp: (_is_either,),
    ast.BoolOp: (_is_one_of,),
    ast.Constant: (_is_constant,),
    **dict.fromkeys((ast.Tuple, ast.List, ast.Set), (_is_collection,)),
    ast.Dict: (_is_mapping,),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp), (_is_comprehension,)),
    ast.DictComp: (_is_dict_comprehension,),
    ast.Lambda: (_is_lambda,),
    **dict.fromkeys((ast.JoinedStr, ast.Compare, ast.BinOp, ast.UnaryOp), (_is_something_else,)),
}
