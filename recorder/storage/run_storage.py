"""What is written to a run: entities, its state, its tags, and a journal that a repair has made.

`recorder.recorder` is its only face for users.

One save: payload to a temporary file, outside the lock; lock; read what others appended; link the file to the
next number; append one journal line; snapshot if due; unlock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from recorder.storage.atomic_files import link_new, unlink_again
from recorder.storage.index import RunIndex
from recorder.storage.journal import create_journal
from recorder.storage.json_values import dump
from recorder.storage.lines import Record, entity_line, now, state_line, tags_line
from recorder.storage.paths import check_folder
from recorder.storage.reading import LoadedRun
from recorder.storage.writing import RunWriter


class NewEntity(NamedTuple):
    """What is known of an entity before it has a number."""

    entity_type: str
    extension: str
    metadata: dict[str, Any]
    """Made of what JSON can hold."""
    size: int
    sha256: str | None = None
    group: str = ""


class RunStorage(RunWriter):
    """Writes one run folder, and reads it."""

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
            entity = dump(record.entity)
            run.index.add(record, entity)
            self._append(run, entity_line(record, entity), new.group, current=self.strict)
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
        described = {
            "sequence": number,
            "type": new.entity_type,
            "filename": filename,
            "timestamp": now(),
            "metadata": new.metadata,
        }
        return Record(described, new.size, new.sha256)

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
