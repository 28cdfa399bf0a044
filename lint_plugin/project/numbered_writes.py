"""The writes of one file whose names begin with a number: by these names the rest of the project may know the files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lint_plugin.facts import HOLE, NumberedWrite
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.values.file_names import FileName, Literal

if TYPE_CHECKING:
    from lint_plugin.analysis import Analysis


def numbered_writes(analysis: Analysis, path: str) -> Iterator[NumberedWrite]:
    """The numbered writes of a file, by the lines where their names are spelled."""
    for write in analysis.writes:
        name = analysis.file_name(write.path)
        if name is not None and name.number and name.literal is not None:
            given = write.path.recorder is None or not makes_recorder(analysis.flow, write.path.recorder)
            yield NumberedWrite(name_as_text(name), path, name.literal.lineno, given)


def name_as_text(name: FileName) -> str:
    """A name with `HOLE` for its expressions."""
    return "".join(piece.text if isinstance(piece, Literal) else HOLE for piece in name.pieces)


def makes_recorder(flow: Flow, recorder: ast.expr) -> bool:
    """Whether the function gets its recorder by a call of its own, and so for a run of its own."""
    if not isinstance(recorder, ast.Name):
        return False
    reached = flow.bound(recorder)
    scope = flow.scope_of(recorder)
    return (
        bool(reached)
        and scope.kind == "function"
        and all(d.scope is scope and isinstance(d.value, (ast.Call, ast.Await, ast.IfExp)) for d in reached)
    )
