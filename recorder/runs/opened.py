"""The index of a run as it was read at one moment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from recorder.runs.entity import Entity
from recorder.storage.index import RunIndex
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.reading import RunReader
from recorder.storage.snapshot import SNAPSHOT_NAME

BROKEN = "cannot be read, and there is no journal"


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """What a run's index said when it was opened.

    Attributes:
        folder: The run folder.
        reader: What has read it.
        index: What it said.
        signature: Time of change in nanoseconds and size of the index files, to see whether they were written to since.
    """

    folder: Path
    reader: RunReader
    index: RunIndex
    signature: tuple[tuple[int, int], ...]

    def entities(self) -> list[Entity]:
        """The entities in order."""
        return [Entity(self.folder, record.entity, record.size, record.sha256) for record in self.index.records]

    def unread(self) -> tuple[str, str] | None:
        """The file of the index that is not understood, or not all of it, and what is wrong with it; None where all was read."""
        reader, index = self.reader, self.index
        if reader.snapshot_broken:
            return SNAPSHOT_NAME, BROKEN
        if (reason := damage(index)) is not None:
            return JOURNAL_NAME if reader.has_journal else SNAPSHOT_NAME, reason
        if not index.facts and not len(index) and not os.path.lexists(self.folder / SNAPSHOT_NAME):
            return JOURNAL_NAME, "holds no whole line"
        return None

    def is_current(self) -> bool:
        """Whether the index files are as they were."""
        return _signature(self.folder) == self.signature

    @property
    def changed(self) -> float:
        """When the index was last written to, in seconds since the epoch."""
        return max((time for time, _ in self.signature), default=0) / 1e9


def damage(index: RunIndex) -> str | None:
    """How much of an index cannot be read, in words; None where all could be."""
    number = index.damaged_lines
    return f"{number} {'entry' if number == 1 else 'entries'} cannot be read" if number else None


def open_index(folder: Path) -> OpenedIndex:
    """Read the index of the run in a folder.

    Raises:
        OSError: It cannot be read.
    """
    signature = _signature(folder)  # before the reading: what is written meanwhile is seen as a change
    reader = RunReader(folder, {"run_id": folder.name})
    return OpenedIndex(folder, reader, reader.read(lambda index: index), signature)


def _signature(folder: Path) -> tuple[tuple[int, int], ...]:
    found = []
    for name in (JOURNAL_NAME, SNAPSHOT_NAME):
        try:
            status = os.lstat(folder / name)
        except FileNotFoundError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)
