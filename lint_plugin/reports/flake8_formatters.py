"""The machine-readable formats for flake8: `flake8 --format lpr-json|lpr-github|lpr-gitlab|lpr-sarif`.

flake8 hands over code, place and text of every plugin's findings and nothing else, so fixes, reasons and end positions are
not in these reports; `recorder-fix --check --output-format ...` has them.
"""

from __future__ import annotations

import linecache
import os
from typing import TYPE_CHECKING

from flake8.formatting.base import BaseFormatter
from flake8.violation import Violation

# flake8 imports the formatters of every plugin on each run, so what they need is imported when one is in use.
if TYPE_CHECKING:
    from lint_plugin.finding import Finding
    from lint_plugin.reports import Summary


class _Document(BaseFormatter):
    """Collects findings; subclasses write one document in `_finish`."""

    def after_init(self) -> None:
        from lint_plugin.reports import Summary

        self._summary = Summary("check")
        self._found: list[Finding] = []

    def start(self) -> None:
        """Empty the output file: half of an earlier document before this one would make neither readable."""
        if self.filename and os.path.exists(self.filename):
            os.truncate(self.filename, 0)
        super().start()

    def beginning(self, filename: str) -> None:
        self._summary.files += 1

    def handle(self, error: Violation) -> None:
        self._found.append(finding_of(error))

    def stop(self) -> None:
        self._summary.findings = len(self._found)
        self._finish(self._found, self._summary)
        super().stop()

    def _print(self, text: str) -> None:
        self._write(text.rstrip("\n"))

    def _finish(self, found: list[Finding], summary: Summary) -> None:
        raise NotImplementedError


class JsonFormatter(_Document):
    """`--format lpr-json`."""

    def _finish(self, found: list[Finding], summary: Summary) -> None:
        from lint_plugin.reports.json import JsonReport

        report = JsonReport(self._print)
        report.add(found)
        report.finish(summary)


class GitlabFormatter(_Document):
    """`--format lpr-gitlab`."""

    def _finish(self, found: list[Finding], summary: Summary) -> None:
        from lint_plugin.reports.gitlab import GitlabReport

        report = GitlabReport(self._print)
        for finding in found:
            report.add(finding, _line(finding))
        report.finish(summary)


class SarifFormatter(_Document):
    """`--format lpr-sarif`."""

    def _finish(self, found: list[Finding], summary: Summary) -> None:
        from lint_plugin.reports.sarif import SarifReport

        report = SarifReport(self._print, "flake8")
        for finding in found:
            report.add(finding, _line(finding))
        report.finish(summary)


class GithubFormatter(BaseFormatter):
    """`--format lpr-github`."""

    def format(self, error: Violation) -> str:
        from lint_plugin.reports.github import annotation

        text = annotation(finding_of(error)).rstrip("\n")
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def show_source(self, error: Violation) -> str:
        """An annotation stands beside the source anyway."""
        return ""


def finding_of(error: Violation) -> Finding:
    """One of flake8's violations as a finding whose end, level and reason are not known."""
    from lint_plugin.finding import Finding
    from lint_plugin.rules import BY_CODE

    rule = BY_CODE.get(error.code)
    name = rule.name if rule is not None else ""
    return Finding(error.filename, error.line_number, error.column_number, 0, 0, error.code, name, error.text, level="")


def _line(finding: Finding) -> str:
    return linecache.getline(finding.path, finding.line).rstrip("\r\n")
