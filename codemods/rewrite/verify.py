"""Checks after every rewrite, first half: the new text is read as the old tree with the edits carried out on it.

The text between the slices is the old one by construction; that it is still read as the same statements is seen here.
"""

from __future__ import annotations

import ast
import bisect
import copy
import re
import warnings
from collections.abc import Sequence
from itertools import zip_longest
from typing import TypeVar

from codemods.edits import (
    AddImport,
    Edit,
    RemoveImportAliases,
    RemoveStatement,
    RemoveTupleParts,
    RenameAttribute,
    RenameName,
    ReplaceExpression,
    ReplaceStatement,
)
from codemods.proofs.own_value import tuple_parts
from codemods.rewrite.expected import expected_expression, expected_statement
from codemods.rewrite.import_place import import_place
from codemods.rewrite.statements import Statements, first_line
from lint_plugin.flow.nodes import bound_names, name_bound_by, walk
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

Node = TypeVar("Node", bound=ast.AST)

_DECLARATION = re.compile(rb"\b(global|nonlocal)\b")
_NOWHERE = (-1, -1)
_NOTHING = object()
_POSITIONED = (ast.expr, ast.arg, ast.keyword, ast.alias, ast.excepthandler, ast.pattern)


class VerificationError(Exception):
    """The new text is not what the edits asked for; the message says in what."""


class Version:
    """One text with its tree, and its flow once that is asked for."""

    __slots__ = ("source", "tree", "known_flow")

    def __init__(self, source: SourceText, tree: ast.Module, flow: Flow | None = None) -> None:
        self.source = source
        self.tree = tree
        self.known_flow = flow

    def flow(self) -> Flow:
        """The text's flow, computed when first asked for."""
        if self.known_flow is None:
            self.known_flow = Flow(self.tree)
        return self.known_flow


class Comparison:
    """The old tree with its edits, side by side with the new one.

    Attributes:
        read: Names that new code reads.
        was_read: Names that the old text read in what was taken out.
        bound: Names that are bound in what went or came.
    """

    def __init__(self, before: Version, after: Version, edits: Sequence[Edit]) -> None:
        """Compare.

        Raises:
            VerificationError: The new text differs by more than the edits.
        """
        self._before = before
        self._after = after
        self._statements = Statements(before.source, before.tree)
        self._new_statements = Statements(after.source, after.tree)
        located = [edit for edit in edits if not isinstance(edit, AddImport)]
        self._starts = sorted(edit.span.start for edit in located)
        self._edits = {(edit.span.start, edit.span.end): edit for edit in located}
        self.read: list[ast.Name] = []
        self.was_read: list[ast.Name] = []
        self.bound: set[str] = set()
        self._same: list[tuple[ast.AST, ast.AST]] = []  # parts that no edit is in
        self._old_of: dict[ast.AST, ast.AST] = {}
        self._new_of: dict[ast.AST, ast.AST] = {}
        self._came: set[ast.AST] = set()  # new code as its edit describes it
        self._original: dict[ast.AST, ast.AST] = {}  # of a copy that lacks what goes
        # In both trees, with the line: what an edit is in. It grows on the way; an if-chain is as deep as it has arms.
        self._pending: list[tuple[ast.AST, ast.AST, int]] = []
        self._pending.append((self._with_imports(edits), after.tree, 1))
        for old, new, line in self._pending:
            self._compare(old, new, line)
        self._obeys_declarations()

    def old_of(self, new: ast.AST) -> ast.AST | None:
        """The node of the old tree that a node of the new one was; None for what came."""
        self._pair_same()
        return self._old_of.get(new)

    def new_of(self, old: ast.AST) -> ast.AST | None:
        """The node of the new tree that a node of the old one has become; None for what went."""
        self._pair_same()
        return self._new_of.get(old)

    def _pair_same(self) -> None:
        for old, new in self._same:
            nodes, new_nodes = walk(old), walk(new)
            self._old_of.update(zip(new_nodes, nodes))
            self._new_of.update(zip(nodes, new_nodes))
        self._same = []

    # -- the old tree with the edits -----------------------------------------------------------------------------------------

    def _with_imports(self, edits: Sequence[Edit]) -> ast.Module:
        """The module with the imports that come in."""
        tree = self._before.tree
        places = [(import_place(tree, edit.module).slot, edit.module) for edit in edits if isinstance(edit, AddImport)]
        body = list(tree.body)
        for slot, module in sorted(places, reverse=True):
            body.insert(slot, self._new(ast.Import([ast.alias(module)])))
        return self._copy(tree, body=body)

    def _edited(self, node: object) -> list[ast.AST]:
        """What comes in the place of a node, or of a value that is none."""
        if not isinstance(node, ast.AST) or node in self._came:
            return [node]  # type: ignore[list-item]
        match self._edits.get(self._span(node)), node:
            case RemoveStatement(), ast.stmt():
                self._went(node)
                return []
            case ReplaceStatement(statements=statements), ast.stmt():
                self._went(node)
                return [self._new(expected_statement(one)) for one in statements]
            case ReplaceExpression(value=value), ast.Call():
                self._went(node)
                return [self._new(expected_expression(value))]
            case RenameName(name=name), ast.Name(ctx=context):
                self._went(node)
                return [self._new(ast.Name(name, context))]
            case RenameAttribute(name=name), ast.Attribute():
                return [self._copy(node, attr=name)]
            case RemoveImportAliases(names=names), ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                self._went(*(alias for alias in aliases if name_bound_by(alias) in names))
                return [self._copy(node, names=[alias for alias in aliases if name_bound_by(alias) not in names])]
            case RemoveTupleParts(names=names), ast.Assign():
                return [self._without_parts(node, names)]
        return [node]

    def _without_parts(self, node: ast.Assign, names: frozenset[str]) -> ast.Assign:
        self._went(*(part for both in tuple_parts(node) if both[0].id in names for part in both))
        kept = [both for both in tuple_parts(node) if both[0].id not in names]
        targets, values = [name for name, _ in kept], [value for _, value in kept]
        if len(kept) == 1:
            return self._copy(node, targets=targets, value=values[0])
        return self._copy(node, targets=[self._copy(node.targets[0], elts=targets)], value=self._copy(node.value, elts=values))

    def _new(self, node: Node) -> Node:
        self._came.add(node)
        return node

    def _copy(self, node: Node, **fields: object) -> Node:
        """A node with other fields."""
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        self._original[new] = node
        return new

    # -- side by side --------------------------------------------------------------------------------------------------------

    def _compare(self, old: ast.AST, new: ast.AST, line: int) -> None:
        """Compare two nodes of a kind; what an edit is in has its turn later."""
        original = self._original.get(old, old)
        self._old_of[new] = original
        self._new_of[original] = new
        for (_, wanted), (_, found) in zip(ast.iter_fields(old), ast.iter_fields(new), strict=True):
            olds = wanted if isinstance(wanted, list) else [wanted]
            news = found if isinstance(found, list) else [found]
            wanted = [one for item in olds for one in self._edited(item)]
            if olds and not wanted and len(news) == 1 and isinstance(news[0], ast.Pass):
                continue  # a block of which nothing is left
            for one, other in zip_longest(wanted, news, fillvalue=_NOTHING):
                self._value(one, other, line)

    def _value(self, old: object, new: object, line: int) -> None:
        """Compare two values, nodes or not."""
        line = first_line(old) if isinstance(old, ast.stmt) and old not in self._came else line
        if type(old) is not type(new):
            is_same = False
        elif not isinstance(old, ast.AST) or not isinstance(new, ast.AST):
            is_same = old == new
        elif old in self._came:
            self.read += self._reads(new)
            is_same = ast.dump(old) == ast.dump(new)
        elif (span := self._span(old)) == _NOWHERE or self._is_touched(*span):
            self._pending.append((old, new, line))
            return
        else:
            self._same.append((old, new))
            if isinstance(old, ast.stmt) and isinstance(new, ast.stmt):
                text = self._before.source.u8[slice(*span)]
                is_same = text == self._after.source.u8[slice(*self._new_statements.span(new))]
            else:
                is_same = ast.dump(old) == ast.dump(new)
        if not is_same:
            raise VerificationError(f"line {line} would become other code than was asked for")

    def _is_touched(self, start: int, end: int) -> bool:
        index = bisect.bisect_left(self._starts, start)
        return index < len(self._starts) and self._starts[index] < end

    def _span(self, node: ast.AST) -> tuple[int, int]:
        if isinstance(node, ast.stmt):
            return self._statements.span(node)
        if not isinstance(node, _POSITIONED):
            return _NOWHERE
        return self._before.source.span(node)

    # -- what came and went --------------------------------------------------------------------------------------------------

    def _went(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.was_read += self._reads(node)

    def _reads(self, node: ast.AST) -> list[ast.Name]:
        """The names that a node reads; those that it binds are noted."""
        nodes = walk(node)
        self.bound.update(name for inner in nodes for name in bound_names(inner))
        return [inner for inner in nodes if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)]

    def _obeys_declarations(self) -> None:
        """The parser accepts `nonlocal x` without an `x`, and `global x` behind a use; the compiler does not."""
        declares = self.bound and _DECLARATION.search(self._after.source.u8)
        if declares and not _compiles(self._after.tree) and _compiles(self._before.tree):
            raise VerificationError("a `global` or `nonlocal` would no longer be valid")


def _compiles(tree: ast.Module) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<rewritten>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True
