"""The line of a TOML file that a message is about: the file is read statement by statement, each by `tomllib`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

TABLE = ("tool", "recorder")


def line_of(text: str, key: str, item: str) -> int:
    """Line of a key of `[tool.recorder]`, or of one item of its value; of the table where that is not found.

    Args:
        text: A valid TOML document.
        key: A key of the table, or "".
        item: How a part of its value is written, or "".
    """
    wanted = (*TABLE, key) if key else TABLE
    table: tuple[str, ...] = ()
    of_table = of_key = 0
    for number, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _only_path(parsed)
            holds = [table]
        else:
            holds = [(*table, *path) for path in _paths(parsed)]
        if not any(path[: len(wanted)] == wanted for path in holds):
            if not of_table and any(path[: len(TABLE)] == TABLE for path in holds):
                of_table = number
            continue
        of_key = of_key or number
        first, *others = statement.split("\n")
        first = first if statement.lstrip().startswith("[") else first.partition("=")[2]
        for offset, line in enumerate((first, *others)):
            if item and item in line:
                return number + offset
    return of_key or of_table or 1


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each key with its value, and each table's header, with the number of its first line: the least that is TOML by itself."""
    lines = text.replace("\r\n", "\n").split("\n")
    begin = 0
    for end in range(1, len(lines) + 1):
        statement = "\n".join(lines[begin:end])
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if parsed:
            yield begin + 1, statement
        begin = end


def _only_path(parsed: Any) -> tuple[str, ...]:
    """The dotted name in a table's header, which is all that has been parsed."""
    path: tuple[str, ...] = ()
    while parsed:
        parsed = parsed[0] if isinstance(parsed, list) else parsed
        for name, parsed in parsed.items():
            path += (name,)
    return path


def _paths(parsed: Any) -> list[tuple[str, ...]]:
    """The names of everything in nested tables."""
    if not isinstance(parsed, dict) or not parsed:
        return [()]
    return [(name, *rest) for name, inner in parsed.items() for rest in _paths(inner)]
