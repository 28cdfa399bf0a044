"""An expression taken over from the file, as it stands and proved to mean what the tree says."""

from __future__ import annotations

import ast

from codemods.edits import Code, Leave
from lint_plugin.source.text import SourceText, parsed_expression


def code_of(source: SourceText, node: ast.expr) -> Code:
    """The code of `node`, without the parentheses around it.

    Raises:
        Leave: The text at its place is another one, which happens inside nested f-strings.
    """
    text = source.slice(node)
    try:
        # In parentheses it may run over several lines; the line end closes a comment.
        parsed = parsed_expression(f"({text}\n)")
    except (SyntaxError, ValueError):
        parsed = None
    if parsed is None or ast.dump(parsed) != ast.dump(node):
        raise Leave(
            f"the place of `{ast.unparse(node)}` at line {node.lineno} cannot be told for certain: give the value a name first"
        )
    return Code(text, source.margin(node.lineno))


def is_multi_line(code: Code) -> bool:
    """Whether code runs over several lines."""
    return "\n" in code.text or "\r" in code.text
