"""Where an import comes in that new code needs."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.rewrite.statements import first_line, last_line

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class ImportPlace:
    """Beside which statement of the module an import comes in.

    Attributes:
        index: The statement.
        after: It comes after it, not before it.
        gap: Blank lines between it and what follows or, where `after`, what stands before.
    """

    index: int
    after: bool
    gap: int = 0

    @property
    def slot(self) -> int:
        """How many statements of the module stand in front of it."""
        return self.index + 1 if self.after else self.index


def import_place(tree: ast.Module, module: str) -> ImportPlace:
    """Next to the file's first imports in order of their names, else at the top of the module."""
    body = tree.body
    head = _head(tree)
    group = _import_group(body, head)
    plain = [index for index in group if isinstance(body[index], ast.Import)]
    later = [index for index in plain if _first_name(body[index]) > module]
    if later or (group and not plain):
        return ImportPlace((later or group)[0], after=False)
    if plain:
        return ImportPlace(plain[-1], after=True)
    if head:
        return ImportPlace(head - 1, after=True, gap=1)
    return ImportPlace(0, after=False, gap=2 if isinstance(body[0], _DEFINITIONS) else 1)


def _first_name(statement: ast.stmt) -> str:
    assert isinstance(statement, ast.Import)
    return statement.names[0].name


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


def _import_group(body: list[ast.stmt], head: int) -> list[int]:
    """The first imports behind the head that stand on neighbouring lines."""
    group: list[int] = []
    for index in range(head, len(body)):
        if not isinstance(body[index], (ast.Import, ast.ImportFrom)):
            break
        if group and first_line(body[index]) > last_line(body[index - 1]) + 1:
            break
        group.append(index)
    return group
