"""Which files of a run may be touched: plain files that lie in its folder, and nothing through a link.

A run folder may come from anywhere, unzipped or shared. Whatever a save, a repair or a backup reads, writes, renames or removes
in it goes through `checked_path`; files of the index are opened by `open_regular`. The run folder itself may be a link.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PureWindowsPath

BINARY: int = getattr(os, "O_BINARY", 0)  # Windows alone has it
_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | BINARY


class RefusedPath(OSError):
    """A file or folder of a run that is not touched; the error names it and says why."""

    def __init__(self, path: str | os.PathLike[str], why: str) -> None:
        super().__init__(errno.EPERM, why, os.fspath(path))


def leads_outside(filename: str) -> bool:
    """Whether a name relative to a run folder leads out of it by what it says, on this system."""
    parts = filename.replace("\\", "/").split("/")
    absolute = filename.startswith(("/", "\\")) or (os.name == "nt" and bool(PureWindowsPath(filename).drive))
    return absolute or ".." in parts or "\0" in filename


def checked_path(folder: str | Path, filename: str, *, own: bool = False) -> str:
    """The path of a file of the run, which need not exist: nothing between the run folder and it is a link.

    Args:
        folder: the run folder, which may be a link.
        filename: relative to it, such as "01_input.txt" or "prompting_process/001_interception.txt".
        own: it is a file of the index, which must have no second name (hard link) elsewhere either.

    Raises:
        RefusedPath: it leads out of the run folder, is or goes through a link, or is no plain file.
        OSError: it cannot be looked at.
    """
    path = os.path.join(folder, filename)
    if not filename or leads_outside(filename):
        raise RefusedPath(path, "leads out of the run folder")
    *folders, _ = filename.split("/")
    below = os.fspath(folder)
    for name in folders:
        below = os.path.join(below, name)
        check_folder(below)
    if (status := _status(path)) is not None:
        _check_file(path, status, own)
    return path


def check_folder(path: str | Path) -> bool:
    """Whether there is a folder at `path`.

    Raises:
        RefusedPath: it is a link or something else than a folder.
    """
    status = _status(path)
    if status is None:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise RefusedPath(path, f"is {_kind(status)} where a folder of the run should be")
    return True


def open_regular(path: str | os.PathLike[str], flags: int, *, own: bool = True, listed: bool = False) -> int:
    """A descriptor of a file of the run; `flags` as for `os.open`. Never waits, never follows a link.

    Args:
        path: as `checked_path` gave it, or that of a file in the run folder itself.
        flags: as for `os.open`.
        own: it is a file of the index, which must have no second name (hard link) elsewhere.
        listed: a listing of its folder has just shown that it is a plain file, and little is read before `check_open_file`.

    Raises:
        RefusedPath: it is no plain file, or has another name elsewhere.
        OSError: as the system says, FileNotFoundError where there is none.
    """
    if not listed and (status := _status(path)) is not None:  # first: to open a device or a pipe can do something
        _check_file(path, status, own)
    try:
        descriptor = os.open(path, flags | _CAREFUL, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedPath(path, "is a link where a file of the run should be") from None
        raise
    if not listed:
        try:
            check_open_file(path, descriptor, own=own)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def check_open_file(path: str | os.PathLike[str], descriptor: int, *, own: bool = False) -> None:
    """Refuse what was opened and is no plain file, or has another name elsewhere though it is the index's `own`.

    Raises:
        RefusedPath: it is.
    """
    _check_file(path, os.fstat(descriptor), own)


def read_regular(path: str | Path) -> bytes:
    """The content of a file of the index.

    Raises:
        RefusedPath, OSError: as `open_regular`.
    """
    with open(open_regular(path, os.O_RDONLY), "rb", buffering=0) as file:
        return file.read()


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _check_file(path: str | os.PathLike[str], status: os.stat_result, own: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise RefusedPath(path, f"is {_kind(status)} where a file of the run should be")
    if own and status.st_nlink > 1:
        raise RefusedPath(path, "has a second name (hard link) elsewhere, which would change with it")


def _kind(status: os.stat_result) -> str:
    kinds = ((stat.S_ISLNK, "a link"), (stat.S_ISDIR, "a folder"), (stat.S_ISREG, "a file"), (stat.S_ISFIFO, "a pipe"))
    return next((name for is_kind, name in kinds if is_kind(status.st_mode)), "a device or socket")
