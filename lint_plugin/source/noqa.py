"""`# noqa` comments, read as flake8 reads them.

flake8's own regular expressions and its own comparison of codes decide. It looks at one physical line inside brackets, and
at all lines of a string or of a backslash continuation; here a comment on any line of a statement (of a compound
statement's header) counts as well, so that a call can carry it wherever there is room.
"""

from __future__ import annotations

import io
import re
import tokenize
from token import COMMENT, DEDENT, ENDMARKER, INDENT, NEWLINE, NL
from typing import TYPE_CHECKING

from lint_plugin.source.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoqaMap:
    """The `# noqa` comments of one file."""

    __slots__ = ("_comments", "_file_codes", "_lines", "_ranges", "_units")

    def __init__(self, source: SourceText) -> None:
        # Without the word there is nothing to silence and nothing to tokenise.
        has_noqa = b"noqa" in source.u8.lower()
        self._lines: list[str] = []
        self._ranges: dict[int, tuple[int, int]] = {}
        self._units: dict[int, list[str]] = {}
        self._comments: dict[int, str] = {}
        self._file_codes: list[str | None] = []
        if not has_noqa:
            return
        text = source.u8.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        self._lines = text.split("\n")
        self._file_codes = self._find_file_comments()
        try:
            self._map_statements(tokenize.generate_tokens(io.StringIO(text).readline))
        except (tokenize.TokenError, SyntaxError):  # such a file has no findings, only an error
            self._units.clear()

    def _find_file_comments(self) -> list[str | None]:
        from flake8.defaults import NOQA_FILE

        found: list[str | None] = []
        for line in self._lines:
            match = NOQA_FILE.match(line)
            if match:
                found.append(match.groupdict().get("codes"))
        return found

    def _map_statements(self, tokens: Iterator[tokenize.TokenInfo]) -> None:
        """Note for each line the lines of its statement, and the texts that flake8 would search for it."""
        first, unit_first, code_seen = 0, 0, False
        units: list[str] = []
        for token in tokens:
            if token.type in (DEDENT, ENDMARKER):
                continue
            first = first or token.start[0]
            unit_first = unit_first or token.start[0]
            if token.type == COMMENT:
                self._comments[token.start[0]] = token.string
            if token.type not in (COMMENT, NL, INDENT, NEWLINE):
                code_seen = True
            if token.type not in (NL, NEWLINE):
                continue
            last = token.end[0] if token.end[1] else token.start[0]
            lines = self._lines[unit_first - 1 : last]
            units.append("\n".join(lines))
            if len(lines) > 1:
                units.extend(lines)
            unit_first = 0
            if token.type == NEWLINE or not code_seen:
                units = [unit for unit in units if "noqa" in unit.lower()]
                for number in range(first, last + 1):
                    self._ranges[number] = (first, last)
                    self._units[number] = units
                first, code_seen, units = 0, False, []

    def logical_range(self, line: int) -> tuple[int, int]:
        """First and last line of the statement (or compound statement's header) that a line belongs to; the line itself
        where the file has no `# noqa` at all."""
        return self._ranges.get(line, (line, line))

    def silences(self, line: int, code: str) -> bool:
        """Whether a comment on any line of the statement at `line`, or one for the whole file, silences `code`."""
        if not self._lines:
            return False
        if self.file_disabled(code):
            return True
        return any(_ignores(text, code) for text in self._units.get(line, ()))

    def file_disabled(self, code: str) -> bool:
        """Whether a `# flake8: noqa` comment silences `code` in the whole file."""
        for codes in self._file_codes:
            if codes is None or code.startswith(tuple(_split(codes))):
                return True
        return False

    def lines_with_codes(self) -> list[tuple[int, tuple[str, ...]]]:
        """Every `# noqa` comment that names codes: its line and the codes as they are written. Text in strings is left out."""
        found = []
        for line, comment in self._comments.items():
            codes = noqa_codes(comment)
            if codes:
                found.append((line, codes))
        return found


def noqa_codes(comment: str) -> tuple[str, ...]:
    """The codes that a `# noqa` comment names; empty for a bare one and for any other comment."""
    from flake8.defaults import NOQA_INLINE_REGEXP

    match = NOQA_INLINE_REGEXP.search(comment)
    return tuple(_split(match["codes"] or "")) if match else ()


def _split(codes: str) -> list[str]:
    return [code for code in re.split(r"[,\s]+", codes) if code]


def _ignores(text: str, code: str) -> bool:
    from flake8.violation import Violation

    return Violation(code, "", 0, 0, "", text).is_inline_ignored(False)
