"""Taking statements out of a text together with the comments and blank lines that are theirs.

The policy: a trailing comment goes with its statement, as do the own-line comments directly above it, at its
indentation and without a blank line between. Kept are comments that are there for a tool or as a reminder
(`noqa`, `type:`, `TODO`, ...), the comment that heads a group of imports of which some stay, and the comment
above an import that opens a block of which something stays: it speaks of the block. No blank line remains at
the start of a block, elsewhere at most as many as there were.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from codemods.rewrite.splice import Change
from codemods.rewrite.statements import Block, Place, Statements, first_line, last_line
from lint_plugin.source.text import SourceText

_BLANK = re.compile(rb"[ \t]*\Z")
_COMMENT = re.compile(rb"[ \t\f]*#")
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(#.*)?\Z", re.DOTALL)
_MARGIN = re.compile(rb"[ \t\f]*\Z")
# For a tool, or a note that somebody wants to find again.
_LASTING = re.compile(
    rb"#[#:!\s]*(noqa|nosec|pylint|flake8|ruff|mypy|pyright|isort|fmt|yapf|pragma|region|endregion)\b"
    rb"|#\s*type:|#\s*%%|\A[ \t\f]*#!|coding[:=]|\b(TODO|FIXME|XXX|HACK)\b",
    re.IGNORECASE,
)


class SharedLineError(Exception):
    """A statement shares a line with other code, so it cannot be taken out by lines."""


def stands_alone(source: SourceText, statement: ast.stmt) -> bool:
    """Whether a statement has its lines to itself, apart from a trailing comment."""
    start, end = source.span(statement)
    line_start = source.line_bounds(statement.lineno)[0]
    if not _MARGIN.match(source.u8[line_start:start]):
        return False
    line_end = source.line_bounds(last_line(statement))[1]
    if not _BLANK_OR_COMMENT.match(source.u8[end:line_end].rstrip(b"\r\n")):
        return False
    return not _continues(source, statement.lineno - 1)


def _continues(source: SourceText, line: int) -> bool:
    """Whether a line goes on on the next one by a backslash."""
    if line < 1:
        return False
    text = _line(source, line)
    return text.endswith(b"\\") and not _COMMENT.match(text)


def _line(source: SourceText, line: int) -> bytes:
    start, end = source.line_bounds(line)
    return source.u8[start:end].rstrip(b"\r\n")


def deletions(statements: Statements, doomed: Iterable[Place]) -> list[Change]:
    """The changes that take the `doomed` statements out; a block that loses all its statements gets `pass`.

    Raises:
        SharedLineError: One of them shares a line with other code.
    """
    by_block: dict[int, tuple[Place, set[int]]] = {}
    for place in doomed:
        if not stands_alone(statements.source, place.statement):
            raise SharedLineError("shares its line with another statement")
        by_block.setdefault(id(place.block), (place, set()))[1].add(place.index)
    changes: list[Change] = []
    for place, indices in by_block.values():
        changes += _BlockDeletion(statements, place, indices).changes()
    return changes


@dataclass(slots=True)
class _Run:
    """Neighbouring lines that go: `first` to `last`, and the longest gap of blank lines inside."""

    first: int
    last: int
    blank: int
    indices: tuple[int, int]


class _BlockDeletion:
    """The deletion of some statements of one block."""

    def __init__(self, statements: Statements, place: Place, indices: set[int]) -> None:
        self._statements = statements
        self._source = statements.source
        self._place = place
        self._block: Block = place.block
        self._indices = indices
        self._emptied = len(indices) == len(self._block) and not isinstance(place.owner, ast.Module)

    def changes(self) -> list[Change]:
        runs: list[_Run] = []
        for index in sorted(self._indices):
            statement = self._block[index]
            first, last = self._first_line(index), last_line(statement)
            gap = first - runs[-1].last - 1 if runs else -1
            if runs and runs[-1].indices[1] == index - 1 and self._blank_above(first) >= gap:
                runs[-1].last, runs[-1].indices = last, (runs[-1].indices[0], index)
                runs[-1].blank = max(runs[-1].blank, gap)
            else:
                runs.append(_Run(first, last, 0, (index, index)))
        return [self._change(run) for run in runs]

    def _first_line(self, index: int) -> int:
        """The first line that goes with a statement: its own, or that of the comments above it."""
        statement = self._block[index]
        own = first_line(statement)
        margin = _indentation(_line(self._source, own))
        first = own
        above = self._code_above(index)
        lasting = False
        while first - 1 > above:
            text = _line(self._source, first - 1)
            if not _COMMENT.match(text) or _indentation(text) != margin:
                break
            lasting = lasting or _LASTING.search(text) is not None
            first -= 1
        if lasting or (isinstance(statement, (ast.Import, ast.ImportFrom)) and self._heads_imports(index, first, above)):
            return own
        return first

    def _heads_imports(self, index: int, first: int, above: int) -> bool:
        """Whether the comment above an import speaks of more than that import."""
        if index == 0 and not self._emptied and self._blank_above(first) >= first - 1 - above:
            return True
        for follower in range(index + 1, len(self._block)):
            statement = self._block[follower]
            together = first_line(statement) == last_line(self._block[follower - 1]) + 1
            if not together or not isinstance(statement, (ast.Import, ast.ImportFrom)):
                return False
            if follower not in self._indices:
                return True
        return False

    def _code_above(self, index: int) -> int:
        """The last line of code above a statement of the block: the statement before, or the header's end."""
        place = self._place
        statement = self._block[index]
        above = self._statements.code_above(Place(statement, self._block, index, place.owner, place.field, place.up))
        if index:
            return above
        line = first_line(statement) - 1
        while line > above and _BLANK_OR_COMMENT.match(_line(self._source, line)):
            line -= 1
        return line

    def _blank_above(self, line: int) -> int:
        """How many blank lines stand directly above a line; none that end a continuation."""
        count = 0
        while line - 1 - count >= 1 and _BLANK.match(_line(self._source, line - 1 - count)):
            count += 1
        return 0 if _continues(self._source, line - 1 - count) else count

    def _blank_below(self, line: int) -> int:
        count, total = 0, len(self._source.line_starts)
        while line + 1 + count < total and _BLANK.match(_line(self._source, line + 1 + count)):
            count += 1
        return count

    def _change(self, run: _Run) -> Change:
        above, below = self._blank_above(run.first), self._blank_below(run.last)
        top = run.first - above - 1
        opens = run.indices[0] == 0 and top <= self._code_above(0)
        if self._emptied and run.indices[1] == len(self._block) - 1:
            return self._passed(run, above if opens else 0)
        follower = run.indices[1] + 1
        next_line = run.last + below + 1
        next_is_comment = next_line <= len(self._source.line_starts) and bool(_COMMENT.match(_line(self._source, next_line)))
        own_margin = len(_indentation(_line(self._source, first_line(self._block[run.indices[0]]))))
        goes_on = follower < len(self._block) or (
            next_is_comment and len(_indentation(_line(self._source, next_line))) >= own_margin
        )
        if not goes_on:
            # The blank lines above parted this statement from its block's rest; those below part the blocks.
            return self._lines(run.first - above, run.last)
        if opens:
            keep = 0
        elif above == 0 and not next_is_comment and self._leading_comment(top):
            keep = 0
        else:
            keep = max(above, run.blank, below)
        if keep == below:
            return self._lines(run.first - above, run.last)
        if keep == above:
            return self._lines(run.first, run.last + below)
        return self._lines(run.first - above, run.last + below, self._source.newline.encode() * keep)

    def _leading_comment(self, line: int) -> bool:
        """Whether a line is the last of the comments that open the block."""
        above = self._code_above(0)
        if not above < line < first_line(self._block[0]):
            return False
        return all(_COMMENT.match(_line(self._source, number)) for number in range(above + 1, line + 1))

    def _passed(self, run: _Run, blank: int) -> Change:
        margin = _indentation(_line(self._source, first_line(self._block[-1])))
        text = self._source.u8[slice(*self._source.line_bounds(run.last))]
        return self._lines(run.first - blank, run.last, margin + b"pass" + text[len(text.rstrip(b"\r\n")) :])

    def _lines(self, first: int, last: int, text: bytes = b"") -> Change:
        start, end = self._source.line_bounds(first)[0], self._source.line_bounds(last)[1]
        return Change(start, end, text)


def _indentation(text: bytes) -> bytes:
    return text[: len(text) - len(text.lstrip(b" \t\f"))]
