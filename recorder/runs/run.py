"""Opening a run to read it, and going through all runs below a folder."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recorder.runs.entity import Entity
from recorder.runs.files import files_in, strays_among
from recorder.runs.folders import is_run, no_run, run_folders
from recorder.runs.inspection import Problem, find_problems
from recorder.runs.opened import open_index
from recorder.storage.journal import JOURNAL_NAME

logger = logging.getLogger(__name__)

COMPLETED = "completed"
FAILED = "failed"
RUNNING = "running"


class Run:
    """A run as it lies on the disk, to read. `open_run` and `iter_runs` make it.

    It says what was in the index when it was opened; open it again to see what was saved since. Nothing is ever written.
    """

    __slots__ = ("_entities", "_opened", "folder")

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        """The run folder, as an absolute path."""
        self._opened = open_index(folder)
        self._entities: list[Entity] | None = None

    def __repr__(self) -> str:
        return f"<Run {self.run_id!r} in {str(self.folder)!r}>"

    @property
    def run_id(self) -> str:
        """Its run id, or the name of its folder where the index has none."""
        return str(self.info.get("run_id") or self.folder.name)

    @property
    def info(self) -> dict[str, Any]:
        """What metadata.json says of the run beside its state and entities: run_id, config_name, user_id, started, ..."""
        return {key: value for key, value in self._opened.index.summary().items() if key != "current_state"}

    @property
    def state(self) -> dict[str, Any]:
        """Where it stands: stage, step, and progress such as "3/6" or "3"."""
        return self._opened.index.current_state()

    @property
    def status(self) -> str:
        """ "completed", "failed", or "running" for every other step."""
        step = self._opened.index.state["step"]
        return str(step) if step in (COMPLETED, FAILED) else RUNNING

    @property
    def tags(self) -> list[str]:
        """The tags that `recorder tag` gave it."""
        return list(self._opened.index.tags)

    @property
    def error(self) -> str | None:
        """Why it failed, in a line; None where the index does not say."""
        error = self._opened.index.state.get("error")
        if isinstance(error, dict):
            return ": ".join(str(value) for key in ("type", "error_type", "message") if (value := error.get(key)))
        return None if error is None else str(error)

    @property
    def started(self) -> datetime | None:
        """When it was started, with its zone; None where the index does not say. A time without zone is taken as local."""
        return _time(self._opened.index.info.get("started") or self._opened.index.info.get("timestamp"))

    @property
    def finished(self) -> datetime | None:
        """When it was completed or failed, with its zone; None while it is running, or where the index does not say."""
        return _time(self._opened.index.state.get("finished"))

    @property
    def duration(self) -> timedelta | None:
        """The time from start to finish; None where one of them is not known."""
        start, end = self.started, self.finished
        return end - start if start is not None and end is not None else None

    @property
    def changed(self) -> datetime:
        """When its index was last written to, in UTC."""
        return datetime.fromtimestamp(self._opened.changed, UTC)

    @property
    def size(self) -> int:
        """The size of all its entities in bytes; what the index does not say is looked up."""
        sizes = [record.size for record in self._opened.index.records]
        if None not in sizes:
            return sum(filter(None, sizes))
        return sum(_size(entity) for entity in self.entities())

    @property
    def unread(self) -> str | None:
        """What of its index could not be read, so that more may have been saved than is known; None where all was."""
        if self._opened.index.is_newer:
            return f"{JOURNAL_NAME} is of a newer version of the recorder"
        unread = self._opened.unread()
        return None if unread is None else " ".join(unread)

    def is_current(self) -> bool:
        """Whether the index is still as it was when the run was opened."""
        return self._opened.is_current()

    def __len__(self) -> int:
        """How many entities it has."""
        return len(self._opened.index)

    def __bool__(self) -> bool:
        """A run without entities is a run."""
        return True

    def entities(self, type: str | None = None, group: str | None = None) -> list[Entity]:
        """Its entities in order.

        Args:
            type: Only those of this type.
            group: Only those of this group; "" for those in no group.
        """
        if self._entities is None:
            self._entities = self._opened.entities()
        return [
            entity
            for entity in self._entities
            if (type is None or entity.type == type) and (group is None or entity.group == group)
        ]

    def problems(self, on_file: Callable[[str], object] | None = None) -> list[Problem]:
        """What is wrong with the run as it lies on the disk now; every file is read and compared with its SHA-256.

        What a run shows while it is being written is no problem: it is looked at again where that may be the reason.

        Args:
            on_file: Called with each file's name before it is read, and with a large one's again meanwhile, to show progress.

        Raises:
            OSError: The folder cannot be read.
        """
        return find_problems(self._opened, on_file)

    def other_files(self) -> list[str]:
        """Files in its folder that are no part of the run and bear no number; they may belong there.

        Raises:
            OSError: The folder cannot be read.
        """
        known = [entity.filename for entity in self.entities()]
        return [stray.name for stray in strays_among(files_in(self.folder), known) if not stray.number]


def newest_first(runs: Iterable[Run]) -> list[Run]:
    """The runs by when they were started, or when their index was last written to if that is not known."""
    return sorted(runs, key=begun, reverse=True)


def begun(run: Run) -> datetime:
    """When a run was started, or when its index was last written to if that is not known."""
    return (run.started or run.changed).astimezone(UTC)


def _size(entity: Entity) -> int:
    if entity.size is not None:
        return entity.size
    status = entity.stat()
    return 0 if status is None else status.st_size


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone() if time is not None and time.tzinfo is None else time
    except (ValueError, OverflowError, OSError):
        return None


def open_run(path: str | os.PathLike[str]) -> Run:
    """Open one run to read it; nothing is written.

    Args:
        path: The run folder. It may be a link; what lies in it may not.

    Raises:
        FileNotFoundError: There is no such folder, or it holds no run.
        OSError: The folder or the index cannot be read: it is a link, a pipe or a folder, or the system does not let you.
    """
    folder = Path(os.path.abspath(path))
    if not is_run(folder):
        raise no_run(folder)
    return Run(folder)


def iter_runs(
    base: str | os.PathLike[str],
    where: Callable[[Run], bool] | None = None,
    *,
    onerror: Callable[[Path, OSError], object] | None = None,
) -> Iterator[Run]:
    """Every run below a folder, or the run that lies in it, sorted by folder; nothing is written.

    A run or folder that cannot be read is left out; the others are done all the same.

    Args:
        base: The folder. Hidden folders and links below it are not entered.
        where: Only runs for which this is true, such as `lambda run: run.status == "failed"`.
        onerror: Called with the folder that could not be read and the reason; without it a warning is logged.

    Raises:
        NotADirectoryError: `base` is no folder.
    """
    top = Path(os.path.abspath(base))
    if not top.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is no folder" if top.exists() else "no such folder", str(base))
    report = onerror or _warn
    for folder in [top] if is_run(top) else run_folders(top, onerror=report):
        try:
            run = open_run(folder)
        except OSError as error:
            report(folder, error)
            continue
        if where is None or where(run):
            yield run


def _warn(folder: Path, error: OSError) -> None:
    logger.warning("%s: %s", folder, error)
