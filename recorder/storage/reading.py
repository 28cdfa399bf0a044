"""Reading a run folder: the journal, or the metadata.json of a run of an old version. Nothing here writes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from recorder.storage.index import OLD_FINAL_FOLDER, RunIndex
from recorder.storage.journal import JOURNAL_NAME, Journal
from recorder.storage.lines import number_of
from recorder.storage.lock import holding
from recorder.storage.paths import check_folder, read_regular
from recorder.storage.snapshot import SNAPSHOT_NAME

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(slots=True)
class LoadedRun:
    """A run folder as it was read, and what it takes to go on reading.

    Attributes:
        journal: read up to its offset.
        index: what it says, or what metadata.json says where there is no journal.
        snapshot_broken: there is no journal, and a metadata.json that cannot be read.
        unsaid: info that was given and that the run does not say yet.
        scanned: groups whose files have been counted, whether the journal names them or not.
    """

    journal: Journal
    index: RunIndex
    snapshot_broken: bool = False
    unsaid: dict[str, Any] = field(default_factory=dict)
    scanned: set[str] = field(default_factory=set)

    def follow(self) -> None:
        """Take in the lines that the journal has got since."""
        for line in self.journal.read_new():
            if not self.index.apply(line):
                logger.warning("%s: a line cannot be read and is left out: %.80r", self.journal.path, line)


class RunReader:
    """Reads one run folder, which need not exist, and follows what others write to it.

    Safe for several threads. An exception at any moment leaves it as if it had just been made.
    """

    def __init__(self, folder: Path, info: Mapping[str, Any], override: Mapping[str, Any] | None = None) -> None:
        """`info` says what the run is where nothing is stored, `override` also where something is."""
        self.folder = folder
        self._prefix = os.path.join(folder, "")
        self._given = dict(info)
        self._override = dict(override or {})
        self._mutex = RLock()
        self._busy = False
        self._run: LoadedRun | None = None
        """None: to be read anew."""
        self._last = RunIndex()
        """The index that was read last: what the run was, should its folder be deleted."""

    def exists(self) -> bool:
        """Whether there is a run in the folder: a journal or a metadata.json."""
        return self.has_journal or os.path.lexists(self._prefix + SNAPSHOT_NAME)

    @property
    def has_journal(self) -> bool:
        """Whether there is a journal; a run of an old version has none."""
        return os.path.lexists(self._prefix + JOURNAL_NAME)

    @property
    def snapshot_broken(self) -> bool:
        """Whether there is no journal, and a metadata.json that cannot be read."""
        return self._run is not None and self._run.snapshot_broken

    def read(self, question: Callable[[RunIndex], _Result]) -> _Result:
        """What `question` answers of the index as of now, with what other processes saved. It only reads, and briefly.

        Who shares the reader with nobody may keep the index itself.

        Raises:
            OSError: the run cannot be read.
            RuntimeError: a signal handler asks in the middle of this recorder's own work.
        """
        return self._alone(lambda: question(self._current().index))

    def highest_number(self) -> int:
        """The highest number in use outside of groups, by the journal and by the files found at opening."""

        def highest() -> int:
            run = self._current()
            self._scan(run, "")
            return run.index.highest.get("", 0)

        return self._alone(highest)

    def _alone(self, work: Callable[[], _Result]) -> _Result:
        """Call `work` as the only thread; whatever exception comes, what is known of the run is read anew afterwards."""
        return holding(self._mutex, lambda: self._to_the_end(work))

    def _to_the_end(self, work: Callable[[], _Result]) -> _Result:
        if self._busy:
            raise RuntimeError(f"{self.folder}: the recorder was interrupted in the middle of its work by what calls it now")
        done = False
        try:
            try:
                self._busy = True
                result = work()
                done = True
                return result
            finally:
                self._leave(done)
        finally:
            self._leave(done)  # again, should an exception have come in the middle of the first

    def _leave(self, done: bool) -> None:
        if not done:
            self._run = None
        self._busy = False

    def _current(self) -> LoadedRun:
        """The run as of now, read on where it was read before, and else read anew."""
        run = self._run
        if run is not None and run.journal.is_current():
            run.follow()
            return run
        self._run = None
        if run is not None:
            run.journal.close()
        run = self._load()
        self._last = run.index
        self._run = run
        return run

    def _load(self) -> LoadedRun:
        run = LoadedRun(Journal(self._prefix + JOURNAL_NAME), RunIndex())
        run.follow()
        if not run.journal.offset:
            run.snapshot_broken = self._load_snapshot(run.index)
        index, last = run.index, self._last
        for group, number in last.highest.items():  # given away once, and not again
            index.count_up(group, number)
        stored = {key: value for key, value in index.info.items() if value is not None}
        index.info = {**index.info, **self._given, **last.info, **stored, **self._override}
        run.unsaid = {key: value for key, value in index.info.items() if stored.get(key) != value}
        return run

    def _load_snapshot(self, index: RunIndex) -> bool:
        """Take in the metadata.json of a run without a journal. True if it is broken."""
        content = self.read_snapshot()
        if content is None:  # a new run, or one whose folder is gone
            index.state = self._last.state
            index.old_layout = False
            return False
        try:
            index.load_snapshot(content)
        except ValueError as error:
            logger.warning("%s: cannot be read (%s); `recorder repair` rebuilds it", self._prefix + SNAPSHOT_NAME, error)
            return True
        return False

    def read_snapshot(self) -> bytes | None:
        """The content of metadata.json, None where there is none."""
        try:
            return read_regular(self._prefix + SNAPSHOT_NAME)
        except FileNotFoundError:
            return None

    def _scan(self, run: LoadedRun, group: str) -> None:
        """Count the files that are there up, whether the journal names them or not."""
        if group in run.scanned:
            return
        folders = [group] if group or not run.index.old_layout else ["", OLD_FINAL_FOLDER]
        for folder in folders:
            path = self._prefix + folder
            # The run folder itself may be a link, none below it.
            there = check_folder(path) if folder else os.path.isdir(path)
            for name in os.listdir(path) if there else ():
                run.index.count_up(group, number_of(name))
        run.scanned.add(group)
