"""Edits with their places, as LibCST counts lines and columns, in a whole text or in what was cut out of it."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codemods.edits import AddImport, Edit, LocatedEdit, ReplaceExpression
from codemods.rewrite.cutting import Cut
from codemods.rewrite.import_place import ImportPlace, import_place
from codemods.rewrite.statements import Statements, first_line
from codemods.rewrite.style import Style, Styles
from lint_plugin.source.text import SourceText

Position = tuple[int, int]  # line from 1, column in characters from 0


@dataclass(frozen=True, slots=True)
class Located:
    """An edit, where LibCST sees its node, and the style of the code there."""

    edit: LocatedEdit
    start: Position
    end: Position
    style: Style


@dataclass(frozen=True, slots=True)
class Insertion:
    """An import that comes in before or after a statement of the module.

    Attributes:
        module: What is imported.
        lines: The line that the statement starts on; two for one with decorators, which LibCST counts in or not.
        after: It comes after that statement, not before it.
        gap: Blank lines that have to be between it and what comes behind it or, where `after`, in front of it.
    """

    module: str
    lines: tuple[int, ...]
    after: bool
    gap: int


class Placed:
    """Edits with their places in one text."""

    def __init__(self, source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> None:
        self.source = source
        self.statements = Statements(source, tree)
        self.located = sorted((edit for edit in edits if not isinstance(edit, AddImport)), key=_start)
        added = {edit.module: edit for edit in edits if isinstance(edit, AddImport)}
        self.imports = [(edit, import_place(tree, edit.module)) for edit in added.values()]
        self._styles = Styles(source, tree)

    def inside(self, cut: Cut, start: int, end: int) -> list[Edit]:
        """The edits whose nodes, or whose places, are in a cut."""
        first, last = bisect_left(self.located, start, key=_start), bisect_right(self.located, end, key=_start)
        found: list[Edit] = [edit for edit in self.located[first:last] if edit.span.end <= end]
        return found + [edit for edit, place in self.imports if place.slot in cut.slots]

    def shifted(self, edits: Sequence[Edit], cut: Cut) -> tuple[list[Located], list[Insertion]]:
        """The same edits as places in a cut's own module."""
        above = cut.above.count("\n")
        shift = above - cut.first + 1
        located = [self.at(edit, shift) for edit in edits if not isinstance(edit, AddImport)]
        insertions = []
        for edit, place in self.imports:
            if edit in edits:
                insertion = self.insertion(edit, place, shift)
                if place.after and place.index < cut.slots.start:
                    # The statement in front is not in the cut; the line above it stands for it.
                    insertion = replace(insertion, lines=(above,))
                insertions.append(insertion)
        return located, insertions

    def at(self, edit: LocatedEdit, shift: int) -> Located:
        """One edit as LibCST sees its place, `shift` lines further down."""
        (line, column), (end_line, end_column) = map(self.source.position, (edit.span.start, edit.span.end))
        return Located(edit, (line + shift, column - 1), (end_line + shift, end_column - 1), self._style(edit, line))

    def _style(self, edit: LocatedEdit, line: int) -> Style:
        place = self.statements.innermost(edit.span.start)
        assert place is not None
        style = self._styles.of(place)
        if not isinstance(edit, ReplaceExpression):
            return style
        return replace(style, margin=self.source.margin(line))

    def insertion(self, edit: AddImport, place: ImportPlace, shift: int) -> Insertion:
        """One new import, as LibCST sees the statement beside which it comes in."""
        statement = self.statements.tree.body[place.index]
        lines = tuple(sorted({first_line(statement) + shift, statement.lineno + shift}))
        return Insertion(edit.module, lines, place.after, place.gap)


def _start(edit: LocatedEdit) -> int:
    return edit.span.start
