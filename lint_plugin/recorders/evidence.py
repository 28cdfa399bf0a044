"""Whether an expression is a recorder, and how sure that is.

`strong` is proof: an annotation, a constructor, a factory that is imported from a recorder module, in this file or in a file
of the project that it imports from. `weak` is a name that suggests one. `no` is proof of the opposite, `unknown` the absence
of anything.

`QUESTIONS` has the questions that are asked of each kind of expression, in order: the first that has an answer decides.
A new way to get at a recorder is a function, in the module of its kind, and a line there.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence, KnownClass
from lint_plugin.flow.chains import inside_out
from lint_plugin.flow.reaching import Flow
from lint_plugin.recorders.classes.own_classes import OwnClasses, is_none
from lint_plugin.recorders.project import Project
from lint_plugin.recorders.questions import calls, containers, names
from lint_plugin.recorders.questions.annotations import Annotations
from lint_plugin.recorders.questions.bindings import Bindings, held_by
from lint_plugin.recorders.questions.filled import Filled
from lint_plugin.recorders.questions.narrowing import Narrowing

__all__ = ["NO", "STRONG", "UNKNOWN", "WEAK", "Evidence", "EvidenceFinder", "Project"]

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)


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
        filled: What is put into containers after they were made.
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
        self.filled = Filled(flow, self.own.stores)
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
        """The class of this module that an expression is an instance of, or that it names."""
        path, _, name = _class_in(self.of(value)).rpartition(":")
        return self.classes.get(name) if path == self.path else None

    def made_by(self, function: ast.expr) -> ast.ClassDef | None:
        """The class of this module that a call of an expression makes an object of."""
        made = self.of(function).meaning
        path, _, name = ("" if made is None else made.instance).rpartition(":")
        return self.classes.get(name) if path == self.path else None

    def stores_of(self, attribute: str) -> list[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
        """Every store to an attribute of that name in this module: `(object, annotation, value)`."""
        return self.own.stores.by_attribute.get(attribute, [])

    def member(self, held: Evidence, attribute: str) -> Evidence | None:
        """What an attribute of an object, or of a class, is by what the class says; None where that is not known."""
        instance = _class_in(held)
        path, _, name = instance.rpartition(":")
        if path == self.path and name in self.own.by_name:
            return self.own.member(self.own.by_name[name], attribute)
        return self.project.member(instance, attribute) if instance and self.project is not None else None

    def classes_elsewhere(self, expression: ast.expr) -> list[str]:
        """The classes of other files that an expression is an instance of, its own or those that it derives from."""
        held = self.of(expression)
        owner = self.owner(expression)
        if owner is not None:
            return list(self.own.inherited(owner))
        return [found] if (found := _class_in(held)) else []

    def method_result(self, held: Evidence, method: str) -> Evidence | None:
        """What a call of a method of an object gives."""
        found = self.member(held, method) if held.instance else None
        return None if found is None else found.result

    def entered(self, manager: ast.expr) -> Evidence:
        """What `with manager as x` binds: what its `__enter__` returns, else what it holds or is."""
        held = self.of(manager)
        if held.is_recorder or held.items is not None:
            return held_by(held)
        entered = self.method_result(held, "__enter__") or self.method_result(held, "__aenter__")
        return held if entered is None else held_by(entered)

    def iterated(self, iterable: ast.expr) -> Evidence | None:
        """What a loop over an expression binds; None where that is not known."""
        held = self.of(iterable)
        if held.instance and held.items is None:
            held = self.method_result(held, "__iter__") or held
        return None if held.mapping else held.items

    def type_of(self, expression: ast.expr) -> Evidence | None:
        """The class of an object, where calling that gives such an object again."""
        held = self.of(expression)
        return Evidence(NO, result=held, meaning=held) if held.is_recorder or held.instance else None


def _class_in(held: Evidence) -> str:
    """The class that something is an instance of, or that it is itself."""
    return held.instance or ("" if held.meaning is None else held.meaning.instance)


def _inner(finder: EvidenceFinder, node: ast.NamedExpr | ast.Starred) -> Evidence:
    return finder.of(node.value)


def _is_awaited(finder: EvidenceFinder, node: ast.Await) -> Evidence:
    return held_by(finder.of(node.value))


def _is_either(finder: EvidenceFinder, node: ast.IfExp) -> Evidence:
    values = [value for value in (node.body, node.orelse) if not is_none(value)]
    return finder.combined([finder.of(value) for value in values], named=False)


def _is_one_of(finder: EvidenceFinder, node: ast.BoolOp) -> Evidence:
    if isinstance(node.op, ast.And):
        return finder.of(node.values[-1])  # what stands before it is false, and no recorder
    return finder.combined([finder.of(value) for value in node.values if not is_none(value)], named=False)


def _is_constant(finder: EvidenceFinder, node: ast.Constant) -> Evidence:
    return _UNKNOWN if node.value is None else _NO


def _is_lambda(finder: EvidenceFinder, node: ast.Lambda) -> Evidence:
    result = finder.of(node.body)
    return Evidence(NO, result=result) if result.says_something else _NO


def _is_something_else(finder: EvidenceFinder, node: ast.expr) -> Evidence:
    return _NO


QUESTIONS: Mapping[type[ast.expr], tuple[Callable[[EvidenceFinder, Any], Evidence | None], ...]] = {
    ast.Name: (names.is_narrowed, names.is_bound, names.is_free),
    ast.Attribute: (
        names.is_narrowed,
        names.is_of_module,
        names.is_member,
        names.is_type,
        names.is_stored_here,
        names.is_called_like_one,
    ),
    ast.Call: (
        calls.is_cast,
        calls.is_configured,
        calls.is_result,
        calls.is_of_generic,
        calls.is_type,
        calls.is_super,
        calls.is_passed_through,
        calls.is_called_by_it,
        calls.is_weak_reference,
        calls.is_made_by_default,
        containers.is_from_container,
        containers.is_filled_by_its_factory,
        containers.is_filled_later,
        calls.is_of_builtin,
        calls.is_of_other_class,
        calls.is_of_function_called_like_one,
    ),
    ast.Subscript: (containers.is_item, containers.is_subscripted_type),
    ast.Await: (_is_awaited,),
    **dict.fromkeys((ast.NamedExpr, ast.Starred), (_inner,)),
    ast.IfExp: (_is_either,),
    ast.BoolOp: (_is_one_of,),
    ast.Constant: (_is_constant,),
    ast.List: (containers.is_filled_later, containers.is_collection),
    **dict.fromkeys((ast.Tuple, ast.Set), (containers.is_collection,)),
    ast.Dict: (containers.is_filled_later, containers.is_mapping),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp), (containers.is_comprehension,)),
    ast.DictComp: (containers.is_dict_comprehension,),
    ast.Lambda: (_is_lambda,),
    **dict.fromkeys((ast.JoinedStr, ast.Compare, ast.BinOp, ast.UnaryOp), (_is_something_else,)),
}
