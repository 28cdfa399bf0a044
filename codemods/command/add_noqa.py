"""Writes `# noqa: LPR...` comments where something is found, for code that is to stay as it is."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable

from flake8.defaults import NOQA_INLINE_REGEXP

from lint_plugin.finding import WRITES, Finding
from lint_plugin.reports.groups import grouped
from lint_plugin.source.text import SourceText


def with_noqa(raw: bytes, findings: Iterable[Finding]) -> tuple[bytes, int]:
    """The bytes of a file with a comment for each finding, and the number of lines that have changed.

    One for a write silences what belongs to it. A comment that is there already keeps its codes, and everything else.
    """
    source = SourceText(raw)
    wanted: dict[int, dict[str, None]] = {}
    comments, ends = _comments(source)
    for group in grouped(finding for finding in findings if finding.code.startswith("LPR")):
        for finding in group[:1] if group[0].code in WRITES else group:
            # Inside a string, or before a backslash, no comment can stand: the next line that can take one silences, too.
            line = next((end for end in ends if end >= finding.line), finding.line)
            wanted.setdefault(line, {})[finding.code] = None
    parts = []
    for line in range(1, len(source.line_starts) + 1):
        start, end = source.line_bounds(line)
        text = source.u8[start:end].decode("utf-8")
        parts.append(_marked(text, comments.get(line), list(wanted[line])) if line in wanted else text)
    return source.encode_back("".join(parts).encode("utf-8")), len(wanted)


def _comments(source: SourceText) -> tuple[dict[int, int], list[int]]:
    """Where the comment of each line begins, and the lines that can take one at their end."""
    text = source.u8.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    comments: dict[int, int] = {}
    ends: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.start[1]
        elif token.type in (tokenize.NL, tokenize.NEWLINE):
            ends.append(token.start[0])
    return comments, ends


def _marked(line: str, comment: int | None, codes: list[str]) -> str:
    """A line with codes added to its noqa comment, or with a new one."""
    body = line.rstrip("\r\n")
    match = NOQA_INLINE_REGEXP.search(body, comment) if comment is not None else None
    if match is None or not match["codes"]:
        return f"{body.rstrip()}  # noqa: {', '.join(codes)}{line[len(body) :]}"
    end = match.start("codes") + len(match["codes"].rstrip(" ,\t"))
    return f"{body[:end]}, {', '.join(codes)}{body[end:]}{line[len(body) :]}"
