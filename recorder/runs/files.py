"""The files of a run: found without following a link, and opened only where they are plain files.

A run may come from anybody. What its index names is looked for inside its folder and nowhere else, and a pipe or a device
in a file's place is never opened: it could wait for ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recorder.storage.index import OLD_FINAL_FOLDER
from recorder.storage.journal import JOURNAL_NAME
from recorder.storage.lines import group_of, number_of
from recorder.storage.paths import checked_path, open_regular
from recorder.storage.snapshot import SNAPSHOT_NAME

BROKEN_PREFIX = f"{SNAPSHOT_NAME}.broken"
"""What a metadata.json that cannot be read is renamed to."""
_INDEX = (JOURNAL_NAME, SNAPSHOT_NAME)


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
            if name.startswith((".", BROKEN_PREFIX)) or name in _INDEX:
                continue
            if entry.is_file(follow_symlinks=False):
                found[name] = True
            elif not entry.is_dir(follow_symlinks=False):
                found[name] = False
            elif not any(os.path.isfile(os.path.join(entry, index)) for index in _INDEX):
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


def find_file(folder: Path, name: str) -> str | None:
    """Where a file that the index names is, relative to the run folder; None where there is none.

    Old runs may have moved it to `final/`.

    Raises:
        RefusedPath: The name leads out of the run folder, or what is there is no plain file.
        OSError: It is a name that no file can have.
    """
    for place in (name, f"{OLD_FINAL_FOLDER}/{name}"):
        if os.path.lexists(checked_path(folder, place)):
            return place
    return None


def open_file(path: str | os.PathLike[str], *, listed: bool = False) -> int:
    """A descriptor to read a plain file of a run, which may have further names.

    `listed`: `files_in` has just shown that it is a plain file, and little is read before `check_open_file`.

    Raises:
        RefusedPath: It is a link, a folder, a pipe or a device.
        OSError: As the system says.
    """
    return open_regular(path, os.O_RDONLY, own=False, listed=listed)


def read_file(path: str | os.PathLike[str], limit: int = -1) -> bytes:
    """The content of a plain file of a run, or its first `limit` bytes.

    Raises:
        OSError: As `open_file`, or it cannot be read.
    """
    with open(open_file(path), "rb") as file:
        return file.read(limit)
