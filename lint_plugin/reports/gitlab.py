"""GitLab's code quality report: a JSON list of issues, each with a fingerprint that stays when lines move."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary, plain_path, severity
from lint_plugin.reports.fingerprint import Fingerprint
from lint_plugin.source.text import SourceText

_SEVERITIES = {"error": "major", "warning": "minor"}


class GitlabReport:
    """Collects issues and writes the list."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._issues: list[dict[str, object]] = []
        self._fingerprint = Fingerprint()

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Take in one file's findings that are not fixed."""
        remaining = [finding for finding in findings if not finding.fixed]
        source = SourceText(shown) if remaining else None
        for finding in remaining:
            assert source is not None
            self.add(finding, source.line_text(finding.line))

    def add(self, finding: Finding, line: str) -> None:
        """Take in one finding; `line` is its source line."""
        reason = f" ({finding.level}: {finding.reason})" if finding.reason else ""
        path = plain_path(finding.path)
        self._issues.append(
            {
                "type": "issue",
                "check_name": finding.code,
                "description": f"{finding.code} {finding.message}{reason}",
                "categories": ["Bug Risk"],
                "severity": _SEVERITIES[severity(finding.code)],
                "fingerprint": self._fingerprint.of(path, finding.code, line.strip()),
                "location": {
                    "path": path,
                    "lines": {"begin": finding.line, "end": max(finding.line, finding.end_line)},
                },
            }
        )

    def errors(self, errors: Sequence[FileError]) -> None:
        """Take in what went wrong, as blockers: the file has not been looked at."""
        for error in errors:
            self._issues.append(
                {
                    "type": "issue",
                    "check_name": "error",
                    "description": error.message,
                    "categories": ["Bug Risk"],
                    "severity": "blocker",
                    "fingerprint": self._fingerprint.of(error.path, "error", error.message),
                    "location": {"path": plain_path(error.path), "lines": {"begin": max(error.line, 1)}},
                }
            )

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Write the list."""
        self._write(json.dumps(self._issues, indent=1) + "\n")
