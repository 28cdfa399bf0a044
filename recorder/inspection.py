"""Looks a run over: what is in it, and what is wrong with it. Nothing here writes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.index import RunIndex, group_of, number_of
from recorder.journal import JOURNAL_NAME
from recorder.storage import LOCK_NAME
from recorder.media_types import HEAD_SIZE, detect_extension, fits, has_signature, same_format
from recorder.reading import RunReader
from recorder.snapshot import LATEST, SNAPSHOT_NAME

OWN_FILES = frozenset({JOURNAL_NAME, SNAPSHOT_NAME, LOCK_NAME})

MISSING = "missing"
SIZE = "size"
TYPE = "type"
NUMBER = "number"
ORPHAN = "orphan"
INDEX = "index"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a run.

    Attributes:
        kind: `missing`, `size`, `type`, `number`, `orphan` or `index`.
        filename: The file, relative to the run folder.
        message: What is wrong.
    """

    kind: str
    filename: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it was found.

    Attributes:
        folder: The run folder.
        info: What it says of itself: run_id, config_name, ...
        state: Stage, step and progress.
        entities: The index's entries, in order.
        sizes: The size in bytes of each entity's file as it is, None where it is missing.
        problems: What is wrong, in order of the entities, orphans and the index last.
        unnumbered: Files that are no part of the run and bear no number; they may belong there.
        changed: When anything in the folder was last changed, in seconds since the epoch.
    """

    folder: Path
    info: dict[str, Any]
    state: dict[str, Any]
    entities: list[dict[str, Any]]
    sizes: list[int | None]
    problems: list[Problem]
    unnumbered: list[str]
    changed: float


def inspect_run(folder: Path, verify: bool = True) -> Run:
    """Look one run over.

    Args:
        folder: The run folder.
        verify: Look into every file for its type as well; otherwise only names and sizes are read, and no problem is noted.

    Raises:
        OSError: The folder cannot be read.
    """
    reader = RunReader(folder, {"run_id": folder.name})
    with reader.view() as index:
        entities, recorded = index.entities(), list(index.sizes)
        info, state = dict(index.info), index.current_state()
        problems = list(_index_problems(folder, reader, index)) if verify else []
    sizes: list[int | None] = []
    changed = os.stat(folder).st_mtime
    for entity in entities:
        status = _status(folder / entity["filename"])
        sizes.append(None if status is None else status.st_size)
        changed = changed if status is None else max(changed, status.st_mtime)
    strays = sorted(stray_files(folder, {entity["filename"] for entity in entities}))
    unnumbered = [name for name in strays if not number_of(name.rpartition("/")[2])]
    if verify:
        found = [*_entity_problems(folder, entities, recorded, sizes), *_orphans(strays, set(unnumbered))]
        problems = [*found, *problems]
    return Run(folder, info, state, entities, sizes, problems, unnumbered, changed)


def stray_files(folder: Path, known: set[str]) -> Iterator[str]:
    """Files of a run folder that the index does not name, relative to it; hidden ones are not looked at."""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(path).relative_to(folder).as_posix()
        for name in files:
            relative = name if below == "." else f"{below}/{name}"
            broken = name.startswith(f"{SNAPSHOT_NAME}.broken")
            if relative not in known and not name.startswith(".") and not (below == "." and (name in OWN_FILES or broken)):
                yield relative


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _entity_problems(
    folder: Path, entities: list[dict[str, Any]], recorded: list[int | None], sizes: list[int | None]
) -> Iterator[Problem]:
    numbers: dict[tuple[str, int], str] = {}
    for entity, expected, size in zip(entities, recorded, sizes, strict=True):
        name = entity["filename"]
        first = numbers.setdefault((group_of(name), entity["sequence"]), name)
        if first != name:
            yield Problem(NUMBER, name, f"has the number of {first}")
        if size is None:
            yield Problem(MISSING, name, "is in the index and not in the folder")
            continue
        if expected is not None and size != expected:
            yield Problem(SIZE, name, f"has {size} bytes and was saved with {expected}")
        right = right_extension(folder / name, entity["type"])
        if right is not None:
            yield Problem(TYPE, name, f"is no {name.rpartition('.')[2]} by its content; its extension should be {right}")


def _orphans(strays: list[str], unnumbered: set[str]) -> Iterator[Problem]:
    for name in strays:
        if name not in unnumbered:
            yield Problem(ORPHAN, name, "lies in the folder and is not in the index")


def right_extension(path: Path, entity_type: str) -> str | None:
    """The extension that a file should have by its content, None when its own is right.

    Content that is not recognised is doubted only where the extension's format always is.
    """
    own = path.suffix[1:].lower()
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_SIZE)
    except OSError:
        return None
    detected = detect_extension(head)
    if detected is not None:
        if same_format(detected, own) or not fits(entity_type, detected):
            return None
        return detected
    return "bin" if head and has_signature(own) else None


def _index_problems(folder: Path, reader: RunReader, index: RunIndex) -> Iterator[Problem]:
    if reader.snapshot_broken:
        yield Problem(INDEX, SNAPSHOT_NAME, "cannot be read, and there is no journal")
        return
    if index.damaged_lines:
        where = JOURNAL_NAME if reader.has_journal else SNAPSHOT_NAME
        count = index.damaged_lines
        yield Problem(INDEX, where, f"{count} {'entry' if count == 1 else 'entries'} cannot be read")
    if reader.has_journal and reader.read_snapshot() != index.snapshot():
        # A run that is being written may be behind for so long.
        time.sleep(LATEST + 0.1)
        fresh = RunReader(folder, {"run_id": folder.name})
        with fresh.view() as again:
            snapshot = fresh.read_snapshot()
            if snapshot is None:
                yield Problem(INDEX, SNAPSHOT_NAME, "is missing")
            elif snapshot != again.snapshot():
                yield Problem(INDEX, SNAPSHOT_NAME, "does not say what the journal says")
