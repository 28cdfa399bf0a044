"""Annotations for GitHub Actions: workflow commands, one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary, plain_path, severity


class GithubReport:
    """Writes `::error file=...::message` lines as findings come."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Annotate one file's findings that are not fixed."""
        for finding in findings:
            if not finding.fixed:
                self._write(annotation(finding))

    def errors(self, errors: Sequence[FileError]) -> None:
        """Annotate what went wrong."""
        for error in errors:
            place = {"file": plain_path(error.path)} | ({"line": str(error.line)} if error.line else {})
            self._write(_command("error", place | {"title": "recorder-fix"}, error.message))

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Everything has been written."""


def annotation(finding: Finding) -> str:
    """The workflow command for one finding."""
    place = {"file": plain_path(finding.path), "line": str(finding.line), "col": str(finding.column)}
    if finding.end_line:
        place["endLine"] = str(finding.end_line)
        # The viewer marks columns up to and including the last; across lines it takes no columns.
        if finding.end_line == finding.line:
            place["endColumn"] = str(max(finding.end_column - 1, finding.column))
    title = f"{finding.code} {finding.name}".strip()
    message = f"{finding.code} {finding.message}" + (f"\n{finding.level}: {finding.reason}" if finding.reason else "")
    return _command(severity(finding.code), place | {"title": title}, message)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    text = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {text}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
