"""What has to change in a run that it be whole: pure reading, the changes are carried out in `recorder.care.repair`."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from recorder.care.inspection import FileFinder, Stray, right_extension, stray_files
from recorder.content.payloads import with_media
from recorder.storage.index import RunIndex
from recorder.storage.json_values import dump
from recorder.storage.lines import Record, group_of

ADOPT = "adopt"
RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a repair.

    Attributes:
        kind: `adopt` (a file gets its entry), `rename` (a file gets its extension, and its entry with it) or `rebuild`
            (the index is written anew).
        filename: The file as the index calls it, or as it is called now.
        new_name: What it will be called.
        reason: Why.
        moved: What it is called now, where an interrupted repair has renamed it already.
    """

    kind: str
    filename: str
    new_name: str
    reason: str
    moved: str | None = None

    @property
    def current(self) -> str:
        """What the file is called now."""
        return self.filename if self.moved is None else self.moved


class Renamed(Protocol):
    """A rename that an interrupted repair has begun."""

    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions, and the records that the index will hold once they are done."""

    actions: list[Action]
    records: list[Record]


@dataclass(slots=True)
class _Entry:
    entity: dict[str, Any]
    size: int | None
    group: str


@dataclass(slots=True)
class _Planner:
    folder: Path
    finder: FileFinder
    entries: list[_Entry] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Names of files that are there or will be."""
    numbers: dict[str, set[int]] = field(default_factory=dict)
    """The numbers that the index has given away, by group."""
    highest: dict[str, int] = field(default_factory=dict)
    """The highest number in use by group, those of unknown files included."""

    def enter(self, entry: _Entry) -> None:
        self.entries.append(entry)
        self.count(entry.group, entry.entity["sequence"])
        self.numbers.setdefault(entry.group, set()).add(entry.entity["sequence"])

    def count(self, group: str, number: int) -> None:
        self.highest[group] = max(number, self.highest.get(group, 0))

    def right(self, name: str, entity: dict[str, Any]) -> str | None:
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


def make_plan(folder: Path, index: RunIndex, memory: RunIndex, interrupted: Iterable[Renamed]) -> Plan:
    """Plan the repair of a run.

    Args:
        folder: The run folder.
        index: What its index says.
        memory: What its metadata.json says, broken ones too: entries that the index has lost.
        interrupted: Renames that an earlier repair has begun.

    Raises:
        OSError: The folder cannot be read.
    """
    planner = _Planner(folder, FileFinder(folder))
    moved, second_names = _moved(folder, interrupted)
    entities = index.entities()
    found = [planner.finder.find(entity["filename"]) for entity in entities]
    known = {entity["filename"] for entity in entities} | {file[0] for file in found if file}
    strays = [stray for stray in stray_files(folder, known) if stray.name not in second_names]
    planner.taken |= known | {stray.name for stray in strays}
    for stray in strays:
        planner.count(stray.group, stray.number)
    claimed = _plan_entities(planner, entities, index.sizes, moved)
    lost = {record.filename: record for record in reversed(memory.records())}
    was = {new: old for old, new in moved.items()}
    adopted = [stray for stray in strays if stray.number and stray.regular and stray.name not in claimed]
    for stray in sorted(adopted, key=lambda stray: (stray.group, stray.number, stray.name)):
        _adopt(planner, stray, lost, was)
    return Plan(planner.actions, [
        Record(e.entity["sequence"], e.entity["type"], e.entity["filename"], dump(e.entity), e.size)
        for e in _in_order(planner.entries, len(entities))
    ])  # fmt: skip


def _moved(folder: Path, interrupted: Iterable[Renamed]) -> tuple[dict[str, str], set[str]]:
    """Old and new names of files that were renamed, and the new names of those that have both."""
    moved: dict[str, str] = {}
    second_names: set[str] = set()
    for rename in interrupted:
        old, new = folder / rename.old, folder / rename.new
        if not new.is_file():
            continue
        status = new.stat()
        if not old.exists():
            if (status.st_size, status.st_mtime_ns) == (rename.size, rename.mtime_ns):
                moved[rename.old] = rename.new
        elif os.path.samefile(old, new) or (status.st_size == 0 and rename.size > 0):
            second_names.add(rename.new)
    return moved, second_names


def _plan_entities(planner: _Planner, entities: list[dict[str, Any]], sizes: list[int | None], moved: dict[str, str]) -> set[str]:
    """Correct the extensions of what the index names; the names of files that turned out to belong to it."""
    renamed: dict[str, str] = {}
    for entity, size in zip(entities, sizes, strict=True):
        name = entity["filename"]
        if name not in renamed:
            renamed[name] = _plan_file(planner, name, entity, moved)
        planner.enter(_Entry({**entity, "filename": renamed[name]}, size, group_of(name)))
    return set(renamed.values())


def _plan_file(planner: _Planner, name: str, entity: dict[str, Any], moved: dict[str, str]) -> str:
    """The name that an indexed file will have."""
    found = planner.finder.find(name)
    if found is not None:
        right = planner.right(found[0], entity)
        if right is None:
            return name
        new_name = planner.free(found[0], right)
        planner.actions.append(Action(RENAME, found[0], new_name, f"its content is {right}"))
        return new_name
    if name not in moved:
        return name
    new_name = moved[name]
    reason = "an interrupted repair has renamed it"
    planner.actions.append(Action(RENAME, name, new_name, reason, moved=new_name))
    return new_name


def _adopt(planner: _Planner, stray: Stray, lost: dict[str, Record], was: dict[str, str]) -> None:
    """Give a file its entry: the one that the index has lost, or a new one. It keeps its number where that is free."""
    below, slash, base = stray.name.rpartition("/")
    head, _, rest = base.partition("_")
    stem, extension = os.path.splitext(rest)
    entity_type, number = stem or "file", stray.number
    status = os.stat(planner.folder / stray.name)
    written = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="microseconds")
    entity: dict[str, Any] = {"timestamp": written, "metadata": {"adopted_from": was.get(stray.name, stray.name)}}
    reason = "copied in past the recorder"
    record = lost.get(stray.name) or lost.get(was.get(stray.name, ""))
    if record is not None:
        entity, reason = json.loads(record.json), "its entry was found in metadata.json"
        entity_type = record.entity_type
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
        entity["metadata"] = with_media(right or extension[1:], planner.folder / stray.name, entity["metadata"])
    entity = {"sequence": number, "type": entity_type, "filename": new_name, **_without_place(entity)}
    planner.actions.append(Action(ADOPT, stray.name, new_name, reason))
    planner.enter(_Entry(entity, status.st_size, stray.group))


def _without_place(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entity.items() if key not in ("sequence", "type", "filename")}


def _in_order(entries: list[_Entry], indexed: int) -> list[_Entry]:
    """The entries of the index as they stand, each adopted one before the first of its group with a higher number."""
    maxima: dict[str, list[int]] = {}
    places: dict[str, list[int]] = {}
    for place, entry in enumerate(entries[:indexed]):
        so_far = maxima.setdefault(entry.group, [])
        if not so_far or entry.entity["sequence"] > so_far[-1]:
            so_far.append(entry.entity["sequence"])
            places.setdefault(entry.group, []).append(place)
    keyed = [((place, 1, 0), entry) for place, entry in enumerate(entries[:indexed])]
    for entry in entries[indexed:]:
        number = entry.entity["sequence"]
        higher = bisect_right(maxima.get(entry.group, []), number)
        followers = places.get(entry.group, [])[higher : higher + 1]
        keyed.append(((followers[0] if followers else indexed, 0, number), entry))
    return [entry for _, entry in sorted(keyed, key=lambda pair: pair[0])]
