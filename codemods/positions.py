"""Where findings stand when the new bytes of their file are not written."""

from __future__ import annotations

import bisect
from dataclasses import replace

from lint_plugin.linediff import opcodes
from lint_plugin.finding import FileResult, Finding
from lint_plugin.source import SourceText


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
        end_line, end_column = places.old(finding.end_line, finding.end_column)
        moved.append(replace(finding, line=line, column=column, end_line=end_line, end_column=end_column))
    return sorted(moved, key=lambda finding: (finding.line, finding.column, finding.code))


class _Places:
    def __init__(self, old: bytes, new: bytes) -> None:
        self._old = _lines(old)
        self._new = _lines(new)
        self._codes = opcodes(self._old, self._new)

    def old(self, line: int, column: int) -> tuple[int, int]:
        """The old place of a new one; on a line that a fix has touched, by the equal text at its ends."""
        index = bisect.bisect_right(self._codes, line - 1, key=lambda code: code[3]) - 1
        tag, i1, i2, j1, _ = self._codes[index]
        if tag == "equal":
            return line - j1 + i1, column
        number = min(line - j1 + i1, max(i2, 1))
        before, after = self._old[number - 1].decode("utf-8"), self._new[line - 1].decode("utf-8")
        behind = len(after) - (column - 1)
        if after[: column - 1] == before[: column - 1] or before[len(before) - behind :] != after[column - 1 :]:
            return number, min(column, len(before) + 1)
        return number, len(before) - behind + 1


def _lines(content: bytes) -> list[bytes]:
    source = SourceText(content)
    starts = [*source.line_starts, len(source.u8)]
    return [source.u8[start:end] for start, end in zip(starts, starts[1:])]
