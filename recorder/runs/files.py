"""The files of a run: found without following a link, and opened only where they are plain files.

A run may come from anybody. What its index names is looked for inside its folder and nowhere else, and a pipe or a device
in a file's place is never opened: it could wait for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from recorder.storage.atomic_files import BINARY
from recorder.storage.index import group_of, number_of
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.reading import OLD_FINAL_FOLDER
from recorder.storage.snapshot import SNAPSHOT_NAME

BROKEN_PREFIX = f"{SNAPSHOT_NAME}.broken"
"""What a metadata.json that cannot be read is renamed to."""

_READ = os.O_RDONLY | BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Stray:
    """A file that the index does not name.

    Attributes:
        name: Its path relative to the run folder.
        group: The group that it would belong to.
        number: The number that it bears, 0 for none.
        regular: Whether it is a plain file, and no link, pipe or device.
    """

    name: str
    group: str
    number: int
    regular: bool


def files_in(folder: Path) -> dict[str, bool]:
    """The files of a run and of its groups, relative to its folder, and whether each is a plain file.

    The index, hidden files and runs that lie below it are left out. A folder in a group is a name with a slash at its end.

    Raises:
        OSError: A folder cannot be read.
    """
    found: dict[str, bool] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith((".", BROKEN_PREFIX)) or name in (JOURNAL_NAME, SNAPSHOT_NAME):
                continue
            if not entry.is_dir(follow_symlinks=False):
                found[name] = entry.is_file(follow_symlinks=False)
            elif not any(os.path.isfile(os.path.join(entry, index)) for index in (JOURNAL_NAME, SNAPSHOT_NAME)):
                found.update(_group_files(entry))
    return found


def _group_files(group: os.DirEntry[str]) -> Iterator[tuple[str, bool]]:
    with os.scandir(group) as entries:
        for entry in entries:
            name = f"{group.name}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield f"{name}/", False  # groups have no groups
            elif not entry.name.startswith("."):
                yield name, entry.is_file(follow_symlinks=False)


def strays_among(files: Mapping[str, bool], known: Iterable[str]) -> list[Stray]:
    """Those of a run's files that are not known, by name."""
    names = sorted(files.keys() - set(known))
    return [Stray(name, group_of(name.rstrip("/")), number_of(name.rpartition("/")[2]), files[name]) for name in names]


def leads_outside(folder: Path, name: str) -> bool:
    """Whether a name leads out of the run folder, by what it says or by a linked folder on its way."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or (os.name == "nt" and PureWindowsPath(name).drive):
        return True
    path = os.fspath(folder)
    for part in name.split("/")[:-1]:
        path = os.path.join(path, part)
        status = _status(path)
        if status is None:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return True
    return False


def find_file(folder: Path, name: str) -> str | None:
    """Where a file that the index names is, relative to the run folder; None where there is no such plain file inside it.

    Old runs may have moved it to `final/`.
    """
    for place in (name, f"{OLD_FINAL_FOLDER}/{name}"):
        if not leads_outside(folder, place):
            status = _status(os.path.join(folder, place))
            if status is not None and stat.S_ISREG(status.st_mode):
                return place
    return None


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def open_file(path: str | os.PathLike[str]) -> int:
    """A descriptor to read a plain file; a link, a pipe or a device is not opened.

    Raises:
        OSError: The file is no plain file, or cannot be opened.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(errno.EINVAL, "is no plain file but a link, a folder, a pipe or a device", os.fspath(path))
    descriptor = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # it was replaced in between
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no plain file", os.fspath(path))
    return descriptor


def read_file(path: str | os.PathLike[str], limit: int | None = None) -> bytes:
    """The content of a plain file, or its first `limit` bytes.

    Raises:
        OSError: As `open_file`, or it cannot be read.
    """
    with open(open_file(path), "rb") as file:
        return file.read() if limit is None else file.read(limit)
