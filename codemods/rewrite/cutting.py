"""Cutting the smallest statements that hold an edit out of a file, as texts that LibCST can parse on their own."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codemods.edits import LocatedEdit, RemoveStatement, ReplaceStatement
from codemods.rewrite.statements import Block, Place, Statements, continues, first_line, last_line

_BLANK_OR_COMMENT = re.compile(r"[ \t\f]*(#.*)?\Z", re.DOTALL)
_BLANK = re.compile(r"[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Cut:
    """Whole lines of a file that LibCST is given, between lines of our own that make a module of them.

    Attributes:
        first, last: The lines, from 1; none where `last` is before `first`.
        above: What stands above them: headers that they need, `pass` for a statement before them in their block.
        below: What stands below them: `pass` for a body, `pass` or an import for the statement behind them.
        slots: Where imports can come in that are in it: behind so many statements of the module.
    """

    first: int
    last: int
    above: str
    below: str
    slots: range = range(0)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Statements of one block that follow on each other.

    Attributes:
        block: The block.
        low, high: Which statements of it they are, `high` exclusive.
        has_gaps: Whether the comments and blank lines on both sides are part of it.
    """

    block: Block
    low: int
    high: int
    has_gaps: bool


class Cutter:
    """Finds the cuts of one file."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._source = statements.source
        self._newline = "\r\n" if self._source.newline == "\r\n" else "\n"

    def cuts(self, edits: list[LocatedEdit], slots: list[int]) -> list[Cut]:
        """The cuts that hold all edits, in order, none within another.

        Args:
            edits: Edits on nodes of the file.
            slots: Where imports come in: behind so many statements of the module.
        """
        found = [self._smallest(edit) for edit in edits]
        stretches = [one for one in found if isinstance(one, _Stretch)]
        stretches += [_Stretch(self._statements.tree.body, slot, slot, True) for slot in slots]
        every = [one for one in found if isinstance(one, Cut)] + [self._cut(stretch) for stretch in _merged(stretches)]
        cuts: list[Cut] = []
        for cut in sorted(every, key=lambda cut: (cut.first, -cut.last)):
            if not cuts or cut.last > cuts[-1].last or cut.first > cuts[-1].last:
                cuts.append(cut)
        return cuts

    # -- one edit ------------------------------------------------------------------------------------------------------------

    def _smallest(self, edit: LocatedEdit) -> Cut | _Stretch:
        """The header that holds an edit, or the fewest statements that do."""
        place = self._statements.innermost(edit.span.start)
        assert place is not None
        if isinstance(edit, (RemoveStatement, ReplaceStatement)):
            return _Stretch(place.block, place.index, place.index + 1, isinstance(edit, RemoveStatement))
        header = self._header(place, edit.span.start)
        while header is None:
            low, high = self._sharing(place)
            if self._owns_line(place.block[low]) and not self._statements.is_elif(place.statement):
                return _Stretch(place.block, low, high, False)
            assert place.up is not None
            place = place.up
        return header

    def _sharing(self, place: Place) -> tuple[int, int]:
        """The neighbours of a statement that share lines with it, as a range of its block."""
        low, high = place.index, place.index + 1
        while low and last_line(place.block[low - 1]) >= first_line(place.block[low]):
            low -= 1
        while high < len(place.block) and first_line(place.block[high]) <= last_line(place.block[high - 1]):
            high += 1
        return low, high

    def _owns_line(self, statement: ast.stmt) -> bool:
        """Whether nothing stands in front of a statement on its line, nor a continued line above it."""
        line = first_line(statement)
        start, _ = self._source.line_bounds(line)
        if self._source.u8[start : self._statements.start(statement)].strip(b" \t\f"):
            return False
        return not continues(self._source, line - 1)

    def _header(self, place: Place, offset: int) -> Cut | None:
        """The header that holds an offset, of a compound statement with one header, with `pass` for its body."""
        statement = place.statement
        body = getattr(statement, "body", None)
        if not isinstance(body, list) or isinstance(statement, (ast.Try, ast.TryStar)):
            return None
        start, below = first_line(statement), first_line(body[0])
        end = self._code_above(below, start)
        # A body on the header's line, or on the line that this goes on on.
        inline = below <= max(end, statement.lineno) or continues(self._source, below - 1)
        if inline or not start <= self._source.position(offset)[0] <= end or not self._owns_line(statement):
            return None
        margin, newline = self._source.margin(start), self._newline
        above = f"if 1:{newline}" if margin else ""
        if self._statements.is_elif(statement):
            above += f"{margin}if 1:{newline}{margin} pass{newline}"
        return Cut(start, end, above, f"{self._source.margin(below)}pass{newline}")

    def _code_above(self, line: int, lowest: int) -> int:
        """The last line above another, not above `lowest`, that is more than a comment."""
        line -= 1
        while line > lowest and _BLANK_OR_COMMENT.match(self._source.line_text(line)):
            line -= 1
        return line

    # -- cuts of statements --------------------------------------------------------------------------------------------------

    def _cut(self, stretch: _Stretch) -> Cut:
        """The lines of some statements, and what stands around them."""
        block, low, high = stretch.block, stretch.low, stretch.high
        is_module, newline = block is self._statements.tree.body, self._newline
        margin = self._source.margin(first_line(block[min(low, len(block) - 1)]))
        above, below = "" if is_module else f"if 1:{newline}", ""
        if not stretch.has_gaps:
            return Cut(first_line(block[low]), self._end(block[high - 1], margin, False), above, below)
        if low:
            above += f"{margin}pass{newline}"
            first = self._end(block[low - 1], margin, False) + 1
        elif is_module:
            first = 1
        else:
            first = self._code_above(first_line(block[0]), 1) + 1
        if high < len(block):
            last = first_line(block[high]) - 1
            # Whether imports follow on one that goes says what a comment above it is about.
            below = f"{margin}{'import a' if isinstance(block[high], (ast.Import, ast.ImportFrom)) else 'pass'}{newline}"
        else:
            last = self._end(block[-1], margin, True)
        return Cut(first, last, above, below, range(low, high + 1) if is_module else range(0))

    def _end(self, statement: ast.stmt, margin: str, is_last: bool) -> int:
        """The last line of a statement; comments that are indented like its body are part of it, and below a block's last
        statement those that are indented like itself."""
        end = last_line(statement)
        while continues(self._source, end) and end < len(self._source.line_starts):
            end += 1  # the line goes on on an empty one
        line = end
        is_compound = hasattr(statement, "body") or hasattr(statement, "cases")
        if not (is_compound or is_last):
            return end
        while line < len(self._source.line_starts):
            line += 1
            text = self._source.line_text(line)
            if _BLANK.match(text):
                continue
            indentation = self._source.margin(line)
            deeper = len(indentation) > len(margin) and is_compound
            if not text.startswith("#", len(indentation)) or not (deeper or (is_last and indentation == margin)):
                break
            end = line
        return end


def _merged(stretches: list[_Stretch]) -> list[_Stretch]:
    """Stretches of one block that share a statement or a gap become one."""
    merged: list[_Stretch] = []
    for stretch in sorted(stretches, key=lambda one: (id(one.block), one.low, one.high)):
        before = merged[-1] if merged and merged[-1].block is stretch.block else None
        has_gaps = stretch.has_gaps or (before is not None and before.has_gaps)
        if before is not None and (stretch.low < before.high or (stretch.low == before.high and has_gaps)):
            merged[-1] = _Stretch(before.block, before.low, max(before.high, stretch.high), has_gaps)
        else:
            merged.append(stretch)
    return merged
