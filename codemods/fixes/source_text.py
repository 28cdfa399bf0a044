"""The source text of an expression, as it stands and proved to mean what the tree says."""

from __future__ import annotations

import ast

from codemods.edits import Leave
from lint_plugin.source.text import SourceText


def code_of(source: SourceText, node: ast.expr) -> str:
    """The text of `node`, without the parentheses around it.

    Raises:
        Leave: The text at its place is another one, which happens inside nested f-strings.
    """
    code = source.slice(node)
    try:
        # In parentheses it may run over several lines; the line end closes a comment.
        parsed = ast.parse(f"({code}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        parsed = None
    if parsed is None or ast.dump(parsed) != ast.dump(node):
        raise Leave(f"the place of `{ast.unparse(node)}` at line {node.lineno} cannot be told for certain")
    return code
