"""Looks a run over: what is in it, and what is wrong with it. Nothing here writes."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from recorder.content.media_types import (
    ACTIVE_EXTENSIONS,
    HEAD_SIZE,
    detect_extension,
    fits,
    has_signature,
    kind_of_extension,
    same_format,
)
from recorder.content.signatures import is_text
from recorder.storage.index import OLD_FINAL_FOLDER, RunIndex
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lines import group_of, number_of
from recorder.storage.reading import RunReader
from recorder.storage.snapshot import LATEST, SNAPSHOT_NAME

BROKEN_PREFIX = f"{SNAPSHOT_NAME}.broken"
"""What a metadata.json that cannot be read is renamed to."""

MISSING = "missing"
OUTSIDE = "outside"
UNREADABLE = "unreadable"
SIZE = "size"
TYPE = "type"
NUMBER = "number"
ORPHAN = "orphan"
INDEX = "index"

_LOOKS = 5
_RECENT = 2.0  # seconds
_SAVE = 0.05  # seconds; many times what a save takes from the file's name to its entry
# A player finds the first frame behind whatever stands before it; a look at the head does not.
_FOUND_BY_A_FRAME = frozenset({"mp3", "aac", "ts", "mts", "m2ts", "mpg", "mpeg"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a run.

    Attributes:
        kind: `missing`, `outside`, `unreadable`, `size`, `type`, `number`, `orphan` or `index`.
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
        files: Where each entity's file is, relative to the run folder; None where it is missing.
        sizes: The size in bytes of each of them as it is.
        problems: What is wrong, in order of the entities, orphans and the index last.
        unnumbered: Files that are no part of the run and bear no number; they may belong there.
        changed: When anything in the folder was last changed, in seconds since the epoch.
    """

    folder: Path
    info: dict[str, Any]
    state: dict[str, Any]
    entities: list[dict[str, Any]]
    files: list[str | None]
    sizes: list[int | None]
    problems: list[Problem]
    unnumbered: list[str]
    changed: float


@dataclass(frozen=True, slots=True)
class Stray:
    """A file that the index does not name.

    Attributes:
        name: Its path relative to the run folder.
        group: The group that it would belong to.
        number: The number that it bears, 0 for none.
        regular: Whether it is a plain file, and no link, pipe or device.
    """

    name: str
    group: str
    number: int
    regular: bool


def inspect_run(folder: Path, verify: bool = True) -> Run:
    """Look one run over.

    What a run shows while it is being written is no problem, so it is looked at again where that may be the reason.

    Args:
        folder: The run folder.
        verify: Look into every file for its type as well; otherwise only names and sizes are read, and no problem is noted.

    Raises:
        OSError: The folder cannot be read.
    """
    run = _look(folder, verify, None)
    for _ in range(_LOOKS - 1):
        if not run.problems or not _was_just_written(folder):
            break
        behind = any(problem.kind == INDEX for problem in run.problems)
        time.sleep(LATEST + 0.1 if behind else _SAVE)
        former, run = run, _look(folder, verify, len(run.entities))
        if run.problems == former.problems:
            break
    return run


def _was_just_written(folder: Path) -> bool:
    """Whether a writer may be at work."""
    paths = (folder, folder / JOURNAL_NAME, folder / SNAPSHOT_NAME)
    found = [status.st_mtime for path in paths if (status := _status(path)) is not None]
    return time.time() - max(found, default=0.0) < _RECENT


def _look(folder: Path, verify: bool, seen: int | None) -> Run:
    """One look; `seen` is how many entities the look before has found."""
    names = list(_files(folder))  # before the index: what is saved from here on is in the index and not in this list
    reader = RunReader(folder, {"run_id": folder.name})
    with reader.view() as index:
        entities, recorded = index.entities(), list(index.sizes)
        info, state = dict(index.info), index.current_state()
        index_problems = list(_index_problems(reader, index, seen)) if verify else []
    finder = FileFinder(folder)
    files: list[str | None] = []
    sizes: list[int | None] = []
    changed = os.stat(folder).st_mtime
    for entity in entities:
        found = finder.find(entity["filename"])
        files.append(found and found[0])
        sizes.append(found and found[1].st_size)
        changed = max(changed, found[1].st_mtime) if found else changed
    known = {entity["filename"] for entity in entities} | {name for name in files if name is not None}
    strays = sorted((stray for stray in names if stray.name not in known), key=lambda stray: stray.name)
    run = Run(folder, info, state, entities, files, sizes, [], [s.name for s in strays if not s.number], changed)
    if verify:
        run.problems.extend(_entity_problems(run, recorded, finder))
        run.problems.extend(_orphans(strays))
        run.problems.extend(index_problems)
    return run


def stray_files(folder: Path, known: set[str]) -> list[Stray]:
    """The files of a run that are not in `known`; hidden ones and those of runs below it are not looked at."""
    return [stray for stray in _files(folder) if stray.name not in known]


def _files(folder: Path) -> Iterator[Stray]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", BROKEN_PREFIX)) or entry.name in (JOURNAL_NAME, SNAPSHOT_NAME):
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield Stray(entry.name, "", number_of(entry.name), entry.is_file(follow_symlinks=False))
            elif not any(os.path.isfile(os.path.join(entry, name)) for name in (JOURNAL_NAME, SNAPSHOT_NAME)):
                yield from _group_files(entry)


def _group_files(group: os.DirEntry[str]) -> Iterator[Stray]:
    with os.scandir(group) as entries:
        for entry in entries:
            name = f"{group.name}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield Stray(f"{name}/", "", 0, False)  # groups have no groups
            elif not entry.name.startswith("."):
                yield Stray(name, group_of(name), number_of(entry.name), entry.is_file(follow_symlinks=False))


class FileFinder:
    """Finds the files that the index of one run names, and never another one, whatever the index says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._real = folder.resolve()
        self._inside: dict[str, bool] = {}

    def is_outside(self, filename: str) -> bool:
        """Whether a name leads out of the run folder, by what it says or by a linked folder."""
        parts = filename.replace("\\", "/").split("/")
        if ".." in parts or filename.startswith(("/", "\\")) or "\0" in filename or PureWindowsPath(filename).drive:
            return True
        group = filename.rpartition("/")[0]
        if group not in self._inside:
            try:
                self._inside[group] = (self._folder / group).resolve().is_relative_to(self._real)
            except (OSError, ValueError, RuntimeError):  # no name that a file can have, or links in a circle
                self._inside[group] = False
        return not self._inside[group]

    def find(self, filename: str) -> tuple[str, os.stat_result] | None:
        """The path relative to the run folder, and its status; old runs may have moved it to `final/`."""
        for name in (filename, f"{OLD_FINAL_FOLDER}/{filename}"):
            if self.is_outside(name):
                continue
            status = _status(self._folder / name)
            if status is not None and stat.S_ISREG(status.st_mode):
                return name, status
        return None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def _entity_problems(run: Run, recorded: list[int | None], finder: FileFinder) -> Iterator[Problem]:
    numbers: dict[tuple[str, int], str] = {}
    names: set[str] = set()
    for entity, expected, file, size in zip(run.entities, recorded, run.files, run.sizes, strict=True):
        name = entity["filename"]
        if name in names:
            yield Problem(NUMBER, name, "is in the index more than once")
            continue
        names.add(name)
        first = numbers.setdefault((name.rpartition("/")[0], entity["sequence"]), name)
        if first != name:
            yield Problem(NUMBER, name, f"has the number of {first}")
        if file is None:
            if finder.is_outside(name):
                yield Problem(OUTSIDE, name, "is in the index and leads out of the run folder")
            else:
                yield Problem(MISSING, name, "is in the index and not in the folder")
            continue
        if expected is not None and size != expected:
            yield Problem(SIZE, name, f"has {size} bytes and was saved with {expected}")
        try:
            right = right_extension(run.folder / file, entity)
        except OSError as error:
            yield Problem(UNREADABLE, name, f"cannot be read: {error.strerror or error}")
            continue
        if right is not None:
            own = Path(name).suffix[1:] or "file of unknown type"
            yield Problem(TYPE, name, f"is no {own} by its content; its extension should be {right}")


def _orphans(strays: list[Stray]) -> Iterator[Problem]:
    for stray in strays:
        if stray.number and stray.regular:
            yield Problem(ORPHAN, stray.name, "lies in the folder and is not in the index")
        elif stray.number:
            yield Problem(ORPHAN, stray.name, "is not in the index, and no plain file but a link or the like")


def right_extension(path: Path, entity: Mapping[str, Any]) -> str | None:
    """The extension that an entity's file should have by its content, None when its own is right.

    Content that is not recognised is doubted only where the extension's format always is, and nobody declared it. Text under
    a text's name is text, also when it is SVG or begins like a PDF.

    Raises:
        OSError: The file cannot be read.
    """
    own = path.suffix[1:].lower()
    with open(path, "rb") as file:
        head = file.read(HEAD_SIZE)
    detected = detect_extension(head)
    if detected is None:
        metadata = entity.get("metadata")
        declared = isinstance(metadata, dict) and metadata.get("format") == own
        doubtful = has_signature(own) and own not in _FOUND_BY_A_FRAME and not declared
        return "bin" if head and doubtful else None
    if same_format(detected, own) or not fits(entity["type"], detected):
        return None
    if detected in ACTIVE_EXTENSIONS - {"svg"}:
        return None
    if is_text(head) and (kind_of_extension(own) == "text" or own in ACTIVE_EXTENSIONS):
        return None
    return detected


def _index_problems(reader: RunReader, index: RunIndex, seen: int | None) -> Iterator[Problem]:
    if reader.snapshot_broken:
        yield Problem(INDEX, SNAPSHOT_NAME, "cannot be read, and there is no journal")
        return
    if index.damaged_lines:
        where = JOURNAL_NAME if reader.has_journal else SNAPSHOT_NAME
        count = index.damaged_lines
        yield Problem(INDEX, where, f"{count} {'entry' if count == 1 else 'entries'} cannot be read")
    snapshot = reader.read_snapshot()
    if snapshot is None:
        yield Problem(INDEX, SNAPSHOT_NAME, "is missing")
    elif reader.has_journal and snapshot != index.snapshot() and not _follows(snapshot, index, seen):
        yield Problem(INDEX, SNAPSHOT_NAME, "does not say what the journal says")


def _follows(snapshot: bytes, index: RunIndex, seen: int | None) -> bool:
    """Whether metadata.json is merely a moment away from the journal: it has all that was there a moment ago."""
    if seen is None:
        return False
    try:
        shown = json.loads(snapshot)["entities"]
        common = min(len(shown), len(index))
        return len(index) > seen and len(shown) >= seen and bool(shown[:common] == index.entities()[:common])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
