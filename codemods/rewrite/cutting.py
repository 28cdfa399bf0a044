"""Cutting the smallest statements that hold an edit out of a file, as texts that LibCST can parse on their own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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
        block: Which block the statements stand in, by `id`; 0 for a header.
        low, high: Which statements of it they are, `high` exclusive.
        has_gaps: Whether the comments and blank lines on both sides are in it.
    """

    first: int
    last: int
    above: str
    below: str
    block: int = 0
    low: int = 0
    high: int = 0
    has_gaps: bool = False


class Cutter:
    """Finds the cuts of one file."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._source = statements.source
        self._blocks: dict[int, tuple[Block, bool]] = {id(statements.tree.body): (statements.tree.body, True)}
        self._newline = "\r\n" if self._source.newline == "\r\n" else "\n"

    def cuts(self, edits: list[LocatedEdit], slots: list[int]) -> list[Cut]:
        """The cuts that hold all edits, in order, none within another.

        Args:
            edits: Edits on nodes of the file.
            slots: Where imports come in: behind so many statements of the module.
        """
        found = [self._cut_for(edit) for edit in edits]
        body = id(self._statements.tree.body)
        found += [Cut(0, 0, "", "", body, number, number, True) for number in slots]
        headers = [cut for cut in found if not cut.block]
        merged = [self._finished(cut) for cut in self._merged([cut for cut in found if cut.block])]
        cuts: list[Cut] = []
        for cut in sorted({*headers, *merged}, key=lambda cut: (cut.first, -cut.last)):
            if not cuts or cut.last > cuts[-1].last or cut.first > cuts[-1].last:
                cuts.append(cut)
        return cuts

    # -- one edit ------------------------------------------------------------------------------------------------------------

    def _cut_for(self, edit: LocatedEdit) -> Cut:
        place = self._statements.innermost(edit.span.start)
        assert place is not None
        if isinstance(edit, (RemoveStatement, ReplaceStatement)):
            return self._whole(place, place.index, place.index + 1, isinstance(edit, RemoveStatement))
        header = self._header(place, edit.span.start)
        while header is None:
            low, high = self._sharing(place)
            if self._owns_line(place.block[low]) and not self._statements.is_elif(place.statement):
                return self._whole(place, low, high, False)
            assert place.up is not None
            place = place.up
        return header

    def _whole(self, place: Place, low: int, high: int, has_gaps: bool) -> Cut:
        self._blocks[id(place.block)] = (place.block, place.up is None)
        return Cut(0, 0, "", "", id(place.block), low, high, has_gaps)

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
        """The header of a compound statement, or of one of its clauses, that holds an offset, with `pass` for its body."""
        line = self._source.position(offset)[0]
        for start, below, kind in _clauses(self._statements, place.statement):
            end = self._code_above(below, start)
            # A body on the header's line, or on the line that this goes on on.
            inline = below <= max(end, place.statement.lineno if kind == "" else 0) or continues(self._source, below - 1)
            if not start <= line <= end:
                continue
            if inline or (kind in ("", "elif", "match") and not self._owns_line(place.statement)):
                return None
            margin, inner = self._source.margin(start), self._source.margin(below)
            newline = self._newline
            above = f"if 1:{newline}" if margin and kind != "case" else ""
            above += {
                "": "",
                "match": "",
                "elif": f"{margin}if 1:{newline}{margin} pass{newline}",
                "except": f"{margin}try:{newline}{margin} pass{newline}",
                "case": f"match 1:{newline}",
            }[kind]
            case = f"{inner}case _:{newline} " if kind == "match" else ""
            return Cut(start, end, above, f"{case}{inner}pass{newline}")
        return None

    def _code_above(self, line: int, lowest: int) -> int:
        """The last line above another, not above `lowest`, that is more than a comment."""
        line -= 1
        while line > lowest and _BLANK_OR_COMMENT.match(self._source.line_text(line)):
            line -= 1
        return line

    # -- cuts of statements --------------------------------------------------------------------------------------------------

    def _merged(self, cuts: list[Cut]) -> Iterator[Cut]:
        """Cuts of one block that share a statement or a gap become one."""
        pending: Cut | None = None
        for cut in sorted(cuts, key=lambda cut: (cut.block, cut.low, cut.high)):
            if pending is not None and pending.block == cut.block and self._touch(pending, cut):
                high = max(pending.high, cut.high)
                pending = Cut(0, 0, "", "", cut.block, pending.low, high, pending.has_gaps or cut.has_gaps)
                continue
            if pending is not None:
                yield pending
            pending = cut
        if pending is not None:
            yield pending

    def _touch(self, one: Cut, other: Cut) -> bool:
        return other.low < one.high or (other.low == one.high and (one.has_gaps or other.has_gaps))

    def _finished(self, cut: Cut) -> Cut:
        """A cut with its lines and what stands around them."""
        block, is_module = self._blocks[cut.block]
        newline = self._newline
        near = block[min(cut.low, len(block) - 1)]
        margin = self._source.margin(first_line(near))
        above = "" if is_module else f"if 1:{newline}"
        if not cut.has_gaps:
            last = self._end(block[cut.high - 1], margin, False)
            return Cut(first_line(block[cut.low]), last, above, "", cut.block, cut.low, cut.high)
        below = ""
        if cut.low:
            above += f"{margin}pass{newline}"
            first = self._end(block[cut.low - 1], margin, False) + 1
        elif is_module:
            first = 1
        else:
            first = self._code_above(first_line(block[0]), 1) + 1
        if cut.high < len(block):
            behind = block[cut.high]
            last = first_line(behind) - 1
            # Whether imports follow on one that goes says what a comment above it is about.
            below = f"{margin}{'import a' if isinstance(behind, (ast.Import, ast.ImportFrom)) else 'pass'}{newline}"
        else:
            last = self._end(block[-1], margin, True)
        return Cut(first, last, above, below, cut.block, cut.low, cut.high, True)

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


def _clauses(statements: Statements, statement: ast.stmt) -> Iterator[tuple[int, int, str]]:
    """The parts of a compound statement that have a header with code: its first line, that of what it heads, its kind."""
    if isinstance(statement, (ast.Try, ast.TryStar)):
        for handler in statement.handlers:
            yield handler.lineno, first_line(handler.body[0]), "except"
    elif isinstance(statement, ast.Match):
        yield statement.lineno, statement.cases[0].pattern.lineno, "match"
        for case in statement.cases:
            yield case.pattern.lineno, first_line(case.body[0]), "case"
    else:
        body = getattr(statement, "body", None)
        if isinstance(body, list):
            yield first_line(statement), first_line(body[0]), "elif" if statements.is_elif(statement) else ""
