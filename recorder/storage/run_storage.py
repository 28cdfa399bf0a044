"""The storage of one run: lock, journal, index and snapshot together.

`recorder.recorder` is its only face for users.

One save: payload to a temporary file, outside the lock; lock; read what others appended; link the file to the
next number; append one journal line; snapshot if due; unlock. The journal is the truth, `metadata.json` is
made from it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from recorder.storage.atomic_files import (
    NEW_FILE,
    keep_aside,
    link_new,
    put_in_place,
    remove,
    stage_file,
    sync_folder,
)
from recorder.storage.index import RunIndex
from recorder.storage.journal import create_journal
from recorder.storage.lines import FORMAT, Record, entity_line, new_record, run_line, state_line, tags_line
from recorder.storage.lock import RunLock
from recorder.storage.paths import RefusedPath, check_folder
from recorder.storage.reading import RunReader
from recorder.storage.snapshot import SNAPSHOT_NAME, Schedule

logger = logging.getLogger(__name__)

LOCK_NAME = ".recorder.lock"
TEMPORARY_PREFIX = ".recorder-"
TEMPORARY_SUFFIX = ".tmp"
_BEHIND = "%s: metadata.json could not be written and is behind the journal: %s"
_ABANDONED_AFTER = 24 * 3600.0
_live: weakref.WeakSet[RunStorage] = weakref.WeakSet()


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
    ) -> None:
        """As `RunReader`; `strict` and `durable` as `LivePipelineRecorder`."""
        super().__init__(folder, info, override)
        self.durable = durable
        self.strict = strict
        self._lock = RunLock(self._prefix + LOCK_NAME)
        self._schedule = Schedule(self._flush_by_timer, strict=strict)
        self._made = False
        self._name_temporaries()
        self._counter = count()
        _live.add(self)

    def open(self) -> None:
        """Make the folder and the run's journal, or continue the run that is there.

        A run of an old version, without a journal, is left as it is until the first save.

        Raises:
            OSError: the folder cannot be made or written.
        """
        self._make_folder()
        if self.exists() and not self.has_journal:
            with self._mutex:
                self._load()
                if not self._broken_snapshot:
                    return
        with self._writing():
            if self.read_snapshot() != self._index.snapshot():
                self._write_snapshot()

    def _make_folder(self) -> None:
        if not self._made:
            new = [path for path in (self.folder, *self.folder.parents) if self.durable and not path.exists()]
            os.makedirs(self.folder, exist_ok=True)
            for path in new:
                sync_folder(path.parent)
            self._made = True

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the run for a write: threads, processes, index up to date, journal ready."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def _begin(self) -> None:
        self._mutex.acquire()
        try:
            in_order = self._lock.acquire()
            try:
                self._refresh()
                if self._replaced:  # the lock of the old folder keeps nobody out of the new one
                    self._lock.release()
                    self._lock.close()
                    in_order = self._lock.acquire()
                    self._replaced = False
                    self._refresh()
                if self._index.is_newer:
                    raise RefusedPath(
                        self._journal.path, f"is of format {self._index.format}; this version writes up to {FORMAT}"
                    )
                if not self._journal.is_open:
                    self._open_journal()
                self._journal.cut_torn_line()
                if self._unsaid:
                    self._journal.append(run_line(self._unsaid))
                    self._unsaid = {}
                if not in_order:
                    self._scanned.clear()
            except BaseException:
                self._lock.release()
                raise
        except BaseException as error:
            self._mutex.release()
            self._made = self._made and not isinstance(error, FileNotFoundError)
            raise

    def _end(self) -> None:
        try:
            self._lock.release()
        finally:
            self._mutex.release()

    def _open_journal(self) -> None:
        if not self._journal.offset:  # a new run, or one of an old version
            if self._broken_snapshot:
                keep_aside(self._prefix + SNAPSHOT_NAME)
                self._broken_snapshot = False
            create_journal(
                self._journal.path, self._temporary_name(), self._index.lines(), durable=self.durable or len(self._index) > 0
            )
            self._load()
        self._journal.open()
        self._scanned.clear()
        self._remove_abandoned()

    def _remove_abandoned(self) -> None:
        """Remove temporary files of writers that were killed.

        A day old, because the writer may be on another machine.
        """
        oldest = time.time() - _ABANDONED_AFTER
        for name in os.listdir(self.folder):
            if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                try:
                    if os.stat(self._prefix + name).st_mtime < oldest:
                        os.unlink(self._prefix + name)
                except FileNotFoundError:
                    continue

    def create_temporary(self) -> tuple[int, str]:
        """A new temporary file in the run folder, which is made if need be: a descriptor and the path.

        Raises:
            OSError: the folder is gone or cannot be written. A folder that was deleted is made again by the
                call after.
        """
        self._make_folder()
        path = self._temporary_name()
        try:
            return os.open(path, NEW_FILE, 0o666), path
        except FileNotFoundError:
            self._made = False
            raise

    def _temporary_name(self) -> str:
        return f"{self._temporary_prefix}{next(self._counter)}{TEMPORARY_SUFFIX}"

    def _name_temporaries(self) -> None:
        # The process number is for whoever looks at a leftover; the token keeps all writers apart.
        self._temporary_prefix = f"{self._prefix}{TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(4).hex()}-"

    def sync_payload(self, descriptor: int) -> None:
        """Wait until the disk has a payload, where that is asked for."""
        if self.durable:
            os.fsync(descriptor)

    def commit(
        self,
        temporary: str,
        size: int,
        entity_type: str,
        extension: str,
        metadata: str,
        group: str = "",
        *,
        sha256: str | None = None,
        at_once: bool = False,
    ) -> Record:
        """Give the temporary file the next number and its name, and enter it.

        The temporary name is left to the caller. `metadata` is the entity's metadata as JSON, `sha256` of the content.
        `at_once` writes metadata.json whatever it costs.

        Raises:
            OSError: nothing was saved.
        """
        self._begin()
        try:
            record = self._link(temporary, size, entity_type, extension, metadata, group, sha256)
            self._index.add(record)
            try:
                self._append(entity_line(record), group, current=self.strict)
            except BaseException:
                self._loaded = False
                os.unlink(self._prefix + record.filename)
                self._index.highest[group] = record.sequence - 1
                raise
            if not self.strict and (at_once or self._schedule.due(len(self._index))):
                self._try_snapshot()
        finally:
            self._end()
        return record

    def _link(
        self, temporary: str, size: int, entity_type: str, extension: str, metadata: str, group: str, sha256: str | None
    ) -> Record:
        if group and not check_folder(self._prefix + group):
            os.makedirs(self._prefix + group, exist_ok=True)
        if group not in self._scanned:
            self._scan(group)
        folder, width = (group + "/", 3) if group else ("", 2)
        while True:
            number = self._index.highest.get(group, 0) + 1
            filename = f"{folder}{number:0{width}d}_{entity_type}.{extension}"
            try:
                link_new(temporary, self._prefix + filename)
                break
            except FileExistsError:
                self._index.count_up(group, number)
        return new_record(number, entity_type, filename, metadata, size, sha256)

    def _append(self, line: bytes, group: str = "", *, current: bool) -> None:
        """Append to the journal; with `current`, metadata.json follows. All of it, or nothing happens."""
        started = time.perf_counter()
        staged = self._stage_snapshot() if current else ""
        try:
            self._journal.append(line)
            try:
                if self.durable:
                    self._sync(group)
                if staged:
                    put_in_place(self._prefix + SNAPSHOT_NAME, staged)
                    self._schedule.written(started)
            except BaseException:
                self._journal.take_back(len(line))
                raise
        except BaseException:
            if staged:
                remove(staged)
            raise

    def _sync(self, group: str) -> None:
        self._journal.sync()
        sync_folder(self.folder)
        if group:
            sync_folder(self.folder / group)

    def set_state(self, stage: int | str, step: str) -> None:
        """Enter the run's state; metadata.json has it on return.

        Raises:
            OSError: nothing was changed.
        """
        state = {"stage": stage, "step": step}
        self._make_folder()
        with self._writing():
            if self._index.state != state:
                former, self._index.state = self._index.state, state
                try:
                    self._append(state_line(state), current=True)
                except BaseException:
                    self._index.state = former
                    raise
            else:
                self._write_snapshot()

    def change_tags(self, change: Callable[[list[str]], list[str]]) -> list[str]:
        """Give the run the tags that `change` makes of those it has; metadata.json has them on return.

        Raises:
            OSError: nothing was changed.
        """
        self._make_folder()
        with self._writing():
            former = self._index.tags
            self._index.tags = change(list(former))
            try:
                self._append(tags_line(self._index.tags), current=True)
            except BaseException:
                self._index.tags = former
                raise
            return list(self._index.tags)

    def _write_snapshot(self) -> None:
        started = time.perf_counter()
        put_in_place(self._prefix + SNAPSHOT_NAME, self._stage_snapshot())
        self._schedule.written(started)

    def _stage_snapshot(self) -> str:
        return stage_file(self._temporary_name(), self._index.snapshot(), durable=self.durable)

    def _try_snapshot(self) -> None:
        """Write metadata.json; where that fails the entity is saved all the same, and the timer tries."""
        try:
            self._write_snapshot()
        except OSError as error:
            logger.warning(_BEHIND, self.folder, error)
            self._schedule.postpone()

    def _flush_by_timer(self) -> None:
        with self._mutex:
            self._schedule.timer_ran()
        try:
            self.flush()
        except OSError as error:
            logger.warning(_BEHIND, self.folder, error)

    def rewrite(self, change: Callable[[RunIndex], Iterable[Record]]) -> None:
        """Put a new journal in place: the records that `change` makes of the index, and all else as it was.

        For repairs. Lines that this version does not know are kept; damaged ones are not.

        Raises:
            OSError: the journal is as it was.
        """
        with self._writing():
            lines = self._index.lines(change(self._index))
            create_journal(self._journal.path, self._temporary_name(), lines, durable=True)
            self._load()
            self._open_journal()
            self._write_snapshot()

    def flush(self) -> None:
        """Write metadata.json if it is behind what was saved here.

        Raises:
            OSError: it cannot be written; the journal has everything.
        """
        if self._schedule.waiting:
            with self._writing():
                self._write_snapshot()

    def close(self) -> None:
        """Write metadata.json if it is behind, and close the files; a later save opens them again.

        Raises:
            OSError: as `flush`; the files are closed all the same.
        """
        try:
            self.flush()
        finally:
            with self._mutex:
                if not self._schedule.waiting:  # else another thread has saved again
                    self._schedule.stop()
                self._journal.close()
                self._lock.close()

    def __del__(self) -> None:
        self._journal.close()
        self._lock.close()

    def after_fork(self) -> None:
        """In a forked child: own locks and own files, because those of the parent are shared with it."""
        self._mutex = threading.Lock()
        self._name_temporaries()
        self._schedule.forget()
        self._journal.close()
        self._lock.close()
        self._loaded = False


def _after_fork() -> None:
    for storage in list(_live):
        storage.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
