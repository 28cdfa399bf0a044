"""The report for programs: one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary


class JsonReport:
    """Collects everything and writes one object: `findings`, `errors`, `summary`, and `diff` in `--diff`."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._findings: list[dict[str, object]] = []
        self._errors: list[dict[str, object]] = []

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Take in one file's findings."""
        self.add(findings)

    def add(self, findings: Sequence[Finding]) -> None:
        """Take in findings."""
        self._findings.extend(map(finding_dict, findings))

    def errors(self, errors: Sequence[FileError]) -> None:
        """Take in what went wrong."""
        self._errors.extend({"path": error.path, "line": error.line, "message": error.message} for error in errors)

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Write the object."""
        document: dict[str, object] = {
            "findings": self._findings,
            "errors": self._errors,
            "summary": summary.as_dict(),
        }
        if diff is not None:  # bytes that are not UTF-8 come out as lone surrogates, as os.fsdecode makes them
            document["diff"] = diff.decode("utf-8", "surrogateescape")
        self._write(json.dumps(document, indent=1) + "\n")


def finding_dict(finding: Finding) -> dict[str, object]:
    """One finding as JSON has it; the end is null where only the start is known."""
    known_end = finding.end_line > 0
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line if known_end else None,
        "end_column": finding.end_column if known_end else None,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "level": finding.level,
        "reason": finding.reason,
        "fixed": finding.fixed,
    }
