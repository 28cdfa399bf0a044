"""The report for people: one paragraph per finding, the source line under it, a summary at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from unicodedata import combining, east_asian_width

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary, plural
from lint_plugin.reports.groups import also, grouped
from lint_plugin.source.text import SourceText

_WIDTH = 160  # characters of a source line that are shown; longer ones (generated files) are cut around the finding
_PATH, _CODE, _MARK, _DIM = "1", "1;31", "1;32", "2"


class TextReport:
    """Writes findings as they come.

    Args:
        write: Takes text for the place where findings go.
        colour: Whether to use ANSI colours.
        quiet: Leave out the summary and what was fixed.
        show_fixes: List what was fixed, too.
    """

    def __init__(
        self, write: Callable[[str], object], colour: bool = False, quiet: bool = False, show_fixes: bool = False
    ) -> None:
        self._write = write
        self._colour = colour
        self._quiet = quiet
        self._show_fixes = show_fixes

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Print what was fixed in the file, and its findings that are not, each fault as one entry."""
        fixed = [finding for finding in findings if finding.fixed]
        written = shown != result.old
        if fixed and not self._quiet and (written or self._show_fixes):
            done = "fixed" if written else "would fix"
            self._write(f"{done} {self._paint(escaped(result.path), _PATH)}: {plural(len(fixed), 'finding')}\n")
            for finding in fixed if self._show_fixes else ():
                self._write(f"    {finding.line}:{finding.column} {self._paint(finding.code, _CODE)} {finding.name}\n")
        groups = grouped(finding for finding in findings if not finding.fixed)
        if groups:
            source = SourceText(shown)
            self._write("".join(self._paragraph(group, source.line_text(group[0].line)) for group in groups))

    def errors(self, errors: Sequence[FileError]) -> None:
        """Errors go to standard error, which is not this report's."""

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Print the summary."""
        if not self._quiet:
            self._write("".join(f"{line}\n" for line in summary_lines(summary)))

    def _paragraph(self, group: Sequence[Finding], line: str) -> str:
        finding = group[0]
        place = f"{escaped(finding.path)}:{finding.line}:{finding.column}:"
        text = f"{self._paint(place, _PATH)} {self._paint(finding.code, _CODE)} {escaped(finding.message)}\n"
        last = finding.end_column if finding.end_line == finding.line else len(line) + 1
        source, mark = excerpt(line, finding.column - 1, last - 1)
        if source.strip():
            text += f"    {source}\n    {self._paint(mark, _MARK)}\n"
        if finding.reason:
            text += f"    {finding.level}: {escaped(finding.reason)}\n"
        if len(group) > 1:
            text += f"    {also(group)}\n"
        return text

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def summary_lines(summary: Summary) -> list[str]:
    """The last lines of a run: what was done, what remains, what `--unsafe` would add."""
    if not summary.files:
        return [] if summary.errors else ["No Python file was found."]
    lines = []
    if summary.changed:
        verb = "Would fix" if summary.mode == "diff" else "Fixed"
        lines.append(f"{verb} {plural(summary.fixed, 'finding')} in {plural(summary.changed, 'file')}.")
    if summary.findings:
        lines.append(_found(summary))
    elif not summary.errors:
        lines.append(_nothing(summary))
    if summary.baselined:
        lines.append(f"{plural(summary.baselined, 'finding')} not shown: in the baseline.")
    if summary.errors:
        lines.append(f"{plural(summary.errors, 'error')}; see above.")
    if summary.unsafe:
        lines.append(f"{summary.unsafe} more fixable with --unsafe.")
    return lines


def _found(summary: Summary) -> str:
    left = "" if summary.mode == "check" else " left"
    text = f"{plural(summary.findings, 'finding')}{left} in {plural(summary.files_with_findings, 'file')}"
    if summary.files > summary.files_with_findings:
        text += f" ({summary.files} looked at)"
    if summary.mode != "check":
        return f"{text}."
    if summary.fixable == summary.findings:
        return f"{text}, {'all of them ' if summary.findings > 1 else ''}fixable."
    return f"{text}, {summary.fixable or 'none'} of them fixable."


def _nothing(summary: Summary) -> str:
    """What was seen: silence about code that is not recognised is not to be taken for a good sign."""
    files = plural(summary.files, "file")
    if summary.changed:
        return f"Nothing left in {files}."
    if summary.baselined:
        return f"Nothing to report in {files}."
    if not summary.recorders:
        return f"Nothing to report: no recorder was seen in {files}."
    folders = plural(summary.folders, "use of a run folder", "uses of a run folder")
    return f"Nothing to report: {plural(summary.recorders, 'recorder')}, {folders} in {files}."


def statistics(counts: dict[str, tuple[str, int, int]]) -> Iterable[str]:
    """A line for each rule: its code, name, and how many findings there are and were fixed.

    Args:
        counts: Code -> (name, findings that are not fixed, findings that are).
    """
    width = max((len(name) for name, _, _ in counts.values()), default=0)
    for code, (name, left, fixed) in sorted(counts.items()):
        yield f"{left:>6}  {code}  {name:<{width}}{f'  ({fixed} fixed)' if fixed else ''}".rstrip() + "\n"


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
    return 0 if combining(cell) else 2 if east_asian_width(cell) in "FW" else 1
