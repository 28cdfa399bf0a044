"""Removes old runs: which ones, and how."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recorder.runs.folders import run_folders
from recorder.runs.run import FAILED, Run
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.snapshot import SNAPSHOT_NAME


def runs_to_prune(
    runs: Iterable[Run], *, older_than: timedelta | None = None, keep: int | None = None, failed: bool = False
) -> list[Run]:
    """The runs that are to go, the oldest first. A run is as old as the last write to its index.

    Args:
        runs: All that may go.
        older_than: Those that were last written to longer ago than this.
        keep: All but so many of the newest.
        failed: Look at failed runs only; `keep` counts those.
    """
    considered = [run for run in runs if not failed or run.status == FAILED]
    newest_first = sorted(considered, key=lambda run: run.changed, reverse=True)
    left = newest_first[keep:] if keep is not None else newest_first
    if older_than is not None:
        limit = datetime.now(UTC) - older_than
        left = [run for run in left if run.changed < limit]
    return left[::-1]


def why_kept(run: Run) -> str | None:
    """Why a run cannot be removed, None if it can be: other runs lie in its folder, or it is being written to."""
    inner = next(run_folders(run.folder), None)
    if inner is not None:
        return f"another run lies in it: {inner}"
    if not run.is_current():
        return "it was written to just now"
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
