"""Taking single names out of an import."""

from __future__ import annotations

import ast
import re

from codemods.rewrite.splice import Change
from lint_plugin.source.text import SourceText

_ALONE_BEFORE = re.compile(rb"[ \t\f]*\Z")
_ALONE_AFTER = re.compile(rb"[ \t\f]*,?[ \t\f]*(#[^\r\n]*)?\Z")


def bound_name(alias: ast.alias) -> str:
    """The name that one alias of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def alias_removals(source: SourceText, statement: ast.Import | ast.ImportFrom, names: set[str]) -> list[Change] | None:
    """The changes that take some, not all, of an import's names away; None when a comment is in the way."""
    gone = [bound_name(alias) in names for alias in statement.names]
    spans = [_span(source, alias) for alias in statement.names]
    changes: list[Change] = []
    first = 0
    while first < len(gone):
        if not gone[first]:
            first += 1
            continue
        behind = first + 1
        while behind < len(gone) and gone[behind]:
            behind += 1
        change = _run_removal(source, statement, spans, first, behind)
        if change is None:
            return None
        changes.append(change)
        first = behind
    return changes


def _run_removal(
    source: SourceText,
    statement: ast.Import | ast.ImportFrom,
    spans: list[tuple[int, int]],
    first: int,
    behind: int,
) -> Change | None:
    """The change that takes the neighbouring names `first` to `behind`, exclusive, away."""
    start, end = spans[first][0], spans[behind - 1][1]
    line_start, line_end = _line_of(source, start)[0], _line_of(source, end)[1]
    opens_line = _ALONE_BEFORE.match(source.u8[line_start:start])
    if opens_line and _ALONE_AFTER.match(source.u8[end:line_end].rstrip(b"\r\n")) and _parenthesised(source, statement):
        return Change(line_start, line_end)
    if first == 0 or (opens_line and behind < len(spans)):
        end = spans[behind][0]
    else:
        start = spans[first - 1][1]
    return None if b"#" in source.u8[start:end] else Change(start, end)


def _line_of(source: SourceText, offset: int) -> tuple[int, int]:
    return source.line_bounds(source.position(offset)[0])


def _span(source: SourceText, alias: ast.alias) -> tuple[int, int]:
    assert alias.end_lineno is not None and alias.end_col_offset is not None
    return source.offset(alias.lineno, alias.col_offset), source.offset(alias.end_lineno, alias.end_col_offset)


def _parenthesised(source: SourceText, statement: ast.Import | ast.ImportFrom) -> bool:
    return source.u8[: source.span(statement)[1]].endswith(b")")
