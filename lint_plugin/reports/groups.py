"""Findings that are one fault: a write, and what is wrong with its name, its path and its extension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lint_plugin.finding import WRITES, Finding

# What a finding that goes with a write is about, in a word.
_ABOUT = {"LPR101": "name", "LPR301": "path", "LPR401": "extension", "LPR201": "write", "LPR202": "write"}


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of one file, those of one write together and the write first; in the order of the first of each."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding if finding.write < 0 else finding.write, []).append(finding)
    for group in groups.values():
        group.sort(key=lambda finding: (finding.code not in WRITES, finding.line, finding.column))
    return sorted(groups.values(), key=lambda group: (group[0].line, group[0].column))


def also(findings: Sequence[Finding]) -> str:
    """What goes with the first of some findings, in a line; "" where there is nothing."""
    parts = [f"{one.code} {_ABOUT.get(one.code, one.name)} {one.line}:{one.column}" for one in findings[1:]]
    return f"also: {', '.join(parts)}" if parts else ""
