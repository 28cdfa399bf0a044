"""What the fixes of one module ask about it again and again, found once: the planner stays linear in its findings."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.proofs.effects import has_effects
from codemods.proofs.name_uses import NameUses
from codemods.proofs.own_value import own_value
from codemods.proofs.places import shown
from codemods.proofs.stand_ins import attributes_given, is_named_as_double
from codemods.proofs.statement_order import Position, function_of, place_of
from lint_plugin.analysis import Analysis
from lint_plugin.facts import NumberedRead, may_match
from lint_plugin.flow import dynamic
from lint_plugin.flow.nodes import bound_names, last_name, walk
from lint_plugin.flow.reaching import Definition
from lint_plugin.flow.scopes import Scope
from lint_plugin.project.numbered_reads import numbered_reads
from lint_plugin.recorders.callbacks import given_callbacks, named_in

_MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear", "remove", "popitem"})


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What the fixes of one function share.

    Attributes:
        names: Every name that occurs in it.
        sequence_line: The first line that changes the recorder's counter or index by hand, 0 where none does.
        effects: Where the statements start that may change what an attribute, an item or a call yields; sorted.
    """

    names: frozenset[str]
    sequence_line: int
    effects: tuple[Position, ...]


class ModuleFacts:
    """The facts of one module, each computed when it is first asked for."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.flow = analysis.flow
        self._functions: dict[ast.AST, FunctionFacts] = {}
        self._bindings: dict[tuple[Scope, str], list[Position]] = {}
        self._constants: dict[tuple[Scope, str], list[Definition]] = {}
        self._unreached: dict[str, dict[Scope | None, int]] = {}
        self._definitions: dict[tuple[Scope, str], tuple[Definition, ...]] = {}
        self._by_node: dict[ast.AST, Definition] | None = None
        self.names = NameUses(analysis)

    def function(self, function: ast.AST) -> FunctionFacts:
        """The facts of one function, or of the module."""
        known = self._functions.get(function)
        if known is None:
            nodes = walk(function)
            touched = (n.lineno for n in nodes if isinstance(n, ast.Attribute) and self._touches_sequence(n))
            known = self._functions[function] = FunctionFacts(
                self.flow.spelled_names.union(_names_in(nodes)),
                min(touched, default=0),
                tuple(sorted(self._effects(function, nodes))),
            )
        return known

    def _effects(self, function: ast.AST, nodes: Iterable[ast.AST]) -> Iterable[Position]:
        for node in nodes:
            if isinstance(node, ast.stmt) and node is not function and function_of(self.flow, node) is function:
                if has_effects(self.flow, node):
                    yield place_of(node)

    def _touches_sequence(self, node: ast.Attribute) -> bool:
        """A store to `recorder.sequence_number`, or any change to `recorder.metadata`."""
        if node.attr not in ("sequence_number", "metadata") or not self.analysis.evidence.of(node.value).is_recorder:
            return False
        if not isinstance(node.ctx, ast.Load):
            return True
        above: ast.AST = node
        parent = self.flow.parent(node)
        while isinstance(parent, (ast.Subscript, ast.Attribute, ast.Call)):
            if isinstance(parent, ast.Attribute) and parent.attr in _MUTATORS:
                return True
            if isinstance(parent, ast.Call) and parent.func is not above:
                return False
            if isinstance(parent, (ast.Subscript, ast.Attribute)) and not isinstance(parent.ctx, ast.Load):
                return True
            above, parent = parent, self.flow.parent(parent)
        return False

    def definitions(self, scope: Scope, name: str) -> tuple[Definition, ...]:
        """Every definition of a variable, in order of the source; sorted once."""
        key = (scope, name)
        if key not in self._definitions:
            self._definitions[key] = self.flow.definitions(scope, name)
        return self._definitions[key]

    def bound_by(self, target: ast.Name) -> Definition | None:
        """The definition that an assignment's target makes."""
        if self._by_node is None:
            self._by_node = {definition.node: definition for definition in self.flow.all_definitions()}
        return self._by_node.get(target)

    def constants(self, definition: Definition) -> list[Definition]:
        """The assignments of a constant to a definition's variable, in its own function."""
        key = (definition.scope, definition.name)
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = [
                other
                for other in self.definitions(*key)
                if other.kind in ("assign", "unpack") and isinstance(own_value(other), ast.Constant)
            ]
        return known if definition.scope.kind == "function" else []

    def unreached_line(self, definition: Definition) -> int:
        """The first line that reads a definition's variable in code that cannot run, 0 where there is none."""
        by_scope = self._unreached.get(definition.name)
        if by_scope is None:
            # Once for all functions that have a variable of that name.
            by_scope = self._unreached[definition.name] = {}
            flow = self.flow
            for use in flow.names(definition.name):
                if not flow.reach(use):
                    scope = flow.resolve(flow.scope_of(use), use.id)
                    by_scope[scope] = min(use.lineno, by_scope.get(scope, use.lineno))
        return by_scope.get(definition.scope, 0)

    def unseen_line(self, scope: Scope) -> int:
        """The line of what may read any name of a dynamic scope: `eval`, `locals()` as a whole, `frame.f_locals`."""
        for node in self.flow.nodes():
            unseen = (isinstance(node, ast.Name) and node.id in dynamic.NAMES) or (
                isinstance(node, ast.Attribute) and node.attr in dynamic.ATTRIBUTES
            )
            if unseen and isinstance(node, (ast.Name, ast.Attribute)):
                inner: Scope | None = self.flow.scope_of(node)
                while inner is not None and inner is not scope:
                    inner = inner.parent
                if inner is scope:
                    return node.lineno
        return scope.node.body[0].lineno if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)) else 1

    def bound_within(self, scope: Scope, name: str, start: Position, end: Position) -> Position | None:
        """The first place from `start` up to (without) `end` that binds or unbinds a variable, or None."""
        places = self._bindings.get((scope, name))
        if places is None:
            found = (d.node if isinstance(d.node, ast.expr) else d.statement for d in self.definitions(scope, name))
            places = sorted(place_of(node) for node in found if node is not None)
            self._bindings[scope, name] = places
        index = bisect_left(places, start)
        return places[index] if index < len(places) and places[index] < end else None

    def effect_within(self, function: ast.AST, start: Position, end: Position) -> Position | None:
        """The first statement of a function from `start` up to (without) `end` that has an effect, or None."""
        effects = self.function(function).effects
        index = bisect_left(effects, start)
        return effects[index] if index < len(effects) and effects[index] < end else None

    # -- attributes that may exist -----------------------------------------------------------------------------------------

    @cached_property
    def guards(self) -> dict[str, int]:
        """Attribute names that the module asks for or patches by text, or gives to a test double -> line."""
        found: dict[str, int] = {}
        for call in self.analysis.calls:
            for name in attributes_given(call):
                found.setdefault(name, call.lineno)
        return found

    @cached_property
    def patched(self) -> dict[str, int]:
        """Functions that the module's tests patch -> line."""
        found: dict[str, int] = {}
        for call in self.analysis.calls:
            if last_name(call.func) in ("object", "patch", "setattr", "multiple"):
                for name in attributes_given(call):
                    found.setdefault(name, call.lineno)
        return found

    @cached_property
    def defined(self) -> dict[str, int]:
        """What the module's own recorder classes, and test doubles, define -> line of the class."""
        found: dict[str, int] = {}
        for node in self.analysis.tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            if self.analysis.evidence.own.is_recorder_class(node) or is_named_as_double(node.name):
                for inner in walk(node):
                    match inner:
                        case ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                            found.setdefault(name, node.lineno)
                        case ast.Attribute(attr=name, ctx=ast.Store()):
                            found.setdefault(name, node.lineno)
        return found

    # -- functions that the recorder calls -----------------------------------------------------------------------------------

    @cached_property
    def within_save(self) -> dict[str, str]:
        """Functions that run while the recorder saves -> the place that says so.

        An override of the save method, a callback (`on_saved=`) of this module or another, and what these call by name in
        this module.
        """
        method, facts = self.analysis.config.save_method, self.analysis.facts
        found: dict[str, str] = {}
        functions: dict[str, list[ast.AST]] = {}
        for node in self.flow.nodes():
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    functions.setdefault(name, []).append(node)
                    if name in (method, "on_saved") and isinstance(self.flow.parent(node), ast.ClassDef):
                        found.setdefault(name, f"line {node.lineno}")
        for value in given_callbacks(self.flow.nodes()):
            for name in named_in(value):
                found.setdefault(name, f"line {value.lineno}")
        for name, place in () if facts is None else facts.callbacks.items():
            found.setdefault(name, shown(place))
        todo = [name for name in found if name in functions]
        while todo:
            for function in functions[todo.pop()]:
                for call in walk(function):
                    called = last_name(call.func) if isinstance(call, ast.Call) else ""
                    if called in functions and called not in found and isinstance(call, ast.Call):
                        found[called] = f"line {call.lineno}"
                        todo.append(called)
        return found

    # -- builtins ------------------------------------------------------------------------------------------------------------

    @cached_property
    def star_import_line(self) -> int:
        """The line of an import of everything, which may bind any name; 0 where there is none."""
        lines = (
            node.lineno
            for node in walk(self.analysis.tree)
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        )
        return min(lines, default=0)

    # -- who reads a file under its old name -----------------------------------------------------------------------------------

    @cached_property
    def _reads(self) -> list[NumberedRead]:
        """The places of this module that look something up."""
        return list(numbered_reads(self.analysis))

    def readers(self, pattern: str) -> list[NumberedRead]:
        """Places that look a file up whose name matches a glob."""
        analysis = self.analysis
        elsewhere = [] if analysis.facts is None else analysis.facts.readers(pattern, analysis.path)
        return [*elsewhere, *(read for read in self._reads if may_match(read, pattern))]


def _names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Every name that occurs in some nodes, bound or read."""
    for node in nodes:
        yield from bound_names(node)
        match node:
            case ast.Name(id=name):
                yield name
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from names
