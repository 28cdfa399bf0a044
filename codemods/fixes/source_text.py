"""An expression taken over from the file, as it stands and proved to mean what the tree says."""

from __future__ import annotations

import ast

from codemods.edits import Code, Leave
from lint_plugin.flow.reaching import Flow
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


def require_not_printed(flow: Flow, node: ast.expr) -> None:
    """Make sure that no f-string prints the code of an expression, which a rewrite would change.

    Raises:
        Leave: One does.
    """
    if is_printed(flow, node):
        raise Leave(f"line {node.lineno} prints the code itself (`=` in an f-string): print the value alone")


def is_printed(flow: Flow, node: ast.expr) -> bool:
    """Whether an f-string prints the code of an expression (`f"{recorder.run_dir=}"`)."""
    below: ast.AST = node
    above = flow.parent(node)
    while isinstance(above, ast.expr):
        if isinstance(above, ast.JoinedStr) and isinstance(below, ast.FormattedValue):
            index = above.values.index(below)
            before = above.values[index - 1] if index else None
            code = "".join(ast.unparse(below.value).split()) + "="
            if isinstance(before, ast.Constant) and "".join(str(before.value).split()).endswith(code):
                return True
        below, above = above, flow.parent(above)
    return False
