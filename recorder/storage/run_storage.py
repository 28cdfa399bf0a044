"""The storage of one run: lock, journal, index and snapshot together.

`recorder.recorder` is its only face for users.

One save: payload to a temporary file, outside the lock; lock; read what others appended; link the file to the
next number; append one journal line; snapshot if due; unlock. The journal is the truth, `metadata.json` is
made from it.

An exception can come at any moment, Ctrl-C too. So the work under the lock is undone or done, the lock is given up, and what was
known of the run is read anew.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from io import FileIO
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from recorder.storage import open_runs
from recorder.storage.atomic_files import (
    free_name,
    link_new,
    open_new,
    put_in_place,
    remove,
    stage_file,
    sync_folder,
    unlink_again,
)
from recorder.storage.edits import is_edited
from recorder.storage.index import RunIndex
from recorder.storage.journal import create_journal
from recorder.storage.lines import FORMAT, Record, entity_line, new_record, now, run_line, state_line, tags_line
from recorder.storage.lock import LOCK_TIMEOUT, RunLock, if_free
from recorder.storage.paths import RefusedPath, check_folder, read_regular
from recorder.storage.reading import LoadedRun, RunReader
from recorder.storage.snapshot import SNAPSHOT_NAME, Schedule

logger = logging.getLogger(__name__)

LOCK_NAME = ".recorder.lock"
TEMPORARY_PREFIX = ".recorder-"
TEMPORARY_SUFFIX = ".tmp"
_BEHIND = "%s: metadata.json could not be written and is behind the journal: %s"
_ABANDONED_AFTER = 24 * 3600.0
_live: weakref.WeakSet[RunStorage] = weakref.WeakSet()

_Result = TypeVar("_Result")


class NewEntity(NamedTuple):
    """What is known of an entity before it has a number."""

    entity_type: str
    extension: str
    metadata: str
    """As JSON."""
    size: int
    sha256: str | None = None
    group: str = ""


class RunStorage(RunReader):
    """Reads and writes one run folder.

    Safe for several threads, and for several processes with a RunStorage each.
    """

    def __init__(
        self,
        folder: Path,
        info: Mapping[str, Any],
        *,
        override: Mapping[str, Any] | None = None,
        strict: bool = False,
        durable: bool = False,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        """As `RunReader`; `strict`, `durable` and `lock_timeout` as `LivePipelineRecorder`."""
        super().__init__(folder, info, override)
        self.durable = durable
        self.strict = strict
        self._lock = RunLock(self._prefix + LOCK_NAME, lock_timeout)
        self._schedule = Schedule(self._flush_by_timer)
        self._made = False
        self._name_temporaries()
        self._counter = count()
        _live.add(self)

    def open(self) -> None:
        """Make the folder and the run's journal, or continue the run that is there.

        A run of an old version, without a journal, is left as it is until the first save.

        Raises:
            OSError: the folder cannot be made or written, or the run is not to be touched.
        """
        self.make_folder()
        if self.exists() and not self.has_journal:
            self.read(lambda index: None)
            if not self.snapshot_broken:
                return
        self._write(self._bring_up_to_date)

    def make_folder(self) -> None:
        """Make the run folder where there is none.

        Raises:
            OSError: it cannot be made.
        """
        if not self._made:
            new = [path for path in (self.folder, *self.folder.parents) if self.durable and not path.exists()]
            os.makedirs(self.folder, exist_ok=True)
            for path in new:
                sync_folder(path.parent)
            self._made = True

    # Writing.

    def _write(self, work: Callable[[LoadedRun], _Result]) -> _Result:
        """Call `work` while the run is held: no other thread or process writes, the index is up to date, the journal is open."""
        since = time.monotonic()
        return self._alone(lambda: work(self._held(since)))

    def _held(self, since: float) -> LoadedRun:
        in_order = self._lock.acquire(since)
        run = self._current()
        if run.index.is_newer:
            why = f"is of format {run.index.format}, and this version writes up to {FORMAT}: install a newer recorder-toolkit"
            raise RefusedPath(run.journal.path, why)
        if not run.journal.is_open:
            run = self._open_journal(run)
        run.journal.cut_torn_line()
        if run.unsaid:
            run.journal.append(run_line(run.unsaid))
            run.unsaid = {}
        if not in_order:
            run.scanned.clear()
        return run

    def _leave(self, done: bool) -> None:
        if not done:
            self._run = None
            self._made = False  # the folder may be gone
            if self._lock.held:
                for name in (self._staged_journal, self._staged_snapshot):
                    remove(name)
                if self._schedule.waiting:
                    self._schedule.postpone(failed=True)
        self._lock.release(in_order=done)
        super()._leave(done)

    def _open_journal(self, run: LoadedRun) -> LoadedRun:
        if not run.journal.offset:  # a new run, or one of an old version
            if run.snapshot_broken:
                os.rename(self._prefix + SNAPSHOT_NAME, free_name(self._prefix + SNAPSHOT_NAME, "broken"))
                run.index.old_layout = True
            durable = self.durable or len(run.index) > 0
            create_journal(run.journal.path, self._staged_journal, run.index.lines(), durable=durable)
            run = self._current()
        run.journal.open()
        open_runs.opened(self)
        run.scanned.clear()
        self._remove_abandoned()
        return run

    def _remove_abandoned(self) -> None:
        """Remove temporary files of writers that were killed.

        A day old, because the writer may be on another machine.
        """
        oldest = time.time() - _ABANDONED_AFTER
        for name in os.listdir(self.folder):
            if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                try:
                    if os.lstat(self._prefix + name).st_mtime < oldest:
                        os.unlink(self._prefix + name)
                except (FileNotFoundError, IsADirectoryError, PermissionError):
                    continue

    def temporary_name(self) -> str:
        """A path in the run folder that nobody else will use."""
        return f"{self._temporary_prefix}{next(self._counter)}{TEMPORARY_SUFFIX}"

    def create_temporary(self, path: str) -> FileIO:
        """Make a temporary file at that path, in the run folder, which is made if need be.

        Raises:
            OSError: the folder is gone or cannot be written. A folder that was deleted is made again by the
                call after.
        """
        self.make_folder()
        try:
            return open_new(path)
        except FileNotFoundError:
            self._made = False
            raise

    def _name_temporaries(self) -> None:
        # The process number is for whoever looks at a leftover; the token keeps all writers apart.
        self._temporary_prefix = f"{self._prefix}{TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(4).hex()}-"
        self._staged_journal = f"{self._temporary_prefix}journal{TEMPORARY_SUFFIX}"
        self._staged_snapshot = f"{self._temporary_prefix}snapshot{TEMPORARY_SUFFIX}"

    def sync_payload(self, descriptor: int) -> None:
        """Wait until the disk has a payload, where that is asked for."""
        if self.durable:
            os.fsync(descriptor)

    def commit(self, temporary: str, new: NewEntity, *, at_once: bool = False) -> Record:
        """Give the temporary file the next number and its name, and enter it.

        The temporary name is left to the caller. `at_once` writes metadata.json whatever it costs.

        Raises:
            OSError: nothing was saved.
            ValueError: the group cannot be told from another one on this file system. Nothing was saved.
        """
        return self._write(lambda run: self._enter(run, temporary, new, at_once))

    def _enter(self, run: LoadedRun, temporary: str, new: NewEntity, at_once: bool) -> Record:
        end, self._linked = run.journal.offset, ""
        self._make_group(run, new.group)
        highest = run.index.highest.get(new.group, 0)
        try:
            record = self._link(run, temporary, new)
            run.index.add(record)
            self._append(run, entity_line(record), new.group, current=self.strict)
            if not self.strict:
                self._schedule.behind()
        except BaseException:
            run.index.highest[new.group] = highest
            # The line first, for an entry must never be without its file.
            if run.journal.cut_back(end):
                unlink_again(temporary, self._linked)
            raise
        if not self.strict and (at_once or self._schedule.due(len(run.index))):
            self._try_snapshot(run)
        return record

    def _make_group(self, run: LoadedRun, group: str) -> None:
        """Make a group's folder where there is none, and count its files up."""
        if group and not check_folder(self._prefix + group):
            os.mkdir(self._prefix + group)
        if group not in run.scanned:
            if group and group not in os.listdir(self.folder):
                raise ValueError(f"group {group!r} is the folder of another name on this file system")
            self._scan(run, group)

    def _link(self, run: LoadedRun, temporary: str, new: NewEntity) -> Record:
        folder, width = (new.group + "/", 3) if new.group else ("", 2)
        while True:
            number = run.index.highest.get(new.group, 0) + 1
            filename = f"{folder}{number:0{width}d}_{new.entity_type}.{new.extension}"
            self._linked = self._prefix + filename
            try:
                link_new(temporary, self._linked)
                break
            except FileExistsError:
                run.index.count_up(new.group, number)
        return new_record(number, new.entity_type, filename, new.metadata, new.size, new.sha256)

    def _append(self, run: LoadedRun, line: bytes, group: str = "", *, current: bool) -> None:
        """Append to the journal; with `current`, metadata.json follows. After an exception the caller cuts the line off."""
        started = time.perf_counter()
        if current:
            self._stage_snapshot(run)
        run.journal.append(line)
        if self.durable:
            self._sync(run, group)
        if current:
            self._schedule.behind()  # until it is certain that it says what the journal says
            put_in_place(self._prefix + SNAPSHOT_NAME, self._staged_snapshot)
            self._schedule.written(started)

    def _sync(self, run: LoadedRun, group: str) -> None:
        run.journal.sync()
        sync_folder(self.folder)
        if group:
            sync_folder(self.folder / group)

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Enter the run's state, {stage, step, ...}; metadata.json has it on return.

        Raises:
            OSError: nothing was changed.
        """
        line = state_line(state)
        self._say(lambda index: line)

    def finish(self, state: Mapping[str, Any]) -> None:
        """As `set_state`, with the time of now as `finished`; what `state` leaves out stays. Twice the same keeps the first time.

        Raises:
            OSError: nothing was changed.
        """
        former = self.read(lambda index: index.state)
        wanted = {"stage": former["stage"], **state}
        if {key: value for key, value in former.items() if key != "finished"} != wanted or "finished" not in former:
            self.set_state({**wanted, "finished": now()})

    def change_tags(self, change: Callable[[list[str]], list[str]]) -> list[str]:
        """Give the run the tags that `change` makes of those it has; metadata.json has them on return.

        Raises:
            OSError: nothing was changed.
        """
        tags: list[str] = []

        def line(index: RunIndex) -> bytes:
            tags[:] = change(list(index.tags))
            return tags_line(tags)

        self._say(line)
        return tags

    def _say(self, line_for: Callable[[RunIndex], bytes]) -> None:
        def work(run: LoadedRun) -> None:
            end, said = run.journal.offset, (run.index.state, run.index.tags)
            line = line_for(run.index)
            run.index.apply(line)
            try:
                if (run.index.state, run.index.tags) == said:
                    self._write_snapshot(run)
                else:
                    self._append(run, line, current=True)
            except BaseException:
                run.journal.cut_back(end)
                run.index.state, run.index.tags = said
                raise

        self.make_folder()
        self._write(work)

    def rewrite(self, change: Callable[[RunIndex], Iterable[Record]]) -> None:
        """Put a new journal in place: the records that `change` makes of the index, and all else as it was.

        For repairs. Lines that this version does not know are kept; damaged ones are not.

        Raises:
            OSError: the journal is as it was.
        """

        def work(run: LoadedRun) -> None:
            lines = run.index.lines(change(run.index))
            create_journal(run.journal.path, self._staged_journal, lines, durable=True)
            self._write_snapshot(self._open_journal(self._current()))

        self._write(work)

    # metadata.json.

    def _bring_up_to_date(self, run: LoadedRun) -> None:
        """Write metadata.json where it says something else; what somebody has written into it is kept beside."""
        shown, right = self.read_snapshot(), run.index.snapshot()
        if shown == right:
            return
        if shown is not None and is_edited(shown, read_regular(run.journal.path)):
            kept = free_name(self._prefix + SNAPSHOT_NAME, "edited")
            stage_file(kept, shown, durable=False)
            logger.warning("%s: was changed past the recorder; it is kept as %s", self._prefix + SNAPSHOT_NAME, kept)
        self._write_snapshot(run)

    def _write_snapshot(self, run: LoadedRun) -> None:
        started = time.perf_counter()
        self._stage_snapshot(run)
        put_in_place(self._prefix + SNAPSHOT_NAME, self._staged_snapshot)
        self._schedule.written(started)

    def _stage_snapshot(self, run: LoadedRun) -> None:
        stage_file(self._staged_snapshot, run.index.snapshot(), durable=self.durable)

    def _try_snapshot(self, run: LoadedRun) -> None:
        """Write metadata.json; where that fails the entity is saved all the same, and the timer tries."""
        try:
            self._write_snapshot(run)
        except OSError as error:
            logger.warning(_BEHIND, self.folder, error)
            self._schedule.postpone(failed=True)

    def _flush_by_timer(self) -> None:
        self._alone(self._schedule.timer_ran)
        try:
            self.flush()
        except FileNotFoundError:  # the folder is gone, and with it who looks at its metadata.json
            self._alone(self._schedule.stop)
        except OSError as error:
            logger.warning(_BEHIND, self.folder, error)
            self._alone(lambda: self._schedule.postpone())

    def flush(self) -> None:
        """Write metadata.json if it is behind what was saved here.

        Raises:
            OSError: it cannot be written; the journal has everything.
        """
        if self._schedule.waiting:
            self._write(self._write_snapshot)

    def close(self) -> None:
        """Write metadata.json if it is behind, and close the files; a later save opens them again.

        Raises:
            OSError: as `flush`; the files are closed all the same.
        """
        try:
            self.flush()
        finally:
            self._alone(self._close_all)

    def _close_all(self) -> None:
        if not self._schedule.waiting:  # else another thread has saved again
            self._schedule.stop()
        self._close_files()

    def _close_files(self) -> None:
        if self._run is not None:
            self._run.journal.close()
        self._lock.close()

    def close_files_if_idle(self) -> None:
        """Close the files of a run that nobody is writing to; its next save opens them again."""
        if_free(self._mutex, lambda: None if self._busy else self._close_files())

    def after_fork(self) -> None:
        """In a forked child: own locks and own files, because those of the parent are shared with it."""
        self._mutex = RLock()
        self._busy = False
        self._name_temporaries()
        self._schedule.forget()
        self._close_files()
        self._run = None


def _after_fork() -> None:
    for storage in list(_live):
        storage.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
