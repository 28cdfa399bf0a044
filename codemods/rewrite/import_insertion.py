"""Putting an import in that the emitted text needs."""

from __future__ import annotations

import ast
import re

from codemods.rewrite.splice import Change
from codemods.rewrite.statements import Statements, first_line, last_line
from lint_plugin.flow.callee import imported_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

_COMMENT = re.compile(rb"[ \t\f]*#")
_BLANK = re.compile(rb"[ \t\f]*\r?\n?\Z")


class NameTakenError(Exception):
    """The module's name means something else where the emitted text would read it."""


def is_bound(statements: Statements, flow: Flow, offset: int, module: str) -> bool:
    """Whether the statement at `offset` sees `module` imported under its own name.

    Raises:
        NameTakenError: The name is bound to something else there, or not on every path.
    """
    place = statements.innermost(offset)
    if place is None:
        raise NameTakenError(f"there is no statement to import `{module}` for")
    reached = flow.reach_at(place.statement, module)
    scope = flow.scope_of(place.statement)
    if flow.resolve(scope, module) is None:
        return False
    if not reached or any(d.kind != "import" or imported_name(d) != module for d in reached):
        raise NameTakenError(f"`{module}` is not always the module of that name here")
    return True


def import_change(source: SourceText, tree: ast.Module, module: str) -> Change:
    """The change that adds `import module` next to the existing imports, or at the top of the module."""
    newline = source.newline.encode()
    text = f"import {module}".encode() + newline
    body = tree.body
    head = _head(tree)
    group = _import_group(body, head)
    if group:
        plain = [statement for statement in group if isinstance(statement, ast.Import)]
        later = [statement for statement in plain if statement.names[0].name > module]
        if later:
            return _before(source, later[0], text)
        if plain:
            return _after(source, plain[-1], text)
        return _before(source, group[0], text)
    if head:
        return _after(source, body[head - 1], newline + text)
    line = 1
    while line < len(source.line_starts) and _COMMENT.match(source.u8, source.line_bounds(line)[0]):
        line += 1
    start, end = source.line_bounds(line)
    gap = b"" if _BLANK.match(source.u8[start:end]) else newline
    return Change(start, start, text + gap)


def _head(tree: ast.Module) -> int:
    """How many statements have to stay in front: the docstring and `from __future__ import`."""
    count = 0
    for index, statement in enumerate(tree.body):
        docstring = index == 0 and ast.get_docstring(tree, clean=False) is not None
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (docstring or future):
            break
        count += 1
    return count


def _import_group(body: list[ast.stmt], head: int) -> list[ast.Import | ast.ImportFrom]:
    """The first imports behind the head that stand on neighbouring lines."""
    group: list[ast.Import | ast.ImportFrom] = []
    for statement in body[head:]:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            break
        if group and first_line(statement) > last_line(group[-1]) + 1:
            break
        group.append(statement)
    return group


def _before(source: SourceText, statement: ast.stmt, text: bytes) -> Change:
    start = source.line_bounds(statement.lineno)[0]
    return Change(start, start, text)


def _after(source: SourceText, statement: ast.stmt, text: bytes) -> Change:
    end = source.line_bounds(last_line(statement))[1]
    return Change(end, end, text)
