"""The classes and functions of one module: what their instances have, what calls of them give."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence, KnownClass
from lint_plugin.flow.functions import Function, is_entered, is_generator, keeps_result, method_of, own_values
from lint_plugin.flow.nodes import is_none, last_name
from lint_plugin.recorders.classes.recorder_class import read_class
from lint_plugin.recorders.questions.finder import Finder

_UNKNOWN = Evidence(UNKNOWN)


class OwnClasses:
    """The classes and functions of the module that `finder` judges."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._stores = finder.stores
        self._results: dict[ast.AST, Evidence] = {}
        self._read: dict[ast.ClassDef, KnownClass] = {}
        self._asked: set[ast.ClassDef] = set()

    def is_recorder_class(self, node: ast.ClassDef, depth: int = 8) -> bool:
        """Whether a class of this module is a configured one, or derives from one."""
        if node.name in self._finder.config.recorder_classes:
            return True
        for base in node.bases:
            name = last_name(base)
            if name in self._finder.config.recorder_classes:
                return True
            parent = self._finder.classes.get(name)
            if parent is not None and parent is not node and depth and self.is_recorder_class(parent, depth - 1):
                return True
            if parent is None and name and self._finder.annotation(base).level == STRONG:
                return True
        return False

    def instance_of(self, node: ast.ClassDef, own: bool = False) -> Evidence:
        """An instance of a class of this module."""
        key = f"{self._finder.path}:{node.name}"
        if self.is_recorder_class(node):
            return Evidence(STRONG, node.name, own, instance=key)
        return Evidence(NO, instance=key, parts=self._parts(node))

    def _parts(self, node: ast.ClassDef) -> tuple[Evidence, ...]:
        """What the fields of a `NamedTuple` are, in order."""
        if all(last_name(base) != "NamedTuple" for base in node.bases) or node in self._asked:
            return ()
        self._asked.add(node)  # a field may be another of its kind
        parts = tuple(self._finder.annotation(one.annotation) for one in node.body if isinstance(one, ast.AnnAssign))
        self._asked.discard(node)
        return parts if any(part.says_something for part in parts) else ()

    def read(self, node: ast.ClassDef) -> KnownClass:
        """What instances of a class of this module have."""
        if node not in self._read:
            self._read[node] = read_class(node, self._resolve, self._finder.path)
        return self._read[node]

    def _resolve(self, base: ast.expr, owner: ast.ClassDef) -> ast.ClassDef | None:
        return self._finder.classes.get(last_name(base))

    def other_with(self, attribute: str) -> int:
        """The line where a class that is no recorder has an attribute; 0 where none has."""
        others = (node for node in self._finder.classes.values() if not self.is_recorder_class(node))
        return next(filter(None, (self._stores.first_line(node, attribute) for node in others)), 0)

    def recorder_with(self, attribute: str) -> int:
        """The line where a recorder class has an attribute of its own; 0 where none has."""
        recorders = (node for node in self._finder.classes.values() if self.is_recorder_class(node))
        return next(filter(None, (self._stores.first_line(node, attribute) for node in recorders)), 0)

    def stored_values(self, owner: ast.ClassDef, attribute: str) -> list[ast.expr | None]:
        """What a class and its bases in this module store under one of its attributes; None for an unknown value."""
        stores = (store for base in self._stores.lineage(owner) for store in self._stores.of(base, attribute))
        return [value for _, value in stores if not is_none(value)]

    def member(self, owner: ast.ClassDef, attribute: str) -> Evidence | None:
        """What an attribute of a class of this module is; None where no store, method or base says."""
        lineage = self._stores.lineage(owner)
        stores = [store for base in lineage for store in self._attribute_stores(base, attribute)]
        if stores:
            return self._finder.combined(stores, self._finder.suggests(attribute))
        for base in lineage:
            method = method_of(base, attribute)
            if method is not None:
                return Evidence(NO, result=self.result_of(method))
        inherited = (self._finder.project.member(one, attribute) for one in self.inherited(owner))
        return next((found for found in inherited if found is not None), None)

    def inherited(self, owner: ast.ClassDef) -> Iterator[str]:
        """The bases of a class, and of its bases here, that other files define, as `Evidence.instance` names them."""
        for base in self._stores.lineage(owner):
            for expression in base.bases:
                found = "" if last_name(expression) in self._finder.classes else self._finder.annotation(expression).instance
                if found:
                    yield found

    def _attribute_stores(self, owner: ast.ClassDef, attribute: str) -> list[Evidence]:
        """The evidence of every value and annotation that a class gives one of its attributes."""
        found = []
        for annotation, value in self._stores.of(owner, attribute):
            if is_none(value) and annotation is None:
                continue
            evidence = _UNKNOWN if annotation is None else self._finder.annotation(annotation)
            if evidence.level == UNKNOWN and value is not None:
                evidence = self._finder.of(value)
            found.append(evidence)
        return found

    def result_of(self, function: Function) -> Evidence:
        """What a call of a function gives: what its annotation says, or all its `return`s."""
        known = self._results.get(function)
        if known is None:
            self._results[function] = _UNKNOWN  # a function that returns what it returns itself
            known = self._results[function] = self._result_of(function)
        return known

    def _result_of(self, function: Function) -> Evidence:
        found = _UNKNOWN
        if function.returns is not None:
            found = self._finder.annotation(function.returns)
        elif keeps_result(function):
            values = [value for value in own_values(function) if value is not None and not is_none(value)]
            found = self._finder.combined([self._finder.of(value) for value in values], named=False)
            found = _UNKNOWN if found.level == WEAK else found
            if is_generator(function) and found.says_something:
                found = Evidence(NO, items=found)
        if is_entered(function) and found.items is not None:
            return Evidence(NO, items=found.items, mapping=True)
        if isinstance(function, ast.AsyncFunctionDef) and found.says_something and not is_generator(function):
            return Evidence(NO, items=found, mapping=True)
        return found
