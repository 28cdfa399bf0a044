"""What a fix puts into a file, parsed and printed by a second parser, LibCST."""

from __future__ import annotations

import libcst as cst

from codemods.edits import Leave
from codemods.rewrite.slices import EXPRESSION, RENAME, Slice

_UNSURE = "LibCST reads this code differently"


def confirm(part: Slice) -> None:
    """Make sure that LibCST comes to the same text as the plan's edits.

    Args:
        part: What the plan makes of its place.

    Raises:
        Leave: It does not, or cannot parse the code (it gives up on chains of some 500 calls).
    """
    try:
        printed = _printed(part)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError) as error:
        raise Leave("LibCST cannot parse this code") from error
    if printed != part.expected:
        raise Leave(_UNSURE)


def _printed(part: Slice) -> str:
    if part.kind == EXPRESSION:
        return cst.Module([]).code_for_node(cst.parse_expression(part.text))
    if part.kind == RENAME:
        parsed = cst.parse_expression(part.text)
        if not isinstance(parsed, cst.Attribute):
            raise Leave(_UNSURE)
        renamed = parsed.with_changes(attr=parsed.attr.with_changes(value=part.name))
        return cst.Module([]).code_for_node(renamed)
    return cst.parse_module(part.text).code
