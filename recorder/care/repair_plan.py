"""What has to change in a run that it be whole: pure reading, the changes are carried out in `recorder.care.repair`."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.content.payloads import with_media
from recorder.runs.files import Stray, files_in, find_file, open_file, strays_among
from recorder.runs.inspection import right_extension
from recorder.storage.index import RunIndex
from recorder.storage.lines import Record, group_of

ADOPT = "adopt"
RENAME = "rename"
DROP = "drop"
REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a repair.

    Attributes:
        kind: `adopt` (a file gets its entry), `rename` (a file gets its extension, and its entry with it), `drop` (a second
            name of a file is removed, its first one stays) or `rebuild` (the index is written anew).
        filename: What the file is called now.
        new_name: What it will be called.
        reason: Why.
    """

    kind: str
    filename: str
    new_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions, and the records that the index will hold once they are done."""

    actions: list[Action]
    records: list[Record]


OnFile = Callable[[str], object]
"""What is told the name of each file that is looked at, to show progress."""


@dataclass(slots=True)
class _Planner:
    folder: Path
    on_file: OnFile
    records: list[Record] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Names of files that are there or will be."""
    numbers: dict[str, set[int]] = field(default_factory=dict)
    """The numbers that the index has given away, by group."""
    highest: dict[str, int] = field(default_factory=dict)
    """The highest number in use by group, those of unknown files included."""

    def enter(self, record: Record) -> None:
        self.records.append(record)
        group, number = group_of(record.filename), record.entity["sequence"]
        self.count(group, number)
        self.numbers.setdefault(group, set()).add(number)

    def count(self, group: str, number: int) -> None:
        self.highest[group] = max(number, self.highest.get(group, 0))

    def right(self, name: str, entity: Mapping[str, Any]) -> str | None:
        """The extension that a file should have; one that cannot be read keeps its own."""
        try:
            return right_extension(self.folder / name, entity)
        except OSError:
            return None

    def free(self, name: str, extension: str) -> str:
        """`name` with another extension, made different from every file that is there."""
        below, slash, base = name.rpartition("/")
        stem = f"{below}{slash}{os.path.splitext(base)[0]}"
        new_name, attempt = f"{stem}.{extension}", 1
        while new_name in self.taken:
            attempt += 1
            new_name = f"{stem}_{attempt}.{extension}"
        self.taken.add(new_name)
        return new_name


def make_plan(folder: Path, index: RunIndex, memory: RunIndex, on_file: OnFile) -> Plan:
    """Plan the repair of a run. Only plain files are ever named in it, and none through a link.

    A repair that was stopped leaves files with two names: each has its new name before the index says so, and its old one until
    after. So an unknown file that is the same as a known one is a second name of it, and goes.

    Args:
        folder: The run folder.
        index: What its index says.
        memory: What its metadata.json says, broken ones too: entries that the index has lost.
        on_file: Called with the name of each file before it is looked at.

    Raises:
        OSError: The folder cannot be read.
    """
    planner = _Planner(folder, on_file)
    records = index.records
    places = [_place(folder, record.filename) for record in records]
    known = {record.filename for record in records} | {place for place in places if place is not None}
    found = strays_among(files_in(folder), known)
    strays = _each_once(planner, found, {place for place in places if place is not None})
    dropped = {action.filename for action in planner.actions}
    for stray in found:
        if stray.name not in dropped:
            planner.count(stray.group, stray.number)
            planner.taken.add(stray.name)
    planner.taken |= known
    claimed = _plan_entities(planner, list(zip(records, places, strict=True)), strays)
    lost = {record.filename: record for record in reversed(memory.records)}
    adopted = [stray for stray in strays if stray.name not in claimed]
    for stray in sorted(adopted, key=lambda stray: (stray.group, stray.number, stray.name)):
        _adopt(planner, stray, lost)
    return Plan(planner.actions, _in_order(planner.records, len(records)))


def _place(folder: Path, name: str) -> str | None:
    try:
        return find_file(folder, name)
    except (OSError, ValueError):  # not a plain file in the run, or a name that no file can have
        return None


def _each_once(planner: _Planner, strays: list[Stray], places: set[str]) -> list[Stray]:
    """The plain numbered files that the index does not name, each file once."""
    first = {_identity(planner.folder / place): place for place in places}
    left: list[Stray] = []
    # Of two unknown names of one file the wrong one is the older: it is what the file was called when it came.
    numbered = [stray for stray in strays if stray.number and stray.regular]
    for stray in sorted(numbered, key=lambda stray: (planner.right(stray.name, {"type": ""}) is None, stray.name)):
        name = first.setdefault(_identity(planner.folder / stray.name), stray.name)
        if name == stray.name:
            left.append(stray)
        else:
            planner.actions.append(Action(DROP, stray.name, stray.name, f"is the same file as {name}"))
    return left


def _identity(path: Path) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def _plan_entities(planner: _Planner, indexed: list[tuple[Record, str | None]], strays: list[Stray]) -> set[str]:
    """Correct the extensions of what the index names; the names of unknown files that turned out to belong to it."""
    renamed: dict[str, str] = {}
    by_stem: dict[str, list[Stray]] = {}
    for stray in strays:
        by_stem.setdefault(os.path.splitext(stray.name)[0], []).append(stray)
    for record, place in indexed:
        name = record.filename
        planner.on_file(name)
        if name not in renamed:
            renamed[name] = _plan_file(planner, place, record, by_stem.get(os.path.splitext(name)[0], []))
        planner.enter(record._replace(entity={**record.entity, "filename": renamed[name]}))
    return set(renamed.values())


def _plan_file(planner: _Planner, place: str | None, record: Record, alike: list[Stray]) -> str:
    """The name that an indexed file will have. `alike` are unknown files with its name but for the extension."""
    name = record.filename
    if place is not None:
        right = planner.right(place, record.entity)
        if right is None:
            return name
        new_name = planner.free(place, right)
        planner.actions.append(Action(RENAME, place, new_name, f"its content is {right}"))
        return new_name
    # Without hard links a repair that was stopped has moved the file, and the index does not say so yet.
    moved = [stray.name for stray in alike if _is_of(planner.folder, stray, record)]
    if len(moved) != 1:
        return name
    planner.actions.append(Action(RENAME, moved[0], moved[0], f"it is what the index calls {name}"))
    return moved[0]


def _is_of(folder: Path, stray: Stray, record: Record) -> bool:
    """Whether a file can be the one that was saved: by its SHA-256 where that is known, else by its size."""
    try:
        if record.sha256 is not None:
            return _measured(folder / stray.name)[1] == record.sha256
        return record.size is not None and os.lstat(folder / stray.name).st_size == record.size
    except OSError:
        return False


def _adopt(planner: _Planner, stray: Stray, lost: dict[str, Record]) -> None:
    """Give a file its entry: the one that the index has lost, or a new one. It keeps its number where that is free."""
    planner.on_file(stray.name)
    below, slash, base = stray.name.rpartition("/")
    head, _, rest = base.partition("_")
    stem, extension = os.path.splitext(rest)
    entity_type, number = stem or "file", stray.number
    path = planner.folder / stray.name
    written = datetime.fromtimestamp(os.lstat(path).st_mtime, UTC).isoformat(timespec="microseconds")
    entity: dict[str, Any] = {"timestamp": written, "metadata": {"adopted_from": stray.name}}
    reason = "copied in past the recorder"
    record = lost.get(stray.name)
    if record is not None:
        entity, reason = dict(record.entity), "its entry was found in metadata.json"
        entity_type = entity["type"]
    right = planner.right(stray.name, {**entity, "type": entity_type})
    new_name = stray.name
    if number in planner.numbers.get(stray.group, ()):
        number = planner.highest[stray.group] + 1
        new_name = f"{below}{slash}{number:0{len(head)}d}_{stem or 'file'}" + (f".{right}" if right else extension)
        reason += "; another entity has its number"
        planner.taken.add(new_name)
    elif right is not None:
        new_name = planner.free(stray.name, right)
    if right is not None:
        reason += f"; its content is {right}"
    if record is None:
        entity["metadata"] = with_media(right or extension[1:], path, entity["metadata"])
    entity = {"sequence": number, "type": entity_type, "filename": new_name, **_without_place(entity)}
    size, sha256 = _measured(path)
    planner.actions.append(Action(ADOPT, stray.name, new_name, reason))
    planner.enter(Record(entity, size, sha256))


def _measured(path: Path) -> tuple[int, str]:
    """The size of a file in bytes, and its SHA-256 in hexadecimal."""
    with open(open_file(path), "rb", buffering=0) as file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _without_place(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entity.items() if key not in ("sequence", "type", "filename")}


def _in_order(records: list[Record], indexed: int) -> list[Record]:
    """The records of the index as they stand, each adopted one before the first of its group with a higher number."""
    maxima: dict[str, list[int]] = {}
    places: dict[str, list[int]] = {}
    for place, record in enumerate(records[:indexed]):
        group, number = group_of(record.filename), record.entity["sequence"]
        so_far = maxima.setdefault(group, [])
        if not so_far or number > so_far[-1]:
            so_far.append(number)
            places.setdefault(group, []).append(place)
    keyed = [((place, 1, 0), record) for place, record in enumerate(records[:indexed])]
    for record in records[indexed:]:
        group, number = group_of(record.filename), record.entity["sequence"]
        higher = bisect_right(maxima.get(group, []), number)
        followers = places.get(group, [])[higher : higher + 1]
        keyed.append(((followers[0] if followers else indexed, 0, number), record))
    return [record for _, record in sorted(keyed, key=lambda pair: pair[0])]
