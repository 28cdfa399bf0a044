"""What every output format does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary


class Report(Protocol):
    """Is told about one file after the other, and then about the whole run."""

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Take in one file's findings.

        Args:
            result: What the work on the file came to.
            findings: Its findings that are to be reported, fixed ones included.
            shown: The bytes of the file in which the findings stand that are not fixed.
        """

    def errors(self, errors: Sequence[FileError]) -> None:
        """Take in what went wrong."""

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Print what has not been printed yet; `diff` is given where the format is to hold it."""
