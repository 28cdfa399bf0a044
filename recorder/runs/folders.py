"""Finding run folders on the disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.snapshot import SNAPSHOT_NAME

_DEEPEST = 6


def is_run(folder: Path) -> bool:
    """Whether a run lies in that folder: something has the name of a journal or of a metadata.json, readable or not."""
    return os.path.lexists(folder / JOURNAL_NAME) or os.path.lexists(folder / SNAPSHOT_NAME)


def no_run(folder: Path, hint: str = "") -> OSError:
    """Why no run is found in a folder: there is none, or the system does not let us look."""
    try:
        os.lstat(folder / JOURNAL_NAME)
    except (FileNotFoundError, NotADirectoryError):
        what = f"holds no run (neither {JOURNAL_NAME} nor {SNAPSHOT_NAME}){hint}" if folder.is_dir() else "no such folder"
        return FileNotFoundError(errno.ENOENT, what, str(folder))
    except OSError as error:
        return type(error)(error.errno, error.strerror, str(folder))
    return FileNotFoundError(errno.ENOENT, "was made just now", str(folder))


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
