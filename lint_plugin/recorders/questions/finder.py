"""What the questions may ask while they judge an expression: of its module, of the project, of other expressions."""

from __future__ import annotations

import ast
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cached_property

from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence, Project
from lint_plugin.flow.functions import FUNCTIONS, Function
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.classes.stores import ClassStores
from lint_plugin.recorders.questions.filled import Filled
from lint_plugin.recorders.questions.narrowing import Narrowing

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)


class Finder(ABC):
    """One module whose expressions are judged. `EvidenceFinder` is the one that there is; it knows all the questions.

    Attributes:
        flow: The module's flow.
        config: The configuration that names the classes.
        module: The module's scope.
        path: The module's file, absolute.
        project: What other files say.
        stores: The module's classes, and what they store.
        filled: What is put into containers after they were made.
        narrowing: What tests say.
        configured: Names of configured classes and factories.
        names: Names that suggest a recorder.
    """

    def __init__(self, tree: ast.Module, flow: Flow, config: Config, path: str = "", project: Project | None = None) -> None:
        self.flow = flow
        self.config = config
        self.module = flow.scope_of(tree)
        self.path = os.path.abspath(path)
        self.project = Project() if project is None else project
        self.stores = ClassStores(flow)
        self.filled = Filled(flow, self.stores)
        self.narrowing = Narrowing(flow)
        self.configured = frozenset((*config.recorder_classes, *config.recorder_factories))
        self.names = frozenset(config.recorder_names)

    @abstractmethod
    def of(self, expression: ast.expr) -> Evidence:
        """The evidence for an expression."""

    @abstractmethod
    def annotation(self, node: ast.expr) -> Evidence:
        """What an annotation says of the annotated name, or the second argument of `isinstance`, which may be a tuple."""

    @abstractmethod
    def alias(self, value: ast.expr) -> Evidence | None:
        """What `X` says as an annotation after `X = value`; None where the value is no type."""

    @abstractmethod
    def bound(self, definitions: Iterable[Definition], named: bool) -> Evidence | None:
        """What a name is by its definitions; None where only None, or nothing, is bound to it."""

    @abstractmethod
    def instance_of(self, node: ast.ClassDef, own: bool = False) -> Evidence:
        """An instance of a class of this module; `own`: it is `self` in the class itself."""

    @abstractmethod
    def result_of(self, function: Function) -> Evidence:
        """What a call of a function of this module gives."""

    @abstractmethod
    def member(self, held: Evidence, attribute: str) -> Evidence | None:
        """What an attribute of an object, or of a class, is by what the class says; None where that is not known."""

    @property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The module's classes by name."""
        return self.stores.by_name

    @cached_property
    def functions(self) -> list[Function]:
        """The module's functions and methods."""
        return [node for node in self.flow.nodes() if isinstance(node, FUNCTIONS)]

    def suggests(self, name: str) -> bool:
        """Whether a name suggests a recorder."""
        return name.lstrip("_") in self.names

    def is_recorder_module(self, module: str) -> bool:
        """Whether a configured class or factory is one where it is imported from that module."""
        bare = module.lstrip(".")
        return bool(bare) and any(fnmatchcase(bare, pattern) for pattern in self.config.recorder_modules)

    def named(self, origin: str) -> Evidence | None:
        """What the project says of a dotted name that this file imports."""
        return self.project.named(os.path.dirname(self.path), origin)

    def configured_gives(self, origin: str) -> Evidence:
        """What a class or function gives that bears a configured name, by the dotted name that it is imported under."""
        if self.is_recorder_module(origin.rpartition(".")[0]):
            return Evidence(STRONG, origin)
        known = self.named(origin)
        made = None if known is None else known.meaning or known.result
        if made is not None and made.level == STRONG and self.is_recorder_module(made.origin.rpartition(".")[0]):
            return made
        return _WEAK

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

    def method_result(self, held: Evidence, method: str) -> Evidence | None:
        """What a call of a method of an object gives."""
        found = self.member(held, method) if held.instance else None
        return None if found is None else found.result

    def entered(self, manager: ast.expr) -> Evidence:
        """What `with manager as x` binds: what its `__enter__` returns, else what it holds or is."""
        held = self.of(manager)
        if held.is_recorder or held.items is not None:
            return held.held
        entered = self.method_result(held, "__enter__") or self.method_result(held, "__aenter__")
        return held if entered is None else entered.held

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
