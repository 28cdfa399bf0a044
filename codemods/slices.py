"""The rewritten slices, seen by LibCST: what a fix puts into a file is parsed and printed by a second parser.

Only the smallest slice that holds an edit is parsed: an expression for a rename, the emitted statements for a block. LibCST's
round trip of a whole module is neither fast nor lossless, so the rest of the file is never printed.
"""

from __future__ import annotations

import libcst as cst

from codemods.decision import Leave
from codemods.plan import FixPlan
from lint_plugin.source import SourceText

_UNSURE = "LibCST reads this code differently"


def confirm(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> None:
    """Make sure that LibCST comes to the same text as the plan's edits.

    Args:
        source: The file.
        plan: The fix.
        span: The finding's span.

    Raises:
        Leave: It does not, or cannot parse the code (it gives up on chains of some 500 calls).
    """
    try:
        if plan.code == "LPR001":
            _confirm_rename(source, plan, span)
        elif plan.code != "LPR301":
            _confirm_block(source, plan)
        else:
            _confirm_expression(source, plan, span)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError) as error:
        raise Leave("LibCST cannot parse this code") from error


def _confirm_rename(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> None:
    edit = plan.edits[0]
    text = source.u8[span[0] : edit.end].decode("utf-8")
    new = edit.text.decode("utf-8")
    # In parentheses an expression may run over several lines.
    parsed = cst.parse_expression(f"({text})")
    if not isinstance(parsed, cst.Attribute):
        raise Leave(_UNSURE)
    renamed = cst.Module([]).code_for_node(parsed.with_changes(attr=parsed.attr.with_changes(value=new)))
    if renamed != f"({source.u8[span[0] : edit.start].decode('utf-8')}{new})":
        raise Leave(_UNSURE)


def _confirm_expression(source: SourceText, plan: FixPlan, span: tuple[int, int]) -> None:
    parts: list[bytes] = []
    position = span[0]
    for edit in plan.edits:
        parts += (source.u8[position : edit.start], edit.text)
        position = edit.end
    parts.append(source.u8[position : span[1]])
    text = b"".join(parts).decode("utf-8")
    if cst.Module([]).code_for_node(cst.parse_expression(f"({text})")) != f"({text})":
        raise Leave(_UNSURE)


def _confirm_block(source: SourceText, plan: FixPlan) -> None:
    block = max(plan.edits, key=lambda edit: len(edit.text))
    start = source.line_bounds(source.position(block.start)[0])[0]
    indent = source.u8[start : block.start].decode("utf-8").replace("\f", "")
    # LibCST takes one kind of line end at a time, and not every lone CR.
    text = (indent + block.text.decode("utf-8")).replace("\r\n", "\n").replace("\r", "\n")
    module = f"if 1:\n{text}\n" if indent else f"{text}\n"
    if cst.parse_module(module).code != module:
        raise Leave(_UNSURE)
