"""The classes of one module: their names, their bases there, and what they store, as far as the text says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from lint_plugin.flow.functions import FUNCTIONS, is_property, self_of
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow

Store = tuple[ast.expr | None, ast.expr | None]


class ClassStores:
    """The classes of one module, with their stores looked up by class and attribute.

    Attributes:
        by_name: The classes by name.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.by_name = {node.name: node for node in flow.nodes() if isinstance(node, ast.ClassDef)}
        self._bodies: dict[ast.ClassDef, dict[str, list[Store]]] = {}

    def of(self, owner: ast.ClassDef, attribute: str) -> list[Store]:
        """`(annotation, value)` of every store that a class makes to one of its own attributes; None where there is none."""
        if owner not in self._bodies:
            self._bodies[owner] = {}
            for name, annotation, value in _body_stores(owner):
                self._bodies[owner].setdefault(name, []).append((annotation, value))
        methods = (
            (annotation, value)
            for target, annotation, value in self.by_attribute.get(attribute, ())
            if isinstance(target, ast.Name) and self.owner_of(target) is owner
        )
        return [*self._bodies[owner].get(attribute, ()), *methods]

    def lineage(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and its bases as far as this module has them."""
        found = [owner]
        for at in found:
            bases = (self.by_name.get(last_name(base)) for base in at.bases)
            found += [base for base in bases if base is not None and base not in found]
        return found

    def first_line(self, owner: ast.ClassDef, attribute: str) -> int:
        """The line where a class gives its instances an attribute, by a store or a `def`; 0 where it does not."""
        for statement in owner.body:
            if getattr(statement, "name", "") == attribute:
                return statement.lineno
            if any(name == attribute for name, _, _ in _bound(statement)):
                return statement.lineno
        for target, _, _ in self.by_attribute.get(attribute, ()):
            if isinstance(target, ast.Name) and self.owner_of(target) is owner:
                return target.lineno
        return 0

    @cached_property
    def by_attribute(self) -> dict[str, list[tuple[ast.expr, ast.expr | None, ast.expr | None]]]:
        """Every store to an attribute in the module: name -> (object, annotation, value)."""
        found: dict[str, list[tuple[ast.expr, ast.expr | None, ast.expr | None]]] = {}
        for node in self._flow.nodes():
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute):
                        found.setdefault(target.attr, []).append((target.value, None, node.value))
                    elif isinstance(target, (ast.Tuple, ast.List)):
                        for part, value in _paired(target, node.value):
                            if isinstance(part, ast.Attribute):
                                found.setdefault(part.attr, []).append((part.value, None, value))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
                found.setdefault(node.target.attr, []).append((node.target.value, node.annotation, node.value))
        return found

    def owner_of(self, this: ast.Name) -> ast.ClassDef | None:
        """The class of whose method a name is the first parameter, `self`; None for other names."""
        below: ast.AST = this
        above = self._flow.parent(this)
        while above is not None and not isinstance(above, ast.ClassDef):
            below, above = above, self._flow.parent(above)
        given = self_of(below) if isinstance(below, FUNCTIONS) else None
        return above if given is not None and given.arg == this.id else None


def _paired(target: ast.Tuple | ast.List, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """The targets of `self.a, self.b = a, b` with their values; None where these are not written there one by one."""
    starred = any(isinstance(one, ast.Starred) for one in target.elts)
    plain = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) and not starred
    values = value.elts if plain and isinstance(value, (ast.Tuple, ast.List)) else [None] * len(target.elts)
    yield from zip(target.elts, values, strict=True)


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, statement.annotation, statement.value
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield name, None, statement.value


def _body_stores(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    for statement in owner.body:
        yield from _bound(statement)
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if not is_property(statement):
                    continue
                if statement.returns is not None:
                    yield statement.name, statement.returns, None
                    continue
                for node in ast.walk(statement):
                    if isinstance(node, ast.Return):
                        yield statement.name, None, node.value
