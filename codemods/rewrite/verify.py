"""Checks after every rewrite, first half: both trees side by side. No statement has changed but those that an edit names, and
in these nothing but what it names; new code is what the edit describes.

The text between the slices is the old one by construction; that it is still read as the same statements is seen here.
"""

from __future__ import annotations

import ast
import bisect
import re
import warnings
from collections.abc import Iterator, Sequence

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
from codemods.rewrite.statements import Block, Statements, first_line
from lint_plugin.flow.nodes import bound_names, name_bound_by, walk
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

_DECLARATION = re.compile(rb"\b(global|nonlocal)\b")


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
    """The old tree and the new one, statement by statement, into those that an edit names.

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
        self._imports = {}
        for edit in edits:
            if isinstance(edit, AddImport):
                place = import_place(before.tree, edit.module)
                self._imports[place.index, place.after] = edit
        self.read: list[ast.Name] = []
        self.was_read: list[ast.Name] = []
        self.bound: set[str] = set()
        self._same: list[tuple[ast.AST, ast.AST]] = []  # parts that no edit is in
        self._old_of: dict[ast.AST, ast.AST] = {}
        self._new_of: dict[ast.AST, ast.AST] = {}
        self._block(before.tree.body, after.tree.body, True)
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

    def _pair(self, old: ast.AST, new: ast.AST) -> None:
        self._old_of[new] = old
        self._new_of[old] = new

    # -- statements ----------------------------------------------------------------------------------------------------------

    def _block(self, old: Block, new: Block, is_module: bool = False) -> None:
        pending = iter(new)
        for index, statement in enumerate(old):
            if is_module:
                self._imported(pending, index, False)
            edit = self._edits.get(self._statements.span(statement))
            if isinstance(edit, (RemoveStatement, ReplaceStatement)):
                self._went(statement)
                for one in edit.statements if isinstance(edit, ReplaceStatement) else ():
                    came = self._next(pending, statement)
                    if ast.dump(came) != ast.dump(expected_statement(one)):
                        raise VerificationError(f"line {first_line(statement)} would become other code than was asked for")
                    self._came(came)
            else:
                self._statement(statement, self._next(pending, statement))
            if is_module:
                self._imported(pending, index, True)
        rest = list(pending)
        emptied = len(rest) == len(new) == 1 and isinstance(rest[0], ast.Pass) and not is_module
        if rest and not emptied:
            raise VerificationError(f"line {first_line(rest[0])} of the result would hold a statement of unknown origin")

    def _next(self, pending: Iterator[ast.stmt], old: ast.stmt) -> ast.stmt:
        following = next(pending, None)
        if following is None:
            raise VerificationError(f"the statement on line {first_line(old)} would be lost")
        return following

    def _imported(self, pending: Iterator[ast.stmt], index: int, after: bool) -> None:
        edit = self._imports.get((index, after))
        if edit is None:
            return
        match next(pending, None):
            case ast.Import(names=[ast.alias(name=edit.module, asname=None)]) as came:
                self._came(came)
            case _:
                raise VerificationError(f"the import of `{edit.module}` would be lost")

    def _statement(self, old: ast.stmt, new: ast.stmt) -> None:
        if type(old) is not type(new):
            raise VerificationError(f"the statement on line {first_line(old)} would become another one")
        if self._is_touched(*self._statements.span(old)):
            self._node(old, new, first_line(old))
        else:
            self._unchanged(old, new, first_line(old))

    def _is_touched(self, start: int, end: int) -> bool:
        index = bisect.bisect_left(self._starts, start)
        return index < len(self._starts) and self._starts[index] < end

    def _unchanged(self, old: ast.stmt, new: ast.stmt, line: int) -> None:
        text = self._before.source.u8[slice(*self._statements.span(old))]
        if text != self._after.source.u8[slice(*self._new_statements.span(new))]:
            raise VerificationError(f"line {line} would change outside the rewrite")
        self._same.append((old, new))

    # -- inside a statement --------------------------------------------------------------------------------------------------

    def _node(self, old: ast.AST, new: ast.AST, line: int) -> None:
        """Compare two nodes of which the old one has an edit in it."""
        self._pair(old, new)
        edit = self._edits.get(self._span(old))
        if isinstance(edit, RemoveTupleParts) and isinstance(old, ast.Assign) and isinstance(new, ast.Assign):
            self._tuple_parts(old, new, edit)
            return
        for (name, old_value), (_, new_value) in zip(ast.iter_fields(old), ast.iter_fields(new), strict=True):
            if isinstance(edit, RenameAttribute) and isinstance(old, ast.Attribute) and name == "attr":
                if new_value != edit.name:
                    raise VerificationError(f"line {line} would change outside the rewrite")
            elif isinstance(old_value, list) and old_value and isinstance(old_value[0], ast.stmt):
                self._block(old_value, new_value)
            elif isinstance(edit, RemoveImportAliases) and name == "names":
                self._aliases(old_value, new_value, edit)
            else:
                self._values(old_value, new_value, line)

    def _values(self, old: object, new: object, line: int) -> None:
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for old_item, new_item in zip(old, new):
                self._values(old_item, new_item, line)
        elif isinstance(old, ast.AST) and isinstance(new, ast.AST):
            self._child(old, new, line)
        elif old != new or type(old) is not type(new):
            raise VerificationError(f"line {line} would change outside the rewrite")

    def _child(self, old: ast.AST, new: ast.AST, line: int) -> None:
        span = self._span(old)
        edit = self._edits.get(span)
        wanted: ast.expr | None = None
        if isinstance(edit, RenameName) and isinstance(old, ast.Name):
            wanted = ast.Name(edit.name, old.ctx)
        elif isinstance(edit, ReplaceExpression) and isinstance(old, ast.Call):
            wanted = expected_expression(edit.value)
        if wanted is not None:
            if ast.dump(new) != ast.dump(wanted):
                raise VerificationError(f"line {line} would be read in another way")
            self._went(old)
            self._came(new)
        elif type(old) is not type(new):
            raise VerificationError(f"line {line} would be read in another way")
        elif span == _NOWHERE or self._is_touched(*span):
            self._node(old, new, line)
        else:
            if ast.dump(old) != ast.dump(new):
                raise VerificationError(f"line {line} would change outside the rewrite")
            self._same.append((old, new))

    def _aliases(self, old: list[ast.alias], new: list[ast.alias], edit: RemoveImportAliases) -> None:
        kept = [alias for alias in old if name_bound_by(alias) not in edit.names]
        if [ast.dump(alias) for alias in kept] != [ast.dump(alias) for alias in new]:
            raise VerificationError(f"line {old[0].lineno} would import something else")
        for alias in old:
            if alias not in kept:
                self._went(alias)
        for one, other in zip(kept, new):
            self._pair(one, other)

    def _tuple_parts(self, old: ast.Assign, new: ast.Assign, edit: RemoveTupleParts) -> None:
        line = old.lineno
        kept = [part for part in tuple_parts(old) if part[0].id not in edit.names]
        single = [(new.targets[0], new.value)] if len(kept) == 1 else []
        new_parts = single or tuple_parts(new)
        if len(new_parts) != len(kept):
            raise VerificationError(f"line {line} would have other parts")
        for (name, value), (new_name, new_value) in zip(kept, new_parts):
            self._child(name, new_name, line)
            self._child(value, new_value, line)
        for name, value in tuple_parts(old):
            if name.id in edit.names:
                self._went(name)
                self._went(value)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        if isinstance(node, ast.stmt):
            return self._statements.span(node)
        if not isinstance(node, (ast.expr, ast.arg, ast.keyword, ast.alias, ast.excepthandler, ast.pattern)):
            return _NOWHERE
        assert node.end_lineno is not None and node.end_col_offset is not None
        source = self._before.source
        return source.offset(node.lineno, node.col_offset), source.offset(node.end_lineno, node.end_col_offset)

    # -- what came and went --------------------------------------------------------------------------------------------------

    def _came(self, node: ast.AST) -> None:
        for inner in walk(node):
            self.bound.update(bound_names(inner))
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self.read.append(inner)

    def _went(self, node: ast.AST) -> None:
        for inner in walk(node):
            self.bound.update(bound_names(inner))
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self.was_read.append(inner)

    def _obeys_declarations(self) -> None:
        """The parser accepts `nonlocal x` without an `x`, and `global x` behind a use; the compiler does not."""
        declares = self.bound and _DECLARATION.search(self._after.source.u8)
        if declares and not _compiles(self._after.tree) and _compiles(self._before.tree):
            raise VerificationError("a `global` or `nonlocal` would no longer be valid")


_NOWHERE = (-1, -1)


def _compiles(tree: ast.Module) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<rewritten>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True
