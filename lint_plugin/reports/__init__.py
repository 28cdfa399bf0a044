"""Prints findings: one module per output format, one class each, all with the methods of `report.Report`.

Nothing here decides anything; what is new, fixed or left has been decided before.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lint_plugin.finding import Finding

FORMATS = ("text", "json", "github", "gitlab", "sarif")


@dataclass(slots=True)
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
        files_with_findings: Files that these are in.
        recorders: Expressions that were recognised as a recorder, each counted once a function.
        folders: Places that read a run's folder.
        errors: Files or settings that something was wrong with.
    """

    mode: str
    files: int = 0
    changed: int = 0
    fixed: int = 0
    findings: int = 0
    files_with_findings: int = 0
    fixable: int = 0
    unsafe: int = 0
    left: int = 0
    baselined: int = 0
    errors: int = 0
    recorders: int = 0
    folders: int = 0

    def count(self, findings: Sequence[Finding], unsafe: bool) -> None:
        """Add one file's findings; `unsafe` says whether this run takes unsafe fixes."""
        self.files_with_findings += any(not finding.fixed for finding in findings)
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
        return asdict(self)


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
