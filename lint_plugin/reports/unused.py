"""`# noqa` comments that silence nothing, in the shape of findings, so that every format shows them."""

from __future__ import annotations

import re

from lint_plugin.finding import LEFT, FileResult, Finding
from lint_plugin.source.text import SourceText

CODE = "unused-noqa"


def as_findings(result: FileResult) -> list[Finding]:
    """One finding for each line of `result.unused_noqa`, at the comment."""
    if not result.unused_noqa:
        return []
    source = SourceText(result.old)
    found = []
    for line, codes in result.unused_noqa:
        text = source.line_text(line)
        comments = list(re.finditer(r"#\s*noqa", text, re.IGNORECASE))
        column = comments[-1].start() + 1 if comments else 1
        message = f"this comment silences nothing: there is no {codes} here"
        found.append(Finding(result.path, line, column, line, len(text) + 1, CODE, CODE, message, LEFT, "remove it"))
    return found
