"""The rewritten slices, for LibCST to see: what a fix puts into a file is parsed and printed by a second parser.

Only the smallest slice that holds an edit is parsed: an expression for a rename, the emitted statements for a block. LibCST's
round trip of a whole module is neither fast nor lossless, so the rest of the file is never printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemods.edits import FixPlan
from lint_plugin.source.text import SourceText

RENAME, EXPRESSION, STATEMENTS = "rename", "expression", "statements"


@dataclass(frozen=True, slots=True)
class Slice:
    """What LibCST is to do with a piece of code, and what has to come of it: plain data.

    Attributes:
        kind: `rename`: parse the expression, rename its attribute, print it; `expression` or `statements`: parse and print it.
        text: The code.
        expected: What LibCST has to print.
        name: The attribute's new name, for a rename.
    """

    kind: str
    text: str
    expected: str
    name: str = ""


def slice_of(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> Slice:
    """What a plan makes of its place.

    Args:
        source: The file.
        plan: The fix.
        span: The finding's span.
    """
    if plan.code == "LPR001":
        return _rename(source, plan, span)
    return _block(source, plan) if plan.code != "LPR301" else _expression(source, plan, span)


def _rename(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> Slice:
    edit = plan.edits[0]
    text = source.u8[span[0] : edit.end].decode("utf-8")
    new = edit.text.decode("utf-8")
    # In parentheses an expression may run over several lines.
    return Slice(RENAME, f"({text})", f"({source.u8[span[0] : edit.start].decode('utf-8')}{new})", new)


def _expression(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> Slice:
    parts: list[bytes] = []
    position = span[0]
    for edit in plan.edits:
        parts += (source.u8[position : edit.start], edit.text)
        position = edit.end
    parts.append(source.u8[position : span[1]])
    text = f"({b''.join(parts).decode('utf-8')})"
    return Slice(EXPRESSION, text, text)


def _block(source: SourceText, plan: FixPlan) -> Slice:
    block = max(plan.edits, key=lambda edit: len(edit.text))
    start = source.line_bounds(source.position(block.start)[0])[0]
    indent = source.u8[start : block.start].decode("utf-8").replace("\f", "")
    # LibCST takes one kind of line end at a time, and not every lone CR.
    text = (indent + block.text.decode("utf-8")).replace("\r\n", "\n").replace("\r", "\n")
    module = f"if 1:\n{text}\n" if indent else f"{text}\n"
    return Slice(STATEMENTS, module, module)
