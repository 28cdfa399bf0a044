"""Reading a run folder: the journal, or the metadata.json of a run of an old version. Nothing here writes."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recorder.storage.index import OLD_FINAL_FOLDER, RunIndex
from recorder.storage.journal import JOURNAL_NAME, Journal
from recorder.storage.lines import number_of
from recorder.storage.paths import check_folder, read_regular
from recorder.storage.snapshot import SNAPSHOT_NAME

logger = logging.getLogger(__name__)


class RunReader:
    """Reads one run folder, which need not exist, and follows what others write to it.

    Safe for several threads.
    """

    def __init__(self, folder: Path, info: Mapping[str, Any], override: Mapping[str, Any] | None = None) -> None:
        """`info` says what the run is where nothing is stored, `override` also where something is."""
        self.folder = folder
        self._prefix = os.path.join(folder, "")
        self._given = dict(info)
        self._override = dict(override or {})
        self._unsaid: dict[str, Any] = {}
        self._mutex = threading.Lock()
        self._journal = Journal(self._prefix + JOURNAL_NAME)
        self._index = RunIndex()
        self._loaded = False
        self._replaced = False
        """The folder or the journal is another one than was opened: what is open belongs to the old one."""
        self._scanned: set[str] = set()
        self._broken_snapshot = False

    def exists(self) -> bool:
        """Whether there is a run in the folder: a journal or a metadata.json."""
        return self.has_journal or os.path.lexists(self._prefix + SNAPSHOT_NAME)

    @property
    def has_journal(self) -> bool:
        """Whether there is a journal; a run of an old version has none."""
        return os.path.lexists(self._journal.path)

    @property
    def snapshot_broken(self) -> bool:
        """Whether there is no journal, and a metadata.json that cannot be read."""
        return self._broken_snapshot

    @contextmanager
    def view(self) -> Iterator[RunIndex]:
        """The index as of now, including what other processes saved; the caller only reads, and briefly."""
        with self._mutex:
            self._refresh()
            yield self._index

    def highest_number(self) -> int:
        """The highest number in use outside of groups, by the journal and by the files found at opening."""
        with self.view() as index:
            if "" not in self._scanned:
                self._scan("")
            return index.highest.get("", 0)

    def _refresh(self) -> None:
        if not self._loaded:
            self._load()
        elif not self._journal.is_current():
            self._replaced = True
            self._load()
        for line in self._journal.read_new():
            self._apply(line)

    def _apply(self, line: bytes) -> None:
        if not self._index.apply(line):
            logger.warning("%s: a line cannot be read and is left out: %.80r", self._journal.path, line)

    def _load(self) -> None:
        """Build the index anew from the journal, or from the metadata.json of a run that has none."""
        self._journal.close()
        self._journal = Journal(self._journal.path)
        index, former = RunIndex(), self._index
        self._index = index
        self._scanned.clear()
        self._broken_snapshot = False
        for line in self._journal.read_new():
            self._apply(line)
        if not self._journal.offset and not self._load_snapshot():
            index.state = former.state
            index.old_layout = False
        for group, number in former.highest.items():
            index.count_up(group, number)
        stored = {key: value for key, value in index.info.items() if value is not None}
        index.info = {**index.info, **self._given, **former.info, **stored, **self._override}
        self._unsaid = {key: value for key, value in index.info.items() if stored.get(key) != value}
        self._loaded = True

    def read_snapshot(self) -> bytes | None:
        """The content of metadata.json, None where there is none."""
        try:
            return read_regular(self._prefix + SNAPSHOT_NAME)
        except FileNotFoundError:
            return None

    def _load_snapshot(self) -> bool:
        path = self._prefix + SNAPSHOT_NAME
        content = self.read_snapshot()
        if content is None:
            return False
        try:
            self._index.load_snapshot(content)
        except ValueError as error:
            self._broken_snapshot = True
            logger.warning("%s: cannot be read (%s); `recorder repair` rebuilds it", path, error)
        return True

    def _scan(self, group: str) -> None:
        """Count the files that are there up, whether the journal names them or not."""
        folders = [group] if group or not self._index.old_layout else ["", OLD_FINAL_FOLDER]
        for folder in folders:
            path = self._prefix + folder
            # The run folder itself may be a link, none below it.
            there = check_folder(path) if folder else os.path.isdir(path)
            for name in os.listdir(path) if there else ():
                self._index.count_up(group, number_of(name))
        self._scanned.add(group)
