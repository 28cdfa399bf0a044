"""What is wrong with a run: its files compared with its index, and with their own content. Nothing here writes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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
from recorder.runs.files import Stray, files_in, find_file, open_file, read_file, strays_among
from recorder.runs.opened import OpenedIndex, open_index
from recorder.storage.index import RunIndex
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lines import Record, group_of
from recorder.storage.paths import RefusedPath, check_open_file, leads_outside
from recorder.storage.reading import RunReader
from recorder.storage.snapshot import LATEST, SNAPSHOT_NAME

MISSING = "missing"
OUTSIDE = "outside"
UNREADABLE = "unreadable"
SIZE = "size"
CONTENT = "content"
TYPE = "type"
NUMBER = "number"
ORPHAN = "orphan"
INDEX = "index"
IDENTITY = "identity"

_LOOKS = 5
_RECENT = 2.0  # seconds
_SAVE = 0.05  # seconds; many times what a save takes from the file's name to its entry
# A player finds the first frame behind whatever stands before it; a look at the head does not.
_FOUND_BY_A_FRAME = frozenset({"mp3", "aac", "ts", "mts", "m2ts", "mpg", "mpeg"})
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a run.

    Attributes:
        kind: `missing`, `outside`, `unreadable`, `size`, `content`, `type`, `number`, `orphan`, `index` or `identity`.
        filename: The file, relative to the run folder.
        message: What is wrong.
    """

    kind: str
    filename: str
    message: str


def find_problems(
    opened: OpenedIndex, on_file: Callable[[str], object] | None = None, *, index_alone: bool = False
) -> list[Problem]:
    """What is wrong with a run, in order of its entities, orphans and the index last; with `index_alone` no file is looked at.

    What a run shows while it is being written is no problem, so it is looked at again where that may be the reason.

    Raises:
        OSError: The folder cannot be read.
    """
    opened, problems = _look(opened, None, on_file, index_alone)
    for _ in range(_LOOKS - 1):
        if not problems or not _was_just_written(opened.folder):
            break
        behind = any(problem.kind == INDEX for problem in problems)
        time.sleep(LATEST + 0.1 if behind else _SAVE)
        former = problems
        opened, problems = _look(opened, len(opened.index), None, index_alone)
        if problems == former:
            break
    return problems


def _was_just_written(folder: Path) -> bool:
    """Whether a writer may be at work."""
    newest = 0.0
    for path in (folder, folder / JOURNAL_NAME, folder / SNAPSHOT_NAME):
        try:
            newest = max(newest, os.lstat(path).st_mtime)
        except OSError:
            continue
    return time.time() - newest < _RECENT


def _look(
    opened: OpenedIndex, seen: int | None, on_file: Callable[[str], object] | None, index_alone: bool
) -> tuple[OpenedIndex, list[Problem]]:
    """One look, and the index as of then; `seen` is how many entities the look before has found."""
    folder = opened.folder
    files = files_in(folder)  # before the index: what is saved from here on is in the index and not in this list
    if not opened.is_current():
        opened = open_index(folder)
    problems: list[Problem] = []
    if not index_alone:
        check = Check(folder, files, on_file)
        for record in opened.index.records:
            problems.extend(check.entity(record))
        problems.extend(_orphans(strays_among(files, check.known)))
    problems.extend(_index_problems(opened, seen))
    return opened, problems


class Check:
    """Compares the entities of one run, one after the other, with its files."""

    def __init__(self, folder: Path, files: Mapping[str, bool], on_file: Callable[[str], object] | None = None) -> None:
        """`files` are those of the folder, as `files_in` lists them."""
        self._folder = folder
        self._prefix = os.path.join(folder, "")
        self._files = files
        self._on_file = on_file
        self._numbers: dict[tuple[str, int], str] = {}
        self.known: set[str] = set()
        """Names and places of the entities so far."""

    def entity(self, record: Record) -> list[Problem]:
        """What is wrong with one entity. Its file is read."""
        if self._on_file is not None:
            self._on_file(record.filename)
        place, problems = self.find(record)
        if place is None:
            return problems
        try:
            head, size, sha256 = _read(self._prefix + place, record, self._on_file, listed=self._files.get(place, False))
        except OSError as error:
            return [*problems, Problem(_kind(error, place), record.filename, _reason(error))]
        return problems + judged(record, head, size, sha256)

    def find(self, record: Record) -> tuple[str | None, list[Problem]]:
        """Where an entity's file is, relative to the run folder, None if it is not to be read; what is wrong with its name."""
        name = record.filename
        if name in self.known:
            return None, [Problem(NUMBER, name, "is in the index more than once")]
        self.known.add(name)
        problems = []
        first = self._numbers.setdefault((group_of(name), record.entity["sequence"]), name)
        if first is not name:
            problems.append(Problem(NUMBER, name, f"has the number of {first}"))
        if self._files.get(name):  # the list of files is asked first, because that is fast
            return name, problems
        try:
            place = find_file(self._folder, name)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            return None, [*problems, Problem(_kind(error, name), name, _reason(error))]
        if place is None:
            return None, [*problems, Problem(MISSING, name, "is in the index and not in the folder")]
        self.known.add(place)
        return place, problems


def _kind(error: Exception, name: str) -> str:
    return OUTSIDE if isinstance(error, RefusedPath) and (leads_outside(name) or "/" in name) else UNREADABLE


def _reason(error: Exception) -> str:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return reason if isinstance(error, RefusedPath) else f"cannot be read: {reason}"


def judged(record: Record, head: bytes, size: int, sha256: str | None) -> list[Problem]:
    """What is wrong with an entity's file that begins like this, and has this size and SHA-256."""
    problems, name = [], record.filename
    if record.size is not None and size != record.size:
        problems.append(Problem(SIZE, name, f"has {size} bytes and was saved with {record.size}"))
    elif sha256 != record.sha256:
        problems.append(Problem(CONTENT, name, "has other bytes than were saved: its SHA-256 differs"))
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    own = extension.lower() if dot and stem else ""
    right = extension_by_content(head, own, record.entity)
    if right is not None:
        what = f"is no {own or 'file of unknown type'} by its content; its extension should be {right}"
        problems.append(Problem(TYPE, name, what))
    return problems


def _read(path: str, record: Record, on_file: Callable[[str], object] | None, *, listed: bool) -> tuple[bytes, int, str | None]:
    """The first bytes of a file, its size, and its SHA-256 if that was kept when it was saved.

    Raises:
        OSError: It cannot be read, or is no plain file.
    """
    descriptor = open_file(path, listed=listed)
    try:
        if record.sha256 is None:
            return os.read(descriptor, HEAD_SIZE), os.fstat(descriptor).st_size, None
        content = os.read(descriptor, _PIECE)
        head, size, hasher = content[:HEAD_SIZE], len(content), hashlib.sha256(content)
        if size == _PIECE:
            check_open_file(path, descriptor)  # a device has no end
        while len(content) == _PIECE and (content := os.read(descriptor, _PIECE)):
            hasher.update(content)
            size += len(content)
            if on_file is not None:
                on_file(record.filename)
        return head, size, hasher.hexdigest()
    finally:
        os.close(descriptor)


def _orphans(strays: Iterable[Stray]) -> Iterator[Problem]:
    for stray in strays:
        if stray.number and stray.regular:
            yield Problem(ORPHAN, stray.name, "lies in the folder and is not in the index")
        elif stray.number:
            yield Problem(ORPHAN, stray.name, "is not in the index, and no plain file but a link or the like")


def right_extension(path: Path, entity: Mapping[str, Any]) -> str | None:
    """The extension that an entity's file should have by its content, None when its own is right.

    Raises:
        OSError: The file cannot be read, or is no plain file.
    """
    return extension_by_content(read_file(path, HEAD_SIZE), path.suffix[1:].lower(), entity)


def extension_by_content(head: bytes, own: str, entity: Mapping[str, Any]) -> str | None:
    """The extension that content should have, None when `own` is right.

    Content that is not recognised is doubted only where the extension's format always is, and nobody declared it. Text under
    a text's name is text, also when it is SVG or begins like a PDF.
    """
    if kind_of_extension(own) == "text" and is_text(head):
        return None
    detected = detect_extension(head)
    if detected is None:
        metadata = entity.get("metadata")
        declared = isinstance(metadata, dict) and metadata.get("format") == own
        doubtful = has_signature(own) and own not in _FOUND_BY_A_FRAME and not declared
        return "bin" if head and doubtful else None
    if same_format(detected, own) or not fits(entity["type"], detected):
        return None
    if detected in ACTIVE_EXTENSIONS - {"svg"} or (own in ACTIVE_EXTENSIONS and is_text(head)):
        return None
    return detected


def _index_problems(opened: OpenedIndex, seen: int | None) -> Iterator[Problem]:
    reader, index = opened.reader, opened.index
    if (unread := opened.unread()) is not None:
        yield Problem(INDEX, *unread)
    if reader.snapshot_broken:
        return
    yield from _snapshot_problems(reader, index, seen)
    run_id = index.info.get("run_id")
    if isinstance(run_id, str) and run_id not in os.fspath(opened.folder.resolve()):
        yield Problem(IDENTITY, SNAPSHOT_NAME, f"says that it is run {run_id}, which its folder does not: a copy, or renamed")


def _snapshot_problems(reader: RunReader, index: RunIndex, seen: int | None) -> Iterator[Problem]:
    try:
        snapshot = reader.read_snapshot()
    except RefusedPath as error:
        yield Problem(INDEX, SNAPSHOT_NAME, str(error.strerror))
        return
    if snapshot is None:
        yield Problem(INDEX, SNAPSHOT_NAME, "is missing")
    elif reader.has_journal and not index.says(snapshot) and not _follows(snapshot, index, seen):
        yield Problem(INDEX, SNAPSHOT_NAME, "does not say what the journal says")


def _follows(snapshot: bytes, index: RunIndex, seen: int | None) -> bool:
    """Whether metadata.json is merely a moment away from the journal: it has all that was there a moment ago."""
    if seen is None:
        return False
    try:
        shown = json.loads(snapshot)["entities"]
        common = min(len(shown), len(index))
        return (
            len(index) > seen
            and len(shown) >= seen
            and bool(shown[:common] == [record.entity for record in index.records[:common]])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
