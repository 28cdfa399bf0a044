"""What a fix replaces, as spans of the old text: for formats that let a reader apply a fix."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from lint_plugin.finding import FileResult, Finding
from lint_plugin.source.text import SourceText

_MOST = 2_000  # replacements that one file's findings repeat in total before only the first finding carries them


@dataclass(frozen=True, slots=True)
class Replacement:
    """Text that replaces a span of the old file; lines and columns (characters) from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def file_replacements(old: bytes, new: bytes) -> list[Replacement]:
    """Every change from `old` to `new`, in order, each as small as whole lines or a part of one line."""
    left, right = _lines(old), _lines(new)
    found: list[Replacement] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right).get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            pairs = zip(range(i1, i2), left[i1:i2], right[j1:j2])
            found.extend(_within_line(number + 1, before, after) for number, before, after in pairs if before != after)
        elif tag != "equal":
            end = (i2 + 1, 1)
            if i2 == len(left) and left and not left[-1].endswith(("\n", "\r")):
                end = (i2, len(left[-1]) + 1)
            start = min((i1 + 1, 1), end)
            found.append(Replacement(*start, *end, "".join(right[j1:j2])))
    return found


def of_findings(result: FileResult) -> dict[tuple[str, int], list[Replacement]]:
    """For each finding that is fixed, by code and offset, the replacements that fix it.

    A rename stands for itself. Anything else may share parts with other fixes of the file (an import that both leave
    unused), so its fix is the whole file's.
    """
    fixed = [finding for finding in result.findings if finding.fixed]
    if result.new is None or not fixed:
        return {}
    everything = file_replacements(result.old, result.new)
    found: dict[tuple[str, int], list[Replacement]] = {}
    given = 0
    for finding in fixed:
        own = _own(finding, everything)
        if own is None and given + len(everything) > _MOST and given:
            continue
        given += 0 if own else len(everything)
        found[finding.code, finding.start] = [own] if own else everything
    return found


def _own(finding: Finding, everything: list[Replacement]) -> Replacement | None:
    """The rename that fixes a finding by itself."""
    start, end = (finding.line, finding.column), (finding.end_line, finding.end_column)
    inside = (one for one in everything if start <= (one.line, one.column) and (one.end_line, one.end_column) <= end)
    return next((one for one in inside if finding.code == "LPR001" and (one.text + "_").isidentifier()), None)


def _within_line(number: int, before: str, after: str) -> Replacement:
    room = min(len(before), len(after))
    head = next((index for index in range(room) if before[index] != after[index]), room)
    room -= head
    tail = next((index for index in range(room) if before[-1 - index] != after[-1 - index]), room)
    end = len(before) - tail
    return Replacement(number, head + 1, number, end + 1, after[head : len(after) - tail])


def _lines(content: bytes) -> list[str]:
    source = SourceText(content)
    starts = [*source.line_starts, len(source.u8)]
    return [source.u8[start:end].decode("utf-8") for start, end in zip(starts, starts[1:]) if start < end]
