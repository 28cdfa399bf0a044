"""Who may write to a run, and what all writing has in common: the lock, the open journal, metadata.json kept up to date.

What is written is `recorder.storage.run_storage`'s business. The journal is the truth, `metadata.json` is made from it.

An exception can come at any moment, Ctrl-C too. So the work under the lock is undone or done, the lock is given up, and what was
known of the run is read anew.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Callable, Mapping
from io import FileIO
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from recorder.storage import open_runs
from recorder.storage.atomic_files import free_name, open_new, put_in_place, remove, stage_file, sync_folder
from recorder.storage.edits import is_edited
from recorder.storage.journal import create_journal
from recorder.storage.lines import FORMAT, run_line
from recorder.storage.lock import LOCK_TIMEOUT, RunLock, if_free
from recorder.storage.paths import RefusedPath, read_regular
from recorder.storage.reading import LoadedRun, RunReader
from recorder.storage.snapshot import SNAPSHOT_NAME, Schedule

logger = logging.getLogger(__name__)

LOCK_NAME = ".recorder.lock"
TEMPORARY_PREFIX = ".recorder-"
TEMPORARY_SUFFIX = ".tmp"
_BEHIND = "%s: metadata.json could not be written and is behind the journal: %s"
_ABANDONED_AFTER = 24 * 3600.0
_live: weakref.WeakSet[RunWriter] = weakref.WeakSet()

_Result = TypeVar("_Result")


class RunWriter(RunReader):
    """Holds one run folder while something is written to it.

    Safe for several threads, and for several processes with a RunWriter each.
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

    # Holding the run.

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

    # The journal.

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

    # metadata.json.

    def _bring_up_to_date(self, run: LoadedRun) -> None:
        """Write metadata.json where it says something else; what somebody has written into it is kept beside."""
        shown, right = self.read_snapshot(), run.index.snapshot()
        if shown == right:
            return
        # Where this recorder was stopped in the middle of a save, it may be ahead of the journal: nobody has edited it.
        if shown is not None and not self._schedule.waiting and is_edited(shown, read_regular(run.journal.path)):
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
            self._alone(lambda: self._schedule.waiting and self._schedule.postpone())

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
            OSError: as `flush`; the files are closed all the same, and nobody tries again.
        """
        try:
            self.flush()
        except OSError:
            self._alone(self._schedule.stop)
            raise
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
    for writer in list(_live):
        writer.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
