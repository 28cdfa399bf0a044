"""Makes a run whole again: files that came in past the recorder, wrong extensions, a broken index.

It goes in an order that may be stopped anywhere: every file gets its new name beside the old one, then the journal names the new
ones, then the old names go. What a repair that was killed has left, the next one finds as second names of the same file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from recorder.care.repair_plan import ADOPT, DROP, REBUILD, RENAME, Action, OnFile, make_plan
from recorder.care.salvage import remembered
from recorder.runs.files import read_file
from recorder.runs.inspection import INDEX, find_problems
from recorder.runs.opened import open_index
from recorder.storage.atomic_files import NEW_FILE, NO_LINKS, write_all
from recorder.storage.index import INITIAL_STATE, RunIndex
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lines import Record
from recorder.storage.paths import checked_path
from recorder.storage.run_storage import RunStorage
from recorder.storage.snapshot import SNAPSHOT_NAME
from recorder.storage.writing import LOCK_NAME

BACKUP_PREFIX = ".recorder-backup-"


def plan_repair(folder: Path, on_file: OnFile = lambda name: None) -> list[Action]:
    """What a repair would do, in order; empty when there is nothing to do. `on_file` is told each file's name before it is read.

    Raises:
        RefusedPath: A file of the index is a link or no plain file.
        OSError: The folder cannot be read.
    """
    _check_index_files(folder)
    plan = make_plan(folder, open_index(folder).index, remembered(folder), on_file)
    return plan.actions + _rebuilds(folder)


def repair(folder: Path, on_file: OnFile = lambda name: None) -> tuple[list[Action], Path]:
    """Carry the repair out, and say what was done and where the old index lies. `on_file` as for `plan_repair`.

    The journal and metadata.json are copied to a hidden folder of the run first. No file is overwritten, and none loses its
    last name.

    Raises:
        RefusedPath: A file of the index is a link or no plain file. Nothing was done.
        OSError: A file cannot be renamed or written; the new names are taken back.
    """
    _check_index_files(folder)
    rebuilds, memory = _rebuilds(folder), remembered(folder)
    backup = _new_backup(folder)
    storage = RunStorage(folder, {"run_id": folder.name, **memory.info})
    names = _Names(folder)
    done: list[Action] = []

    def change(index: RunIndex) -> list[Record]:
        plan = make_plan(folder, index, memory, on_file)
        if index.state == INITIAL_STATE:
            index.state = memory.state
        if not index.tags:
            index.tags = memory.tags
        names.add(plan.actions)
        done.extend(plan.actions)
        return plan.records

    try:
        storage.rewrite(change)
    except BaseException:
        names.take_back({record.filename for record in open_index(folder).index.records})
        raise
    finally:
        storage.close()
    names.drop_old()
    return done + rebuilds, backup


def _check_index_files(folder: Path) -> None:
    for name in (JOURNAL_NAME, SNAPSHOT_NAME, LOCK_NAME):
        checked_path(folder, name, own=True)


def _rebuilds(folder: Path) -> list[Action]:
    broken = [problem for problem in find_problems(open_index(folder), index_alone=True) if problem.kind == INDEX]
    return [Action(REBUILD, problem.filename, problem.filename, problem.message) for problem in broken]


def _new_backup(folder: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    backup = folder / f"{BACKUP_PREFIX}{stamp}"
    backup.mkdir()
    for name in (JOURNAL_NAME, SNAPSHOT_NAME):
        try:
            content = read_file(folder / name)
        except FileNotFoundError:
            continue
        descriptor = os.open(backup / name, NEW_FILE, 0o666)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
    return backup


@dataclass(slots=True)
class _Names:
    """The names of the files that a repair renames: new ones are given first, old ones go last."""

    folder: Path
    given: list[tuple[str, str]] = field(default_factory=list)
    """Old and new path of each file that has got its new name."""

    def add(self, actions: list[Action]) -> None:
        """Give the new names, and drop second names that an earlier repair has left.

        Raises:
            OSError: A name is taken or cannot be given.
        """
        for action in actions:
            if action.kind == DROP:
                os.unlink(checked_path(self.folder, action.filename))
        for action in actions:
            if action.kind in (ADOPT, RENAME) and action.filename != action.new_name:
                old, new = checked_path(self.folder, action.filename), checked_path(self.folder, action.new_name)
                _give(old, new)
                self.given.append((old, new))

    def drop_old(self) -> None:
        """Remove the old names: the journal names the new ones."""
        for old, _ in self.given:
            _unlink(old)

    def take_back(self, indexed: set[str]) -> None:
        """Remove the new names again, or where there are no hard links rename; of what the index names already, the old ones."""
        for old, new in reversed(self.given):
            if os.path.relpath(new, self.folder) in indexed:
                _unlink(old)
            elif os.path.lexists(old):
                _unlink(new)
            else:
                os.rename(new, old)


def _give(old: str, new: str) -> None:
    """Give a file a second name; where there are no hard links, another one."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(new):  # the run's lock keeps recorders from taking the name meanwhile
            raise FileExistsError(17, "exists already", new) from None
        os.rename(old, new)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:  # renamed, because there are no hard links; or another repair was faster
        pass
