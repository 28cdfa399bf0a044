"""The classes and functions of one module: what their instances have, what calls of them give."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence, KnownClass
from lint_plugin.flow.chains import last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.recorders.classes.recorder_class import read_class
from lint_plugin.recorders.classes.returned import is_entered, is_generator, keeps_result, own_values
from lint_plugin.recorders.classes.stores import ClassStores

if TYPE_CHECKING:
    from lint_plugin.recorders.evidence import EvidenceFinder

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UNKNOWN = Evidence(UNKNOWN)


class OwnClasses:
    """The classes and functions of the module that `finder` judges.

    Attributes:
        by_name: The classes by name.
        functions: Its functions and methods.
        stores: What they store.
    """

    def __init__(self, flow: Flow, finder: EvidenceFinder) -> None:
        self._flow = flow
        self._finder = finder
        self._results: dict[ast.AST, Evidence] = {}
        self._read: dict[ast.ClassDef, KnownClass] = {}
        self._asked: set[ast.ClassDef] = set()
        self.by_name = {node.name: node for node in flow.nodes() if isinstance(node, ast.ClassDef)}
        self.functions = [node for node in flow.nodes() if isinstance(node, _FUNCTIONS)]
        self.stores = ClassStores(flow)

    def is_recorder_class(self, node: ast.ClassDef, depth: int = 8) -> bool:
        """Whether a class of this module is a configured one, or derives from one."""
        if node.name in self._finder.config.recorder_classes:
            return True
        for base in node.bases:
            name = last_name(base)
            if name in self._finder.config.recorder_classes:
                return True
            parent = self.by_name.get(name)
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
        return self.by_name.get(last_name(base))

    def other_with(self, attribute: str) -> int:
        """The line where a class that is no recorder has an attribute; 0 where none has."""
        others = (node for node in self.by_name.values() if not self.is_recorder_class(node))
        return next(filter(None, (self.stores.first_line(node, attribute) for node in others)), 0)

    def recorder_with(self, attribute: str) -> int:
        """The line where a recorder class has an attribute of its own; 0 where none has."""
        recorders = (node for node in self.by_name.values() if self.is_recorder_class(node))
        return next(filter(None, (self.stores.first_line(node, attribute) for node in recorders)), 0)

    def lineage(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and its bases as far as this module has them."""
        found = [owner]
        for at in found:
            bases = (self.by_name.get(last_name(base)) for base in at.bases)
            found += [base for base in bases if base is not None and base not in found]
        return found

    def stored_values(self, owner: ast.ClassDef, attribute: str) -> list[ast.expr | None]:
        """What a class and its bases in this module store under one of its attributes; None for an unknown value."""
        stores = (store for base in self.lineage(owner) for store in self.stores.of(base, attribute))
        return [value for _, value in stores if not is_none(value)]

    def member(self, owner: ast.ClassDef, attribute: str) -> Evidence | None:
        """What an attribute of a class of this module is; None where no store, method or base says."""
        lineage = self.lineage(owner)
        stores = [store for base in lineage for store in self._attribute_stores(base, attribute)]
        if stores:
            return self._finder.combined(stores, self._finder.suggests(attribute))
        for base in lineage:
            for statement in base.body:
                if isinstance(statement, _FUNCTIONS) and statement.name == attribute:
                    return Evidence(NO, result=self.result_of(statement))
        project = self._finder.project
        inherited = () if project is None else (project.member(one, attribute) for one in self.inherited(owner))
        return next((found for found in inherited if found is not None), None)

    def inherited(self, owner: ast.ClassDef) -> Iterator[str]:
        """The bases of a class, and of its bases here, that other files define, as `Evidence.instance` names them."""
        for base in self.lineage(owner):
            for expression in base.bases:
                found = "" if last_name(expression) in self.by_name else self._finder.annotation(expression).instance
                if found:
                    yield found

    def _attribute_stores(self, owner: ast.ClassDef, attribute: str) -> list[Evidence]:
        """The evidence of every value and annotation that a class gives one of its attributes."""
        found = []
        for annotation, value in self.stores.of(owner, attribute):
            if is_none(value) and annotation is None:
                continue
            evidence = _UNKNOWN if annotation is None else self._finder.annotation(annotation)
            if evidence.level == UNKNOWN and value is not None:
                evidence = self._finder.of(value)
            found.append(evidence)
        return found

    def result_of(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Evidence:
        """What a call of a function gives: what its annotation says, or all its `return`s."""
        known = self._results.get(function)
        if known is None:
            self._results[function] = _UNKNOWN  # a function that returns what it returns itself
            known = self._results[function] = self._result_of(function)
        return known

    def _result_of(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Evidence:
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


def is_none(value: ast.expr | None) -> bool:
    """Whether an expression is the literal None."""
    return isinstance(value, ast.Constant) and value.value is None
