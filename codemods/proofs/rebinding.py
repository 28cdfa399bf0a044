"""Whether a use of a variable always comes after a statement that will bind it anew."""

from __future__ import annotations

import ast

from codemods.proofs.statement_order import block_of, function_of
from lint_plugin.flow.reaching import Definition, Flow


def is_bound_anew(flow: Flow, definition: Definition, use: ast.Name, statement: ast.stmt) -> bool:
    """Whether `definition` no longer reaches `use` once `statement` has become an assignment to the same variable.

    So it is after a `try` whose handlers all leave, in its `else`, and behind `if save:` where that branch sets the variable.
    """
    function = function_of(flow, statement)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    block, index = block_of(flow, statement)
    call = ast.Call(ast.Name("open", ast.Load()), [], [])  # anything that may raise
    anew = ast.Assign([ast.Name(definition.name, ast.Store())], call)
    for node in ast.walk(anew):
        ast.copy_location(node, statement)
    block[index] = anew
    try:
        reached = Flow(ast.Module([function], [])).reach(use)
    finally:
        block[index] = statement
    return bool(reached) and all(other.node is not definition.node for other in reached)
