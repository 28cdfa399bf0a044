"""Whether the assignment of the old name can go, where the variable is to hold the name that the recorder gives."""

from __future__ import annotations

import ast

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import Shape, require_own_lines
from codemods.fixes.save_entity.target import Target
from codemods.fixes.save_entity.uses import Uses
from codemods.proofs.effects import is_pure
from codemods.proofs.own_value import can_lose_parts, own_value
from lint_plugin.analysis import Analysis
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Definition, Flow


def reads_again(flow: Flow, definition: Definition, target: Target, statement: ast.AST) -> bool:
    """Whether a save in place of a statement reads each item that a definition of the name reads, in the same block."""
    value = own_value(definition)
    if value is None or flow.parent(definition.statement) is not flow.parent(statement):
        return False
    items = [node for node in walk(value) if isinstance(node, ast.Subscript)]
    read = {ast.dump(node) for hole in target.holes() for node in walk(hole.node) if isinstance(node, ast.Subscript)}
    return bool(items) and all(ast.dump(item) in read for item in items)


def require_goes(analysis: Analysis, shape: Shape, target: Target, uses: Uses) -> None:
    """Make sure that the assignment is gone where its variable is bound anew.

    Raises:
        Leave: It has to stay.
    """
    for definition in (*target.path.chain, *target.name.chain):
        value = own_value(definition)
        if definition.name not in (uses.target, uses.path_name) or definition.kind not in ("assign", "unpack") or value is None:
            continue
        if not is_pure(value, analysis.flow, reads_again(analysis.flow, definition, target, shape.statement)):
            where = f"what `{definition.name}` is made of at line {definition.statement.lineno}"
            raise Leave(f"{where} may raise, and would be made elsewhere or not at all: read its items into variables first")
        require_own_lines(analysis, definition.statement)
        tuple_of = definition.statement if definition.kind == "unpack" else None
        if isinstance(tuple_of, ast.Assign) and not can_lose_parts(analysis.source, tuple_of):
            where = f"`{definition.name}` cannot be taken out of line {tuple_of.lineno}, which has a comment or runs on"
            raise Leave(f"{where}: set it on a line of its own")
