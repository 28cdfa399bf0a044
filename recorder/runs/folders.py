"""Finding run folders on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.snapshot import SNAPSHOT_NAME

_DEEPEST = 6


def is_run(folder: Path) -> bool:
    """Whether a run lies in that folder: something has the name of a journal or of a metadata.json, readable or not."""
    return os.path.lexists(folder / JOURNAL_NAME) or os.path.lexists(folder / SNAPSHOT_NAME)


def run_folders(base: Path, depth: int = _DEEPEST, *, onerror: Callable[[Path, OSError], object] | None = None) -> Iterator[Path]:
    """All run folders under `base`, sorted by name, `base` itself left out.

    Hidden folders and links are not entered. Folders that cannot be read are left out; `onerror` is told of them.
    """
    try:
        with os.scandir(base) as entries:
            names = sorted(
                entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            )
    except OSError as error:
        if onerror is not None:
            onerror(base, error)
        return
    for name in names:
        folder = base / name
        if is_run(folder):
            yield folder
        elif depth > 1:
            yield from run_folders(folder, depth - 1, onerror=onerror)
