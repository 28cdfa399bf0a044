"""Finding statements by byte offset, with the block that they stand in."""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lint_plugin.source.text import SourceText

Block = list[ast.stmt]
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(#.*)?\Z", re.DOTALL)
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # the fields that hold statements
Owner = ast.stmt | ast.ExceptHandler | ast.match_case | ast.Module


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands.

    Attributes:
        statement: The statement.
        block, index: The statement list that holds it, and its place there.
        owner, field: What the block belongs to, and under which name (`body`, `orelse`, `finalbody`).
        up: The place of the compound statement around it; None at module level.
    """

    statement: ast.stmt
    block: Block
    index: int
    owner: Owner
    field: str
    up: Place | None

    def chain(self) -> Iterator[Place]:
        """This place and all around it, from the inside out."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.up


def blocks(owner: ast.AST) -> Iterator[tuple[Owner, str, Block]]:
    """The statement lists of a module or a compound statement, in source order."""
    for field in _BLOCKS:
        inner = getattr(owner, field, None)
        if not isinstance(inner, list) or not inner:
            continue
        if field in ("handlers", "cases"):
            for part in inner:
                yield part, "body", part.body
        elif isinstance(inner[0], ast.stmt):
            assert isinstance(owner, (ast.stmt, ast.ExceptHandler, ast.match_case, ast.Module))
            yield owner, field, inner


def first_line(statement: ast.stmt) -> int:
    """The line a statement starts on, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(statement: ast.stmt) -> int:
    """The line a statement ends on."""
    assert statement.end_lineno is not None
    return statement.end_lineno


class Statements:
    """The statements of one parsed text, looked up by offset."""

    __slots__ = ("_starts", "source", "tree")

    def __init__(self, source: SourceText, tree: ast.Module) -> None:
        self.source = source
        self.tree = tree
        self._starts: dict[int, Place] = {}

    def start(self, statement: ast.stmt) -> int:
        """Offset of a statement's first byte, its decorators included."""
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        if decorators:
            at_sign = self.source.u8.rfind(b"@", 0, self.source.span(decorators[0])[0])
            return at_sign
        return self.source.offset(statement.lineno, statement.col_offset)

    def span(self, statement: ast.stmt) -> tuple[int, int]:
        """First byte and the byte after the last one, decorators included."""
        return self.start(statement), self.source.span(statement)[1]

    def is_elif(self, statement: ast.stmt) -> bool:
        """Whether an `if` is written as `elif`."""
        return isinstance(statement, ast.If) and self.source.u8.startswith(b"elif", self.start(statement))

    def innermost(self, offset: int) -> Place | None:
        """The innermost statement whose span holds `offset`."""
        found: Place | None = None
        owner: ast.AST = self.tree
        while True:
            inner = self._in_blocks(owner, offset, found)
            if inner is None:
                return found
            found, owner = inner, inner.statement

    def at(self, offset: int) -> Place | None:
        """The statement that starts at `offset`."""
        if not self._starts:
            self._starts = {self.start(place.statement): place for place in self._every()}
        return self._starts.get(offset)

    def _every(self) -> Iterator[Place]:
        pending: list[tuple[ast.AST, Place | None]] = [(self.tree, None)]
        while pending:
            owner, up = pending.pop()
            for part, field, block in blocks(owner):
                for index, statement in enumerate(block):
                    place = Place(statement, block, index, part, field, up)
                    yield place
                    pending.append((statement, place))

    def _in_blocks(self, owner: ast.AST, offset: int, up: Place | None) -> Place | None:
        for part, field, block in blocks(owner):
            index = bisect.bisect_right(block, offset, key=self.start) - 1
            if index >= 0 and offset < self.span(block[index])[1]:
                return Place(block[index], block, index, part, field, up)
        return None


def stands_alone(source: SourceText, statement: ast.stmt) -> bool:
    """Whether a statement has its lines to itself, apart from a trailing comment."""
    start, end = source.span(statement)
    line_start = source.line_bounds(first_line(statement))[0]
    line_end = source.line_bounds(last_line(statement))[1]
    if statement.lineno == first_line(statement) and source.u8[line_start:start].strip(b" \t\f"):
        return False
    if not _BLANK_OR_COMMENT.match(source.u8[end:line_end].rstrip(b"\r\n")):
        return False
    return not continues(source, first_line(statement) - 1)


def continues(source: SourceText, line: int) -> bool:
    """Whether a line goes on on the next one by a backslash."""
    text = source.line_text(line) if line >= 1 else ""
    return text.endswith("\\") and not text.lstrip(" \t\f").startswith("#")
