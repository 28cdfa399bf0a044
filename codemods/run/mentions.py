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
_SHORTEST_KEY = 4
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|<!--|--)|(?<![:\"'\w])//")
_LINE = 2_000  # characters around a hit that are looked at
# Baselines and pages of `recorder-fix`: they quote the code itself.
_QUOTING = ('{"baseline-of": "recorder-fix"', "<title>recorder-fix report</title>")
_JOURNAL = "entities.jsonl"  # what lies beside one is a recorded run
# Code may make a constant name from parts, of which the first word is the most likely to be there.
_START = re.compile(r"\d{2,3}_[^\W_]{3,}")
# The beginning of a name as a string of its own, or behind a slash: `startsWith("07_")`, `glob(f"{folder}/07_*")`.
_NUMBER = re.compile(r"\d{2,}[_-]")
# What follows a constant number: code that computes the number has it behind an expression.
_BEHIND_NUMBER = re.compile(r"\d{2,}([_-][^\W_]{3,})")
_SEPARATOR = re.compile(r"[0-9][0-9]([_-])")
_COMPUTED = re.compile(r"([^\w-].?|[ds]|.[}d])([_-])(\w*)")
_BEFORE = ('"', "'", "`", "/", "^")
_EXPRESSION = "}])>%ds\"'`"  # the end of an expression, or of a format for one, or the quote of what is added to one
# Python that prints a number before a separator.
_PRINTED = ("d}_", "2}_", "3}_", "2d_", "3d_", "%d_", "d}*", "zfill(")


def mention_keys(writes: Iterable[NumberedWrite]) -> tuple[str, ...]:
    """What a file must hold to spell the name of one of some writes; a name without a longer constant part has nothing of it."""
    parts = {max(write.text.split(HOLE), key=len) for write in writes}
    names = {match[0] if (match := _START.match(part)) else part for part in parts if len(part) >= _SHORTEST_KEY}
    numbers = {match[0] for part in parts if (match := _NUMBER.match(part))}
    words = {match[1] for part in parts if (match := _BEHIND_NUMBER.match(part))}
    computed = {*_PRINTED, *(before + word for word in words for before in _EXPRESSION)} if numbers else set()
    return tuple(sorted({*names, *computed, *(before + number for number in numbers for before in _BEFORE)}))


def mentions_in(keys: Sequence[str], paths: Iterable[str]) -> set[Mention]:
    """The places in some files that may spell a name."""
    found: set[Mention] = set()
    for path, raw in files_holding(keys, paths, _rough(keys)):
        text = raw.decode("utf-8", "replace")
        if not _is_made(path, text):
            found.update(_in_python(path, text, keys) if path.endswith(PYTHON) else _in_text(path, text, keys))
    return found


def files_holding(
    words: Iterable[str], paths: Iterable[str], rough: re.Pattern[bytes] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Those of some files that hold one of some words, with their bytes; large and unreadable ones are left out.

    `rough` matches in each of these files, and is quicker to look for.
    """
    wanted = [word.encode() for word in words]
    for path in paths if wanted else ():
        raw = _bytes(path)
        if raw is not None and (rough is None or rough.search(raw)) and any(word in raw for word in wanted):
            yield path, raw


def _rough(keys: Iterable[str]) -> re.Pattern[bytes]:
    """Rules nearly all files out in one pass: few have a number before a `_`, which `re` looks for as fast as memory is read."""
    behind: dict[str, set[str]] = {}
    others: set[str] = set()
    for key in keys:
        if match := _SEPARATOR.search(key):
            behind.setdefault(match[1], set()).add(f"(?<=[0-9][0-9]{match[1]})")
        elif match := _COMPUTED.fullmatch(key):
            behind.setdefault(match[2], set()).add(f"(?<={re.escape(match[1] + match[2])}){match[3]}")
        else:
            others.add(re.escape(key))
    parts = [*(f"{separator}(?:{'|'.join(sorted(rest))})" for separator, rest in sorted(behind.items())), *sorted(others)]
    return re.compile("|".join(parts).encode())


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            raw = file.read(_LARGEST + 1)
    except OSError:
        return None
    return None if len(raw) > _LARGEST or b"\0" in raw[:_HEAD] else raw


def _is_made(path: str, text: str) -> bool:
    """Whether a file is what our commands or a recorder wrote: it names files, and looks none up."""
    return any(mark in text for mark in _QUOTING) or os.path.exists(os.path.join(os.path.dirname(path), _JOURNAL))


def _in_text(path: str, text: str, keys: Iterable[str]) -> Iterator[Mention]:
    for number, line in enumerate(text.splitlines(), 1):
        for key in keys:
            at = line.find(key)
            while at >= 0:
                if not _COMMENT.search(line[:at]):
                    yield Mention(line[max(0, at - _LINE) : at + _LINE].strip(), path, number)
                at = line.find(key, at + _LINE)


def _in_python(path: str, text: str, keys: Sequence[str]) -> Iterator[Mention]:
    try:
        tree = parsed_module(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node, spelled in spelled_in(tree):
        if any(key in spelled for key in keys) or may_be_numbered(spelled):
            yield Mention(spelled, path, node.lineno)
