"""Taking single names out of an import."""

from __future__ import annotations

import ast
import re

from codemods.splice import Change
from lint_plugin.source import SourceText

_ALONE_BEFORE = re.compile(rb"[ \t\f]*\Z")
_ALONE_AFTER = re.compile(rb"[ \t\f]*,?[ \t\f]*(#[^\r\n]*)?\Z")


def bound_name(alias: ast.alias) -> str:
    """The name that one alias of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def alias_removals(
    source: SourceText, statement: ast.Import | ast.ImportFrom, names: set[str]
) -> list[Change] | None:
    """The changes that take some, not all, of an import's names away; None when a comment is in the way."""
    gone = [bound_name(alias) in names for alias in statement.names]
    spans = [_span(source, alias) for alias in statement.names]
    changes: list[Change] = []
    last_kept = -1
    for index, (start, end) in enumerate(spans):
        if not gone[index]:
            last_kept = index
            continue
        line, _ = source.position(start)
        line_start, line_end = source.line_bounds(line)
        rest = source.u8[end:line_end].rstrip(b"\r\n")
        alone = _ALONE_BEFORE.match(source.u8[line_start:start]) and _ALONE_AFTER.match(rest)
        if alone and _parenthesised(source, statement):
            changes.append(Change(line_start, line_end))
            continue
        if last_kept >= 0:
            start = spans[index - 1][1]
        else:
            end = spans[index + 1][0]
        if b"#" in source.u8[start:end]:
            return None
        changes.append(Change(start, end))
    changes.sort()
    if any(change.start < before.end for before, change in zip(changes, changes[1:])):
        return None
    return changes


def _span(source: SourceText, alias: ast.alias) -> tuple[int, int]:
    assert alias.end_lineno is not None and alias.end_col_offset is not None
    return source.offset(alias.lineno, alias.col_offset), source.offset(
        alias.end_lineno, alias.end_col_offset
    )


def _parenthesised(source: SourceText, statement: ast.Import | ast.ImportFrom) -> bool:
    return source.u8[: source.span(statement)[1]].endswith(b")")
