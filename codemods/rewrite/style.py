"""How a file is written: the quotes, indentation and line ends that new code in it takes over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.rewrite.statements import Owner, Place, first_line
from lint_plugin.flow.nodes import walk
from lint_plugin.source.text import SourceText

_OPENING = re.compile(rb"[rbuft]*('''|\"\"\"|'|\")", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """How the code around one statement is written.

    Attributes:
        margin: White space in front of the statement.
        step: White space of one more level.
        quote: The quote that most of its strings have, or most of the file's.
        newline: The file's line end, as LibCST is given it.
        encoding: The file's encoding; other characters are written as escapes.
    """

    margin: str
    step: str
    quote: str
    newline: str
    encoding: str


class Styles:
    """The styles of the statements of one file."""

    def __init__(self, source: SourceText, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree
        self._file_quote = ""

    def of(self, place: Place) -> Style:
        """The style around one statement."""
        source = self._source
        quote = _majority(_quotes(source, place.statement)) or self._quote()
        # LibCST is given lone CRs as LFs.
        newline = "\n" if source.newline == "\r" else source.newline
        return Style(_margin(source, first_line(place.statement)), self._step(place), quote, newline, source.encoding)

    def _quote(self) -> str:
        if not self._file_quote:
            self._file_quote = _majority(_quotes(self._source, self._tree)) or '"'
        return self._file_quote

    def _step(self, place: Place) -> str:
        """White space of one level: what the statement has more than the one around it, or the file's first such step."""
        inner = _margin(self._source, first_line(place.statement))
        if place.up is not None:
            outer = _margin(self._source, _owner_line(place.owner))
            if inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
        for statement in self._tree.body:
            body = getattr(statement, "body", None)
            if isinstance(body, list) and body and body[0].lineno > statement.lineno:
                return _margin(self._source, first_line(body[0])) or "    "
        return "    "


def _margin(source: SourceText, line: int) -> str:
    return source.margin(line).replace("\f", "")


def _owner_line(owner: Owner) -> int:
    """The line of the clause (`except`, `case`), or of the statement, that a block belongs to."""
    return owner.pattern.lineno if isinstance(owner, ast.match_case) else getattr(owner, "lineno", 1)


def _quotes(source: SourceText, node: ast.AST) -> Iterator[str]:
    """The quotes of the strings in a node that might as well have the other ones."""
    inner: set[ast.AST] = set()
    for part in walk(node):
        if isinstance(part, ast.JoinedStr):
            inner.update(below for below in walk(part) if below is not part)
        is_text = isinstance(part, ast.Constant) and isinstance(part.value, (str, bytes))
        if not (is_text or isinstance(part, ast.JoinedStr)) or part in inner:
            continue
        assert isinstance(part, ast.expr)
        start, end = source.span(part)
        opening = _OPENING.match(source.u8, start, end)
        if opening is None or len(opening[1]) > 1:
            continue
        quote, other = opening[1], b'"' if opening[1] == b"'" else b"'"
        if other not in source.u8[start:end]:
            yield quote.decode()


def _majority(quotes: Iterator[str]) -> str:
    """The quote that is met most often; "" for none or a tie."""
    counts = {"'": 0, '"': 0}
    for quote in quotes:
        counts[quote] += 1
    if counts["'"] == counts['"']:
        return ""
    return max(counts, key=lambda quote: counts[quote])
