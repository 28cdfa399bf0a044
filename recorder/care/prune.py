"""Removes old runs: which ones, and how."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recorder.runs.folders import run_folders
from recorder.runs.run import FAILED, RUNNING, Run, newest_first
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lock import is_held
from recorder.storage.snapshot import SNAPSHOT_NAME
from recorder.storage.writing import LOCK_NAME

STILL_RECORDED = timedelta(days=1)
"""A run that is not over and was written to within this time may have a program that goes on with it."""


def runs_to_prune(
    runs: Iterable[Run], *, older_than: timedelta | None = None, keep: int | None = None, failed: bool = False
) -> list[Run]:
    """The runs that are to go, the oldest first; `why_kept` is to be asked of each.

    Args:
        runs: All that may go.
        older_than: Those whose index was last written to longer ago than this.
        keep: All but so many of the newest, which are those that were started last. One that cannot be read is not counted.
        failed: Look at failed runs only; `keep` counts those.
    """
    left = newest_first(run for run in runs if not failed or run.status == FAILED)
    if keep is not None:
        newest = set([run for run in left if run.unread is None][:keep])
        left = [run for run in left if run not in newest]
    if older_than is not None:
        limit = datetime.now(UTC) - older_than
        left = [run for run in left if run.changed < limit]
    return left[::-1]


def why_kept(run: Run) -> str | None:
    """Why a run is not to be removed, None if it may be. To be asked again right before the removal."""
    inner = next(run_folders(run.folder), None)
    if inner is not None:
        return f"another run lies in it: {inner}"
    if run.unread is not None:
        return run.unread
    if not run.is_current() or is_held(run.folder / LOCK_NAME):
        return "it was written to just now"
    if run.status == RUNNING and run.changed > datetime.now(UTC) - STILL_RECORDED:
        return "it is not over, and was written to within a day: it may still be recorded"
    return None


def remove_run(folder: Path) -> None:
    """Remove a run folder with all that is in it. Links in it are removed and what they point to is not.

    The index goes last: a removal that was stopped leaves a run that the next one removes.

    Raises:
        OSError: Something cannot be removed.
    """
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        raise NotADirectoryError(20, "is no folder but a link", str(folder))
    last = {JOURNAL_NAME, SNAPSHOT_NAME}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name in last):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(folder)
