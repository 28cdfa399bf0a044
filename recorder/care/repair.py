"""Makes a run whole again: files that came in past the recorder, wrong extensions, a broken index.

What will be renamed is written down before the first rename and done under the run's lock. A repair that was killed is
therefore gone on with by the next one: a file that the index does not find under its old name is found under the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recorder.care.inspection import INDEX, inspect_run
from recorder.care.repair_plan import Action, make_plan
from recorder.care.salvage import remembered
from recorder.storage.atomic_files import link_new
from recorder.storage.index import INITIAL_STATE, RunIndex
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lines import Record
from recorder.storage.reading import RunReader
from recorder.storage.run_storage import RunStorage
from recorder.storage.snapshot import SNAPSHOT_NAME

BACKUP_PREFIX = ".recorder-backup-"
RENAMES_NAME = "renames.jsonl"

REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Rename:
    """A rename as it was written down: enough to know the file again under either name."""

    old: str
    new: str
    size: int
    mtime_ns: int


def plan_repair(folder: Path) -> list[Action]:
    """What a repair would do, in order; empty when there is nothing to do.

    Raises:
        OSError: The folder cannot be read.
    """
    reader = RunReader(folder, {"run_id": folder.name})
    with reader.view() as index:
        plan = make_plan(folder, index, remembered(folder), _interrupted(folder, index))
    return plan.actions + _rebuilds(folder)


def _rebuilds(folder: Path) -> list[Action]:
    broken = [problem for problem in inspect_run(folder).problems if problem.kind == INDEX]
    return [Action(REBUILD, problem.filename, problem.filename, problem.message) for problem in broken]


def repair(folder: Path) -> tuple[list[Action], Path]:
    """Carry the repair out, and say what was done and where the old index lies.

    The journal and metadata.json are copied to a hidden folder of the run first, with a list of the renames. No file is
    overwritten or removed.

    Raises:
        OSError: A file cannot be renamed or written; the renames are taken back.
    """
    rebuilds = _rebuilds(folder)
    memory = remembered(folder)
    backup = _new_backup(folder)
    storage = RunStorage(folder, {"run_id": folder.name, **memory.info})
    done: list[Action] = []

    def change(index: RunIndex) -> list[Record]:
        interrupted = _interrupted(folder, index)
        _drop_second_names(folder, interrupted)
        plan = make_plan(folder, index, memory, interrupted)
        if index.state == INITIAL_STATE:
            index.state = memory.state
        renames = [action for action in plan.actions if action.current != action.new_name]
        _write_down(backup / RENAMES_NAME, folder, renames)
        for action in renames:
            _rename(folder / action.current, folder / action.new_name)
        done.extend(plan.actions)
        return plan.records

    try:
        storage.rewrite(change)
    except BaseException:
        _take_back(folder, backup / RENAMES_NAME)
        raise
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


# -- renames ------------------------------------------------------------------------------------------------------------------


def _write_down(path: Path, folder: Path, renames: list[Action]) -> None:
    with open(path, "w", encoding="utf-8") as log:
        for action in renames:
            status = os.lstat(folder / action.current)
            line = {"old": action.filename, "new": action.new_name, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
            log.write(json.dumps(line) + "\n")
        log.flush()
        os.fsync(log.fileno())


def _rename(old: Path, new: Path) -> None:
    """Rename without ever overwriting: the file gets its new name, then loses the old one."""
    link_new(str(old), str(new))
    old.unlink(missing_ok=True)  # gone already where there are no hard links


def _read_renames(log: Path) -> Iterator[Rename]:
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            value = json.loads(line)
            yield Rename(str(value["old"]), str(value["new"]), int(value["size"]), int(value["mtime_ns"]))
        except (ValueError, KeyError, TypeError):
            return  # the rest was never written, so nothing of it was done


def _interrupted(folder: Path, index: RunIndex) -> list[Rename]:
    """The renames of repairs that ended before the index named the new files, oldest first."""
    named = set(index.filenames)
    logs = sorted(folder.glob(f"{BACKUP_PREFIX}*/{RENAMES_NAME}"))
    return [rename for log in logs for rename in _read_renames(log) if rename.new not in named and _inside(rename)]


def _inside(rename: Rename) -> bool:
    return not any(".." in Path(name).parts or Path(name).is_absolute() for name in (rename.old, rename.new))


def _drop_second_names(folder: Path, interrupted: list[Rename]) -> None:
    """Undo renames that were stopped half-way, where both names are there: the new one goes again."""
    for rename in interrupted:
        old, new = folder / rename.old, folder / rename.new
        if old.is_file() and new.is_file():
            # A second link to the same file, or, where there are no hard links, the empty file that claims the name.
            if os.path.samefile(old, new) or (new.stat().st_size == 0 and rename.size > 0):
                new.unlink()


def _take_back(folder: Path, log: Path) -> None:
    """Give files their old names again, unless the index names the new ones."""
    reader = RunReader(folder, {"run_id": folder.name})
    with reader.view() as index:
        named = set(index.filenames)
    for rename in _read_renames(log):
        old, new = folder / rename.old, folder / rename.new
        if rename.new not in named and new.is_file() and not old.exists() and new.stat().st_mtime_ns == rename.mtime_ns:
            _rename(new, old)


def described(actions: list[Action]) -> Iterator[str]:
    """One line for each action."""
    for action in actions:
        renamed = f" -> {action.new_name}" if action.new_name != action.filename else ""
        yield f"{action.kind:8}{action.filename}{renamed}  ({action.reason})"
