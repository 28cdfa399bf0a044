"""Prints findings: one module per output format, one class each, all with the methods of `report.Report`.

Nothing here decides anything; what is new, fixed or left has been decided before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lint_plugin.finding import Finding

FORMATS = ("text", "json", "github", "gitlab", "sarif")


class Summary:
    """The counts of one run.

    Attributes:
        mode: `check`, `diff` or `fix`.
        files: Files looked at.
        fixed: Findings that were fixed (`diff`: would be).
        changed: Files that were rewritten (`diff`: would be).
        findings: Findings reported and not fixed; the sum of the next three.
        fixable: Those that a run without `--check` fixes.
        unsafe: Those that `--unsafe` would fix in addition.
        left: Those that a person has to look at.
        baselined: Findings that the baseline holds and that are therefore not reported.
        errors: Files or settings that something was wrong with.
    """

    __slots__ = ("baselined", "changed", "errors", "files", "findings", "fixable", "fixed", "left", "mode", "unsafe")

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.files = 0
        self.fixed = 0
        self.changed = 0
        self.findings = 0
        self.fixable = 0
        self.unsafe = 0
        self.left = 0
        self.baselined = 0
        self.errors = 0

    def count(self, findings: Sequence[Finding], unsafe: bool) -> None:
        """Add one file's findings; `unsafe` says whether this run takes unsafe fixes."""
        for finding in findings:
            if finding.fixed:
                self.fixed += 1
                continue
            self.findings += 1
            if finding.level == "safe" or (finding.level == "unsafe" and unsafe):
                self.fixable += 1
            elif finding.level == "unsafe":
                self.unsafe += 1
            else:
                self.left += 1

    def as_dict(self) -> dict[str, object]:
        """All of it under its attribute names, for machine-readable formats."""
        return {
            name: getattr(self, name)
            for name in ("mode", "files", "changed", "fixed", "findings", "fixable", "unsafe", "left", "baselined", "errors")
        }


def severity(code: str) -> str:
    """`error` for what fails as soon as it runs, `warning` for what stores wrongly."""
    return "error" if code == "LPR001" else "warning"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def plain_path(path: str) -> str:
    """A path as other programs expect it: from the current folder when the file lies below it, without `./`."""
    if not os.path.isabs(path):
        return os.path.normpath(path)
    here = os.path.join(os.getcwd(), "")
    return path[len(here) :] if path.startswith(here) else path
