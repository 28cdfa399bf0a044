"""Checks after every rewrite: whatever a plan or a clean-up got wrong is found here, before anything is
written.

Statements that no change touched must stand where the bytes around the changes say they stand, statements
that were touched must have changed only there, comments must be kept, and no name may be missing or mean
something new.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field

from codemods.edits import Edit
from codemods.proofs.nodes import walk
from codemods.rewrite.splice import Splice
from codemods.rewrite.statements import Block, Statements, first_line, last_line
from lint_plugin.flow.names import bound_names
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

_DECLARED = re.compile(rb"\b(?:global|nonlocal)\b((?:\\\r?\n|[^\r\n;#])*)")
_WORD = re.compile(rb"[^\s,\\]+")


class VerificationError(Exception):
    """The new text is not what the plans asked for; the message says in what."""


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


@dataclass(slots=True)
class Touched:
    """What the walk over both trees met in the changed places.

    Attributes:
        read: Names that the new text reads there.
        was_read: Names that the old text read there.
        bound: Names that are bound in text that went or came.
    """

    read: list[ast.Name] = field(default_factory=list)
    was_read: list[ast.Name] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)


def verify_text(before: Version, after: Version, splice: Splice, edits: list[Edit]) -> Touched:
    """Compare structure, bytes and comments; what changed comes back for `verify_names`.

    Raises:
        VerificationError: Something outside the changes is different.
    """
    old, new = before.source, after.source
    if old.encoding != new.encoding or old.bom != new.bom:
        raise VerificationError("the file's encoding would change")
    _same_bytes(old.u8, new.u8, splice)
    walk = _Walk(Statements(old, before.tree), Statements(new, after.tree), splice)
    walk.block(before.tree.body, after.tree.body)
    _obeys_declarations(before, after, walk.touched.bound)
    for edit in edits:
        if not edit.delete_statement and b"#" in old.u8[edit.start : edit.end]:
            _keeps_comments(before, edit)
    return walk.touched


def _same_bytes(old: bytes, new: bytes, splice: Splice) -> None:
    position = new_position = 0
    for region in (*splice.regions, None):
        end = region.start if region else len(old)
        new_end = region.new_start if region else len(new)
        if old[position:end] != new[new_position:new_end]:
            raise VerificationError("text outside the rewrite would change")
        if region:
            position, new_position = region.end, region.new_end


def _obeys_declarations(before: Version, after: Version, bound: set[str]) -> None:
    """The parser accepts `nonlocal x` without an `x`, and `global x` behind a use; the compiler does not."""
    if not bound:
        return
    declared = {word.decode() for names in _DECLARED.findall(after.source.u8) for word in _WORD.findall(names)}
    if declared.isdisjoint(bound):
        return
    if _compiles(before.tree) and not _compiles(after.tree):
        raise VerificationError("a `global` or `nonlocal` would no longer be valid")


def _compiles(tree: ast.Module) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<rewritten>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


class _Walk:
    """Both trees side by side, into the touched statements only."""

    def __init__(self, old: Statements, new: Statements, splice: Splice) -> None:
        self._old = old
        self._new = new
        self._splice = splice
        self.touched = Touched()

    def block(self, old: Block, new: Block) -> None:
        pending = iter(new)
        current = next(pending, None)
        for statement in old:
            start, end = self._old.span(statement)
            if self._splice.covers(start, end):
                self._went(statement)
                continue
            moved = self._splice.moved_start(start)
            while current is not None and self._new.start(current) != moved:
                self._came(current)
                current = next(pending, None)
            if current is None:
                raise VerificationError(f"the statement on line {first_line(statement)} would be lost")
            self._pair(statement, current, start, end)
            current = next(pending, None)
        while current is not None:
            self._came(current)
            current = next(pending, None)

    def _pair(self, old: ast.stmt, new: ast.stmt, start: int, end: int) -> None:
        line = first_line(old)
        if type(old) is not type(new):
            raise VerificationError(f"the statement on line {line} would become another one")
        if self._splice.touches(start, end):
            self._node(old, new, line)
        elif self._splice.moved_end(end) != self._new.span(new)[1]:
            raise VerificationError(f"the statement on line {line} would end elsewhere")

    def _node(self, old: ast.AST, new: ast.AST, line: int) -> None:
        """Compare two nodes, the old one touched by a change."""
        for (name, old_value), (_, new_value) in zip(ast.iter_fields(old), ast.iter_fields(new)):
            if isinstance(old_value, list) and old_value and isinstance(old_value[0], ast.stmt):
                self.block(old_value, new_value)
            elif isinstance(old_value, list) or isinstance(new_value, list):
                self._list(old_value, new_value, line)
            elif isinstance(old_value, ast.AST) and isinstance(new_value, ast.AST):
                self._child(old_value, new_value, line)
            elif old_value != new_value and not _may_change(old, name):
                raise VerificationError(f"line {line} would change outside the rewrite")
        if isinstance(new, ast.Name) and getattr(old, "id", None) != new.id:
            self._went(old)
            self._came(new)

    def _list(self, old: list[object], new: list[object], line: int) -> None:
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for old_item, new_item in zip(old, new):
                if isinstance(old_item, ast.AST) and isinstance(new_item, ast.AST):
                    self._child(old_item, new_item, line)
                elif old_item != new_item:
                    raise VerificationError(f"line {line} would change outside the rewrite")
            return
        # Names of an import may go; nothing else changes its number of parts.
        items = [item for item in (*old, *new) if not isinstance(item, ast.alias)]
        if items or len(new) > len(old):
            raise VerificationError(f"line {line} would have other parts")
        kept = {(alias.name, alias.asname) for alias in new if isinstance(alias, ast.alias)}
        for alias in old:
            if isinstance(alias, ast.alias) and (alias.name, alias.asname) not in kept:
                self.touched.bound.add(alias.asname or alias.name.partition(".")[0])

    def _child(self, old: ast.AST, new: ast.AST, line: int) -> None:
        span = self._span(self._old.source, old)
        if span is not None and not self._splice.touches(*span):
            if type(old) is not type(new) or ast.dump(old) != ast.dump(new):
                raise VerificationError(f"line {line} would change outside the rewrite")
        elif span is not None and self._splice.covers(*span):
            new_span = self._span(self._new.source, new)
            if new_span is None or not self._splice.is_new(*new_span):
                raise VerificationError(f"line {line} would be read in another way")
            self._went(old)
            self._came(new)
        elif type(old) is not type(new):
            raise VerificationError(f"line {line} would be read in another way")
        else:
            self._node(old, new, line)

    def _span(self, source: SourceText, node: ast.AST) -> tuple[int, int] | None:
        if not isinstance(node, (ast.expr, ast.arg, ast.keyword, ast.alias, ast.excepthandler, ast.pattern)):
            return None
        assert node.end_lineno is not None and node.end_col_offset is not None
        return source.offset(node.lineno, node.col_offset), source.offset(node.end_lineno, node.end_col_offset)

    def _came(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt) and not self._splice.is_new(*self._new.span(node)):
            raise VerificationError(f"line {first_line(node)} of the result would hold a statement of unknown origin")
        for inner in walk(node):
            self.touched.bound.update(bound_names(inner))
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self.touched.read.append(inner)

    def _went(self, node: ast.AST) -> None:
        for inner in walk(node):
            self.touched.bound.update(bound_names(inner))
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self.touched.was_read.append(inner)


def _may_change(node: ast.AST, name: str) -> bool:
    """Whether a changed place inside a node may be this field: a name, or the literal text around it."""
    return (name == "attr" and isinstance(node, ast.Attribute)) or (
        (name == "id" and isinstance(node, ast.Name)) or (name == "value" and isinstance(node, ast.Constant))
    )


# -- comments ------------------------------------------------------------------------------------------------


def _keeps_comments(before: Version, edit: Edit) -> None:
    source = before.source
    place = Statements(source, before.tree).innermost(edit.start)
    first = first_line(place.statement) if place else 1
    last = source.position(edit.end)[0] if place is None else max(last_line(place.statement), source.position(edit.end)[0])
    wanted: dict[bytes, int] = {}
    for offset, text in comments(source, first, last):
        if edit.start <= offset < edit.end:
            wanted[text] = wanted.get(text, 0) + 1
    for text, count in wanted.items():
        if edit.text.count(text) < count:
            raise VerificationError(f"the comment `{text.decode()}` would be lost")


def comments(source: SourceText, first: int, last: int) -> list[tuple[int, bytes]]:
    """The comments on whole lines `first` to `last`, as (offset in `u8`, text)."""
    start, end = source.line_bounds(first)[0], source.line_bounds(last)[1]
    # tokenize ends a line at \n only; a lone \r becomes one, so that offsets stay.
    text = re.sub(rb"\r(?!\n)", b"\n", source.u8[start:end])
    lines = text.decode("utf-8").split("\n")
    found: list[tuple[int, bytes]] = []
    starts = [start]
    for line in text.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text.decode("utf-8"), newline="").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                offset = starts[row - 1] + len(lines[row - 1][:column].encode())
                found.append((offset, token.string.encode()))
    except (tokenize.TokenError, IndentationError):
        # Lines cut out of their block may end inside one; what was read until then are their comments.
        pass
    return found
