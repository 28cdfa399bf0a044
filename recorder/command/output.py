"""What the commands print: tables, JSON, sizes and times, and every name escaped."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.runs.inspection import Problem
from recorder.runs.run import Run

OK = 0
FOUND = 1
FAILED = 2
_WIDEST = 100  # characters of a table's cell


def escaped(text: object) -> str:
    """A text on one line that cannot move the terminal's cursor, change its colours or start a line of its own."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def fail(message: str) -> int:
    """Say on standard error what went wrong; the exit status for it."""
    print(f"recorder: {message}", file=sys.stderr)
    return FAILED


def described(error: OSError, folder: Path) -> str:
    """The error with the path that it names, or with the folder that was being worked on."""
    name = error.filename if error.filename is not None else folder
    shown = os.fsdecode(name) if isinstance(name, bytes) else str(name)
    return f"{escaped(shown)}: {escaped(error.strerror or error)}"


def print_json(value: object) -> None:
    """Print a value for programs."""
    print(json.dumps(value, indent=2))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print rows below each other; `right` are the columns of numbers."""
    cleaned = [tuple(map(_cell, row)) for row in (header, *rows)]
    widths = [max(map(_columns, column)) for column in zip(*cleaned, strict=True)]
    for row in cleaned:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - _columns(cell))
            cells.append(padding + cell if number in right else cell + padding)
        print("  ".join(cells).rstrip())


def _cell(text: str) -> str:
    cleaned = escaped(text)
    return cleaned if len(cleaned) <= _WIDEST else cleaned[: _WIDEST - 1] + "…"


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two."""
    return sum((1 + (unicodedata.east_asian_width(c) in "WF")) * (not unicodedata.combining(c)) for c in text)


def count(number: int, noun: str, plural: str = "") -> str:
    """ "1 run", "2 runs"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def time(moment: datetime | None) -> str:
    """A time in UTC for people; "-" for none."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def summary(run: Run) -> dict[str, Any]:
    """A run in a few values, for JSON."""
    started, finished, length = run.started, run.finished, run.duration
    return {
        "run_id": run.run_id,
        "config_name": run.info.get("config_name"),
        "folder": str(run.folder),
        "status": run.status,
        "current_state": run.state,
        "started": None if started is None else started.isoformat(),
        "finished": None if finished is None else finished.isoformat(),
        "duration": None if length is None else length.total_seconds(),
        "tags": run.tags,
        "entities": len(run),
        "size": run.size,
        "last_change": run.changed.isoformat(),
    }


def detailed(run: Run, problems: list[Problem]) -> dict[str, Any]:
    """A run with its entities and problems, for JSON. The sizes are those of the files as they are; null means missing."""
    entities = []
    for entity in run.entities():
        status = entity.stat()
        record = {**entity.record, "size": None if status is None else status.st_size}
        entities.append(record if entity.sha256 is None else {**record, "sha256": entity.sha256})
    return {
        **summary(run),
        "entities": entities,
        "unnumbered": run.other_files(),
        "problems": [problem_value(problem) for problem in problems],
    }


def problem_value(problem: Problem) -> dict[str, str]:
    """A problem for JSON."""
    return {"kind": problem.kind, "filename": problem.filename, "message": problem.message}
