"""Where findings stand when the new bytes of their file are not written."""

from __future__ import annotations

import bisect
from dataclasses import replace
from difflib import SequenceMatcher

from lint_plugin.finding import FileResult, Finding
from lint_plugin.source.text import SourceText

_MOST = 200  # lines of a replaced block that are looked through


def in_old(result: FileResult, keep_fixed: bool) -> list[Finding]:
    """The findings of a result, all of them where they stand in its old bytes, in order.

    Args:
        result: A result with new bytes.
        keep_fixed: Leave `fixed` as it is; otherwise nothing counts as fixed.
    """
    assert result.new is not None
    places = _Places(result.old, result.new)
    moved = []
    for finding in result.findings:
        if finding.fixed:
            moved.append(finding if keep_fixed else replace(finding, fixed=False))
            continue
        line, column = places.old(finding.line, finding.column)
        end_line, end_column = max(places.old(finding.end_line, finding.end_column), (line, column + 1))
        moved.append(replace(finding, line=line, column=column, end_line=end_line, end_column=end_column))
    return sorted(moved, key=lambda finding: (finding.line, finding.column, finding.code))


class _Places:
    def __init__(self, old: bytes, new: bytes) -> None:
        self._old = _lines(old)
        self._new = _lines(new)
        self._codes = SequenceMatcher(None, self._old, self._new).get_opcodes()

    def old(self, line: int, column: int) -> tuple[int, int]:
        """The old place of a new one; on a line that a fix has touched, by the equal text at its ends."""
        index = bisect.bisect_right(self._codes, line - 1, key=lambda code: code[3]) - 1
        tag, i1, i2, j1, _ = self._codes[index]
        if tag == "equal":
            return line - j1 + i1, column
        text = self._new[line - 1].decode("utf-8")
        head, tail = text[: column - 1], text[column - 1 :]
        same = min(line - 1 - j1 + i1, i2 - 1)  # the line in the same place of the replaced ones
        for number in [same, *range(i1, min(i2, i1 + _MOST))] if i1 < i2 else []:
            old = self._old[number].decode("utf-8")
            if tail.strip() and old.endswith(tail):
                return number + 1, len(old) - len(tail) + 1
            if head.strip() and old.startswith(head):
                return number + 1, column
        number = max(same, 0)
        width = len(self._old[number].decode("utf-8").rstrip("\r\n")) if self._old else 0
        return number + 1, min(column, width + 1)


def _lines(content: bytes) -> list[bytes]:
    source = SourceText(content)
    starts = [*source.line_starts, len(source.u8)]
    return [source.u8[start:end] for start, end in zip(starts, starts[1:])]
