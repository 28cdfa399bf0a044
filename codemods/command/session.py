"""One run of `recorder-fix` after its command line is understood: takes each file's result, writes, reports, counts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from os.path import abspath
from typing import TYPE_CHECKING

from codemods.command.terminal import coloured, error_line, uses_colour, write_bytes, writer
from lint_plugin.config.reading import ConfigError, Resolver
from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary, plural
from lint_plugin.reports.machine import make_report
from lint_plugin.reports.report import Report
from lint_plugin.reports.text import TextReport, statistics

if TYPE_CHECKING:
    from codemods.command.baseline import KnownFindings
    from codemods.command.html_report import HtmlReport

OK, FOUND, FAILED = 0, 1, 2


class Session:
    """Takes results one after the other; `finish` gives the exit code.

    Attributes:
        summary: The counts so far.
    """

    def __init__(self, arguments: argparse.Namespace, resolver: Resolver) -> None:
        """Prepare the reports.

        Args:
            arguments: The parsed command line.
            resolver: Where each file's configuration comes from.
        """
        self._arguments = arguments
        self._resolver = resolver
        self._stdin = arguments.paths == ["-"]
        self.summary = Summary(run_mode(arguments))
        self._out, self._err = writer(sys.stdout), writer(sys.stderr)
        self._diffs: list[bytes] | None = None
        self._report = self._make_report()
        self._html: HtmlReport | None = None
        if arguments.report is not None:
            from codemods.command.html_report import HtmlReport

            self._html = HtmlReport()
        self._known: KnownFindings | None = None
        self._said: set[tuple[str, int, str]] = set()
        self._failed: set[str] = set()
        self._commented = False
        self._counts: dict[str, tuple[str, int, int]] = {}

    def _make_report(self) -> Report:
        """The report in the format that was asked for, on the stream that is free for it."""
        kind, mode = self._arguments.output_format, self.summary.mode
        if kind == "json" and mode == "diff":
            self._diffs = []
        # Standard output may belong to the diff, or to the fixed source.
        beside = (mode == "diff" and self._diffs is None) or (self._stdin and mode == "fix")
        stream, write = (sys.stderr, self._err) if beside else (sys.stdout, self._out)
        if kind != "text":
            self._print_statistics = self._err
            return make_report(kind, write)
        self._print_statistics = write
        colour = uses_colour(stream, self._arguments.color)
        return TextReport(write, colour, self._arguments.quiet, self._arguments.show_fixes)

    def take(self, result: FileResult) -> None:
        """Write one file's new bytes if this run writes, and report what is to be reported."""
        self.error(*result.errors)
        if self._stdin and self.summary.mode == "fix":
            write_bytes(sys.stdout, result.old if result.new is None else result.new)
        findings, shown = self._settle(result)
        if result.unused_noqa:
            from lint_plugin.reports.unused import as_findings

            findings += as_findings(result)
        known = self._baselines(result.path) if findings else None
        if known is not None:
            findings, count = known.split(result.path, findings, shown, result.old)
            self.summary.baselined += count
        if self._arguments.add_noqa:
            self._add_noqa(result, findings)
            return
        self.summary.count(findings, self._arguments.unsafe)
        for finding in findings:
            _, left, fixed = self._counts.get(finding.code, ("", 0, 0))
            self._counts[finding.code] = finding.name, left + (not finding.fixed), fixed + finding.fixed
        self._report.file(result, findings, shown)
        if self._html is not None:
            self._html.file(result, findings, shown)

    def _add_noqa(self, result: FileResult, findings: Sequence[Finding]) -> None:
        from codemods.command.add_noqa import with_noqa  # with flake8, whose notation it is

        new, lines = with_noqa(result.old, findings)
        if lines and self._write(replace(result, new=new)):
            self._commented = True
            self._note(f"added a comment to {plural(lines, 'line')} of {result.path}")

    def error(self, *errors: FileError) -> None:
        """Say what went wrong, each thing once: one bad configuration concerns many files."""
        new = [error for error in errors if (error.path, error.line, error.message) not in self._said]
        for error in new:
            self._said.add((error.path, error.line, error.message))
            self._failed.add(abspath(error.path))
            self._err(error_line(error.path, error.line, error.message))
        self.summary.errors += len(new)
        self._report.errors(new)
        if self._html is not None:
            self._html.errors(new)

    def _settle(self, result: FileResult) -> tuple[list[Finding], bytes]:
        """Write if it is to be written; findings that are not fixed stand in the bytes that are returned with them."""
        if result.new is None or result.new == result.old:
            return list(result.findings), result.old
        mode = self.summary.mode
        if mode == "fix" and (self._stdin or self._write(result)):
            self.summary.changed += 1
            return list(result.findings), result.new
        if mode == "diff":
            self.summary.changed += 1
            self._diff(result)
            return list(result.unwritten), result.old
        return [replace(finding, fixed=False) for finding in result.unwritten], result.old

    def _write(self, result: FileResult) -> bool:
        from codemods.command.write import WriteError, write_back

        assert result.new is not None
        try:
            write_back(result.path, result.old, result.new)
        except WriteError as error:
            self._say(result.path, error.message)
            return False
        return True

    def _diff(self, result: FileResult) -> None:
        from codemods.command.diff import unified_diff

        assert result.new is not None
        diff = unified_diff(result.path, result.old, result.new)
        if self._diffs is not None:
            self._diffs.append(diff)
        elif uses_colour(sys.stdout, self._arguments.color):
            self._out(coloured(diff))
        else:
            write_bytes(sys.stdout, diff)

    def _baselines(self, *paths: str) -> KnownFindings | None:
        """The known findings: those of the command line, or those that the configuration of one of these files names."""
        arguments = self._arguments
        named = arguments.baseline is not None or arguments.write_baseline is not None
        if self._known is None and (named or any(map(self._has_baseline, paths))):
            from codemods.command.baseline import KnownFindings

            self._known = KnownFindings(
                arguments.paths,
                arguments.select,
                arguments.ignore,
                self._resolver,
                arguments.baseline,
                arguments.write_baseline,
                self.error,
            )
        return self._known

    def _has_baseline(self, path: str) -> bool:
        try:
            return bool(self._resolver.for_file(path).baseline)
        except ConfigError:  # the run has said so
            return False

    def finish(self, files: int, recorders: int, folders: int) -> int:
        """Print what is printed last, write the page and the baseline; return the exit code.

        Args:
            files: Number of files looked at.
            recorders, folders: What was recognised in them, as in `FileResult`.
        """
        self.summary.files, self.summary.recorders, self.summary.folders = files, recorders, folders
        known = self._baselines(*map(inside, self._arguments.paths))
        if known is not None:
            known.finish(self._failed, self._note)
        if self._html is not None:
            self._write_page(self._html)
        if self._arguments.statistics:
            self._print_statistics("".join(statistics(self._counts)))
        if self._arguments.add_noqa:
            if not self._commented and not self.summary.errors:
                self._note(f"No comment to add in {plural(files, 'file')}.")
            return FAILED if self.summary.errors else OK
        self._report.finish(self.summary, None if self._diffs is None else b"".join(self._diffs))
        if self.summary.errors:
            return FAILED
        if self._arguments.write_baseline is not None or self._arguments.exit_zero:
            return OK
        changes = self.summary.changed if self.summary.mode == "diff" else self.summary.findings
        return FOUND if changes else OK

    def _note(self, text: str) -> None:
        if not self._arguments.quiet:
            self._err(f"{text}\n")

    def _write_page(self, page: HtmlReport) -> None:
        from codemods.command.write import WriteError, write_new

        page.finish(self.summary)
        try:
            write_new(self._arguments.report, page.content)
        except WriteError as error:
            self._say(self._arguments.report, error.message)

    def _say(self, path: str, message: str) -> None:
        self.error(FileError(path, 0, message))


def run_mode(arguments: argparse.Namespace) -> str:
    """`check`, `diff` or `fix`."""
    if arguments.check or arguments.add_noqa or arguments.write_baseline is not None:
        return "check"
    return "diff" if arguments.diff else "fix"


def inside(path: str) -> str:
    """A name for which the configuration of a named path holds: a file's own, or one inside the folder."""
    return path if path.endswith((".py", ".pyi")) else f"{path}/_"
