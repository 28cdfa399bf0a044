"""Makes a run whole again: files that came in past the recorder, wrong extensions, a broken index."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.index import Record, RunIndex, group_of, number_of
from recorder.inspection import INDEX, inspect_run, right_extension, stray_files
from recorder.journal import JOURNAL_NAME
from recorder.jsonvalues import dump
from recorder.snapshot import SNAPSHOT_NAME
from recorder.storage import RunStorage

BACKUP_PREFIX = ".recorder-backup-"

ADOPT = "adopt"
RENAME = "rename"
REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a repair.

    Attributes:
        kind: `adopt` (a file gets its entry), `rename` (a file gets its extension, and its entry with it) or `rebuild`
            (the index is written anew).
        filename: The file as it is called now.
        new_name: What it will be called.
        reason: Why.
    """

    kind: str
    filename: str
    new_name: str
    reason: str


def plan_repair(folder: Path) -> list[Action]:
    """What a repair would do, in order; empty when there is nothing to do.

    Raises:
        OSError: The folder cannot be read.
    """
    storage = RunStorage(folder, {"run_id": folder.name})
    with storage.view() as index:
        actions, _ = _changes(folder, index)
    broken = [problem for problem in inspect_run(folder).problems if problem.kind == INDEX]
    return actions + [Action(REBUILD, p.filename, p.filename, p.message) for p in broken]


def repair(folder: Path) -> tuple[list[Action], Path]:
    """Carry the repair out, and say what was done and where the old index lies.

    The journal and metadata.json are copied to a hidden folder of the run first, with a list of the renamed files. No
    file is overwritten or removed.

    Raises:
        OSError: A file cannot be renamed or written; what was done until then is in the index.
    """
    rebuilds = [action for action in plan_repair(folder) if action.kind == REBUILD]
    backup = _new_backup(folder)
    storage = RunStorage(folder, {"run_id": folder.name})
    done: list[Action] = []

    def change(index: RunIndex) -> list[Record]:
        actions, records = _changes(folder, index)
        with open(backup / "renamed.txt", "w", encoding="utf-8") as log:
            for action in actions:
                if action.new_name != action.filename:
                    log.write(f"{action.filename}\t{action.new_name}\n")
                    log.flush()
                    _rename(folder / action.filename, folder / action.new_name)
        done.extend(actions)
        return records

    try:
        storage.rewrite(change)
    finally:
        storage.close()
    return done + rebuilds, backup


def _new_backup(folder: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    backup = folder / f"{BACKUP_PREFIX}{stamp}"
    backup.mkdir()
    for name in (JOURNAL_NAME, SNAPSHOT_NAME):
        if (folder / name).exists():
            shutil.copy2(folder / name, backup / name)
    return backup


def _rename(old: Path, new: Path) -> None:
    """Rename without ever overwriting: a link of the new name, then the old one goes."""
    try:
        os.link(old, new)
    except FileExistsError:
        raise
    except OSError:  # no hard links here
        if new.exists():
            raise FileExistsError(f"{new} exists") from None
        os.rename(old, new)
        return
    os.unlink(old)


def _changes(folder: Path, index: RunIndex) -> tuple[list[Action], list[Record]]:
    """The renames and adoptions, and the records that the index will hold."""
    actions: list[Action] = []
    entities: list[tuple[dict[str, Any], int | None]] = []
    taken = {entity["filename"] for entity in index.entities()}
    strays = sorted(stray_files(folder, taken), key=lambda name: (group_of(name), number_of(name.rpartition("/")[2]), name))
    on_disk = set(taken) | set(strays)
    for entity, size in zip(index.entities(), index.sizes, strict=True):
        right = right_extension(folder / entity["filename"], entity["type"])
        if right is not None:
            new_name = _free(entity["filename"], right, on_disk)
            reason = f"its content is {right}"
            actions.append(Action(RENAME, entity["filename"], new_name, reason))
            entity = {**entity, "filename": new_name}
        entities.append((entity, size))
    for name in strays:
        number = number_of(name.rpartition("/")[2])
        if number:
            action, entity = _adopted(folder, name, number, entities, on_disk)
            actions.append(action)
            _insert(entities, entity, (folder / name).stat().st_size)
    records = [
        Record(entity["sequence"], entity["type"], entity["filename"], dump(entity), size) for entity, size in entities
    ]
    return actions, records


def _free(name: str, extension: str, on_disk: set[str]) -> str:
    """`name` with another extension, made different from every file that is there."""
    stem = name.rpartition(".")[0] or name
    new_name, attempt = f"{stem}.{extension}", 1
    while new_name in on_disk:
        attempt += 1
        new_name = f"{stem}_{attempt}.{extension}"
    on_disk.discard(name)
    on_disk.add(new_name)
    return new_name


def _adopted(
    folder: Path, name: str, number: int, entities: list[tuple[dict[str, Any], int | None]], on_disk: set[str]
) -> tuple[Action, dict[str, Any]]:
    """The entry of a file that came in past the recorder; it keeps its number where that is free."""
    group = group_of(name)
    below, _, base = name.rpartition("/")
    head, _, rest = base.partition("_")
    stem, _, own = rest.rpartition(".")
    entity_type = stem or rest or "file"
    used = {entity["sequence"] for entity, _ in entities if group_of(entity["filename"]) == group}
    right = right_extension(folder / name, entity_type)
    new_name, reason = name, "copied in past the recorder"
    if number in used:
        highest = max([*used, *(number_of(n.rpartition("/")[2]) for n in on_disk if group_of(n) == group)])
        number = highest + 1
        extension = right or own
        base = f"{number:0{len(head)}d}_{entity_type}" + (f".{extension}" if extension else "")
        new_name = f"{below}/{base}" if below else base
        reason += "; another entity has its number"
        on_disk.discard(name)
        on_disk.add(new_name)
    elif right is not None:
        new_name = _free(name, right, on_disk)
    if right is not None:
        reason += f"; its content is {right}"
    written = datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)
    entity = {
        "sequence": number,
        "type": entity_type,
        "filename": new_name,
        "timestamp": written.isoformat(timespec="microseconds"),
        "metadata": {"adopted_from": name},
    }
    return Action(ADOPT, name, new_name, reason), entity


def _insert(entities: list[tuple[dict[str, Any], int | None]], entity: dict[str, Any], size: int) -> None:
    """Put an adopted entity before the first one of its group with a higher number."""
    group = group_of(entity["filename"])
    for index, (other, _) in enumerate(entities):
        if group_of(other["filename"]) == group and other["sequence"] > entity["sequence"]:
            entities.insert(index, (entity, size))
            return
    entities.append((entity, size))


def described(actions: list[Action]) -> Iterator[str]:
    """One line for each action."""
    for action in actions:
        renamed = f" -> {action.new_name}" if action.new_name != action.filename else ""
        yield f"{action.kind:8}{action.filename}{renamed}  ({action.reason})"
