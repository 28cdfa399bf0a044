"""Searches a project's files for the names of files that a rewrite would leave to the recorder.

Code, templates and data count, prose does not; neither do comments and docstrings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from codemods.proofs.name_uses import PYTHON, may_be_numbered, spelled_in
from lint_plugin.facts import HOLE, Mention, NumberedWrite
from lint_plugin.source.text import parsed_module

_LARGEST = 1_000_000  # bytes; larger ones are data that no one writes by hand
_HEAD = 4_000  # bytes in which a file that is no text shows a zero
_SHORTEST_PART = 4
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|<!--|--)|(?<![:\"'\w])//")
_LINE = 2_000  # characters around a hit that are looked at
# Baselines and pages of `recorder-fix`: they quote the code itself.
_QUOTING = ('{"baseline-of": "recorder-fix"', "<title>recorder-fix report</title>")
_JOURNAL = "entities.jsonl"  # what lies beside one is a recorded run

# A name with a constant number, and maybe a word behind it.
_NUMBERED = re.compile(r"(\d{2,})([_-])([^\W_]{3,})?")
# What stands before a separator: a number as it is printed (`{n:02d}`, `{n:{w}d}`, `{n:>3}`, `%d`, `%02d`); and where a word of a
# name follows, the end of any expression, or the quote of what is added to one.
_PRINTED = (r"[:}\d]d\}", r"[:0<>=^ ]\d\}", "%d", r"[%0 +-]\dd")
_COMPUTED = (r"[}\])>%\"'`]", r"[%\d][ds]")


def mention_patterns(writes: Iterable[NumberedWrite]) -> tuple[str, ...]:
    """Regular expressions of which one matches in every file that spells the name of one of some writes, or its beginning.

    Each begins with a constant, for which `re` is quick to look. A name without a longer constant part has none.
    """
    parts = {part for write in writes if len(part := max(write.text.split(HOLE), key=len)) >= _SHORTEST_PART}
    numbered = {part: match for part in parts if (match := _NUMBERED.match(part))}
    patterns = {re.escape(part) for part in parts - numbered.keys()}
    for separator in {match[2] for match in numbered.values()}:
        patterns.add(_around(separator, [match for match in numbered.values() if match[2] == separator]))
    if numbered:
        alone = "|".join(sorted({match[1] for match in numbered.values()}))
        patterns |= {r"zfill\(", r"d\}\*(?<=[:}\d]d\}\*)", rf"startswith\([\"'](?:{alone})[\"']"}
    return tuple(sorted(patterns))


def _around(separator: str, names: Sequence[re.Match[str]]) -> str:
    """Matches the separator behind the number of one of some names, where it is the name's own or may be computed."""
    widths: dict[int, set[str]] = {}  # what looks behind has one width
    for name in names:
        widths.setdefault(len(name[1]), set()).add(name[1])
    numbers = [f"(?:{'|'.join(sorted(same))})" for _, same in sorted(widths.items())]
    words = "|".join(sorted({name[3] for name in names if name[3]}))
    before = [*(f"[\"'`/^]{number}" for number in numbers), *_PRINTED]
    alternatives = [f"(?<={one}{separator})" for one in before]
    if words:
        alternatives += [f"(?<={one}{separator})(?:{words})" for one in (*_COMPUTED, *numbers)]
    # Few separators in code stand behind one of these: said once, it is tried once.
    return rf"{separator}(?<=[}}\])>%\"'`ds\d]{separator})(?:{'|'.join(alternatives)})"


def mentions_in(patterns: Sequence[str], paths: Iterable[str]) -> set[Mention]:
    """The places in some files that may spell a name."""
    found: set[Mention] = set()
    in_bytes = [re.compile(pattern.encode()) for pattern in patterns]
    for path in paths if patterns else ():
        raw = _bytes(path)
        if raw is not None and any(pattern.search(raw) for pattern in in_bytes):
            text = raw.decode("utf-8", "replace")
            if not _is_made(path, text):
                found.update(_in_python(path, text, patterns) if path.endswith(PYTHON) else _in_text(path, text, patterns))
    return found


def files_holding(words: Iterable[str], paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Those of some files that hold one of some words, with their bytes; large and unreadable ones are left out."""
    wanted = [word.encode() for word in words]
    for path in paths if wanted else ():
        raw = _bytes(path)
        if raw is not None and any(word in raw for word in wanted):
            yield path, raw


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            raw = file.read() if os.fstat(file.fileno()).st_size <= _LARGEST else b"\0"
    except OSError:
        return None
    return None if b"\0" in raw[:_HEAD] else raw


def _is_made(path: str, text: str) -> bool:
    """Whether a file is what our commands or a recorder wrote: it names files, and looks none up."""
    return any(mark in text for mark in _QUOTING) or os.path.exists(os.path.join(os.path.dirname(path), _JOURNAL))


def _in_text(path: str, text: str, patterns: Sequence[str]) -> Iterator[Mention]:
    found = re.compile("|".join(patterns))
    for number, line in enumerate(text.splitlines(), 1):
        at = 0
        while match := found.search(line, at):
            if not _COMMENT.search(line[: match.start()]):
                yield Mention(line[max(0, match.start() - _LINE) : match.start() + _LINE].strip(), path, number)
            at = match.start() + _LINE


def _in_python(path: str, text: str, patterns: Sequence[str]) -> Iterator[Mention]:
    try:
        tree = parsed_module(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    found = re.compile("|".join(patterns))
    for node, spelled in spelled_in(tree):
        if found.search(spelled) or may_be_numbered(spelled):
            yield Mention(spelled, path, node.lineno)
