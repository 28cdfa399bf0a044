"""Whether an expression is a recorder, and how sure that is.

`strong` is proof: an annotation, a constructor, a factory that is imported from a recorder module, in this file or in a file
of the project that it imports from. `weak` is a name that suggests one. `no` is proof of the opposite, `unknown` the absence
of anything.

`QUESTIONS` has the questions that are asked of each kind of expression, in order: the first that has an answer decides.
A new way to get at a recorder is a function, in the module of its kind, and a line there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, STRONG, UNKNOWN, Evidence, KnownClass, Project
from lint_plugin.flow.functions import Function
from lint_plugin.flow.nodes import inside_out, is_none
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.questions import calls, containers, names
from lint_plugin.recorders.questions.annotations import Annotations
from lint_plugin.recorders.questions.bindings import Bindings
from lint_plugin.recorders.questions.finder import Finder
from lint_plugin.recorders.questions.own_classes import OwnClasses

_NO, _UNKNOWN = Evidence(NO), Evidence(UNKNOWN)


class EvidenceFinder(Finder):
    """Judges the expressions of one module.

    Attributes:
        own: What the module's classes and functions say.
    """

    def __init__(self, tree: ast.Module, flow: Flow, config: Config, path: str = "", project: Project | None = None) -> None:
        super().__init__(tree, flow, config, path, project)
        self.own = OwnClasses(self)
        self._bindings = Bindings(self)
        self._annotations = Annotations(self)
        self._memo: dict[ast.expr, Evidence] = {}

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
        return self._annotations.of(node)

    def alias(self, value: ast.expr) -> Evidence | None:
        return self._annotations.alias_of(value)

    def bound(self, definitions: Iterable[Definition], named: bool) -> Evidence | None:
        return self._bindings.bound(definitions, named)

    def instance_of(self, node: ast.ClassDef, own: bool = False) -> Evidence:
        return self.own.instance_of(node, own)

    def result_of(self, function: Function) -> Evidence:
        return self.own.result_of(function)

    def other_class_has(self, attribute: str) -> bool:
        """Whether a class that is no recorder has an attribute that recorders lack, here or elsewhere in the project."""
        return bool(self.own.other_with(attribute)) or self.project.other_class_with(attribute) is not None

    def class_of(self, evidence: Evidence) -> KnownClass | None:
        """The recorder's class as its source defines it, where that was found."""
        if not evidence.origin or evidence.level != STRONG:
            return None
        local = self.classes.get(evidence.origin)
        return self.project.class_of(evidence.origin) if local is None else self.own.read(local)

    def is_text(self, evidence: Evidence, attribute: str) -> bool:
        """Whether the recorder's class says that an attribute is a `str`."""
        known = self.class_of(evidence)
        return known is not None and attribute in known.texts

    def owner(self, value: ast.expr) -> ast.ClassDef | None:
        """The class of this module that an expression is an instance of, or that it names."""
        return self._class_named(_class_in(self.of(value)))

    def made_by(self, function: ast.expr) -> ast.ClassDef | None:
        """The class of this module that a call of an expression makes an object of."""
        made = self.of(function).meaning
        return None if made is None else self._class_named(made.instance)

    def _class_named(self, instance: str) -> ast.ClassDef | None:
        path, _, name = instance.rpartition(":")
        return self.classes.get(name) if path == self.path else None

    def member(self, held: Evidence, attribute: str) -> Evidence | None:
        instance = _class_in(held)
        path, _, name = instance.rpartition(":")
        if path == self.path and name in self.classes:
            return self.own.member(self.classes[name], attribute)
        return self.project.member(instance, attribute) if instance else None

    def classes_elsewhere(self, expression: ast.expr) -> list[str]:
        """The classes of other files that an expression is an instance of, its own or those that it derives from."""
        held = self.of(expression)
        owner = self.owner(expression)
        if owner is not None:
            return list(self.own.inherited(owner))
        return [found] if (found := _class_in(held)) else []


def _class_in(held: Evidence) -> str:
    """The class that something is an instance of, or that it is itself."""
    return held.instance or ("" if held.meaning is None else held.meaning.instance)


def _inner(finder: Finder, node: ast.NamedExpr | ast.Starred) -> Evidence:
    return finder.of(node.value)


def _is_awaited(finder: Finder, node: ast.Await) -> Evidence:
    return finder.of(node.value).held


def _is_either(finder: Finder, node: ast.IfExp) -> Evidence:
    values = [value for value in (node.body, node.orelse) if not is_none(value)]
    return finder.combined([finder.of(value) for value in values], named=False)


def _is_one_of(finder: Finder, node: ast.BoolOp) -> Evidence:
    if isinstance(node.op, ast.And):
        return finder.of(node.values[-1])  # what stands before it is false, and no recorder
    return finder.combined([finder.of(value) for value in node.values if not is_none(value)], named=False)


def _is_constant(finder: Finder, node: ast.Constant) -> Evidence:
    return _UNKNOWN if node.value is None else _NO


def _is_lambda(finder: Finder, node: ast.Lambda) -> Evidence:
    result = finder.of(node.body)
    return Evidence(NO, result=result) if result.says_something else _NO


def _is_something_else(finder: Finder, node: ast.expr) -> Evidence:
    return _NO


QUESTIONS: Mapping[type[ast.expr], tuple[Callable[[Finder, Any], Evidence | None], ...]] = {
    ast.Name: (names.is_narrowed, names.is_from_everything, names.is_bound, names.is_free),
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
