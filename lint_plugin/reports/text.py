"""The report for people: one paragraph per finding, the source line under it, a summary at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lint_plugin.reports import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lint_plugin.finding import FileError, FileResult, Finding
    from lint_plugin.reports import Summary

_WIDTH = 160  # characters of a source line that are shown; longer ones (generated files) are cut around the finding
_PATH, _CODE, _MARK, _DIM = "1", "1;31", "1;32", "2"


class TextReport:
    """Writes findings as they come.

    Args:
        write: Takes text for the place where findings go.
        colour: Whether to use ANSI colours.
        quiet: Leave out the summary.
    """

    def __init__(self, write: Callable[[str], object], colour: bool = False, quiet: bool = False) -> None:
        self._write = write
        self._colour = colour
        self._quiet = quiet

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Print the file's findings that are not fixed."""
        remaining = [finding for finding in findings if not finding.fixed]
        if not remaining:
            return
        from lint_plugin.source.text import SourceText

        source = SourceText(shown)
        self._write("".join(self._paragraph(finding, source.line_text(finding.line)) for finding in remaining))

    def errors(self, errors: Sequence[FileError]) -> None:
        """Errors go to standard error, which is not this report's."""

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Print the summary."""
        if not self._quiet:
            self._write("".join(f"{line}\n" for line in summary_lines(summary)))

    def _paragraph(self, finding: Finding, line: str) -> str:
        place = f"{escaped(finding.path)}:{finding.line}:{finding.column}:"
        text = f"{self._paint(place, _PATH)} {self._paint(finding.code, _CODE)} {escaped(finding.message)}\n"
        last = finding.end_column if finding.end_line == finding.line else len(line) + 1
        source, mark = excerpt(line, finding.column - 1, last - 1)
        if source.strip():
            text += f"    {source}\n    {self._paint(mark, _MARK)}\n"
        if finding.reason:
            text += f"    {finding.level}: {escaped(finding.reason)}\n"
        return text

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def summary_lines(summary: Summary) -> list[str]:
    """The last lines of a run: what was done, what remains, what `--unsafe` would add."""
    if not summary.files:
        return [] if summary.errors else ["No Python file was found."]
    files = plural(summary.files, "file")
    lines = []
    if summary.changed:
        verb = "Would fix" if summary.mode == "diff" else "Fixed"
        lines.append(f"{verb} {plural(summary.fixed, 'finding')} in {plural(summary.changed, 'file')}.")
    if summary.findings:
        remain = "left" if summary.changed or summary.mode != "check" else "found"
        detail = f"{plural(summary.findings, 'finding')} {remain} in {files}"
        lines.append(f"{detail}, {summary.fixable} of them fixable." if summary.mode == "check" else f"{detail}.")
    elif not summary.errors:
        lines.append(f"Nothing {'left' if summary.changed else 'to report'} in {files}.")
    if summary.baselined:
        lines.append(f"{plural(summary.baselined, 'finding')} not shown: in the baseline.")
    if summary.errors:
        lines.append(f"{plural(summary.errors, 'error')}; see above.")
    if summary.unsafe:
        lines.append(f"{summary.unsafe} more fixable with --unsafe.")
    return lines


def excerpt(line: str, start: int, end: int) -> tuple[str, str]:
    """A source line as it can be shown, and the line of `^` that belongs under its characters `start:end`.

    Control characters are escaped, tabs become spaces, wide characters count two columns; a long line is cut around `start`.
    """
    first = 0
    if len(line) > _WIDTH:
        first = max(0, min(start - 20, len(line) - _WIDTH))
    cut = line[first : first + _WIDTH]
    last = max(end, start + 1)
    if cut.isascii() and cut.isprintable():  # nearly every line
        source = cut
        mark = " " * min(start - first, len(cut)) + "^" * (min(last, first + len(cut)) - start)
    else:
        source = mark = ""
        for index, character in enumerate(cut, first):
            cell = "    " if character == "\t" else escaped(character)
            source += cell
            mark += ("^" if start <= index < last else " ") * _columns(cell)
    if start >= first + len(cut):
        mark += "^"
    before, after = "... " if first else "", " ..." if first + _WIDTH < len(line) else ""
    return before + source + after, (" " * len(before) + mark).rstrip()


def escaped(text: str) -> str:
    """Text that cannot steer a terminal: everything unprintable as an escape sequence, lone surrogates included."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii") for character in text
    )


def _columns(cell: str) -> int:
    if len(cell) > 1 or cell.isascii():
        return len(cell)
    from unicodedata import combining, east_asian_width

    return 0 if combining(cell) else 2 if east_asian_width(cell) in "FW" else 1
