"""Files that appear whole or not at all, and never in place of another by mistake."""

from __future__ import annotations

import errno
import os
import time
from io import FileIO
from itertools import count
from pathlib import Path

from recorder.storage.paths import BINARY

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY
_ATTEMPTS = 20 if os.name == "nt" else 1

NO_LINKS = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EINVAL}
)
"""What the system says where a file system has no hard links."""


def open_new(path: str) -> FileIO:
    """A new file, open for writing. It is an object, and no number, so that it is closed whatever exception comes.

    Raises:
        FileExistsError: there is something at that path, be it a link to nowhere.
        OSError: as the system says.
    """
    return FileIO(path, "xb")


def write_all(descriptor: int, content: bytes | bytearray | memoryview) -> None:
    """Write everything, however many calls it takes.

    Raises:
        OSError: as the system says, such as no space left.
    """
    written = os.write(descriptor, content)
    if written < len(content):
        rest = memoryview(content)[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def stage_file(temporary: str, content: bytes, *, durable: bool) -> str:
    """Write `content` to a new file; returns its path.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    try:
        with open_new(temporary) as file:
            write_all(file.fileno(), content)
            if durable:
                os.fsync(file.fileno())
    except BaseException:
        remove(temporary)
        raise
    return temporary


def put_in_place(path: str, staged: str) -> None:
    """Replace the file at `path` by the staged one: a reader sees the old or the new one, never a part.

    Raises:
        OSError: it cannot be replaced; the staged file is gone.
    """
    try:
        for attempt in range(_ATTEMPTS):
            try:
                os.replace(staged, path)
                return
            except PermissionError:  # Windows, while a reader has the file open
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.01)
    except BaseException:
        remove(staged)  # gone already where the exception comes after the move
        raise


def link_new(temporary: str, path: str) -> None:
    """Give a file a second name, never over another file.

    Where there are no hard links it is claimed and moved.

    Raises:
        FileExistsError: the name is taken.
        OSError: as the system says.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        open_new(path).close()
        try:
            os.replace(temporary, path)
        except BaseException:
            if os.path.lexists(temporary):  # else the exception came after the move
                remove(path)
            raise


def unlink_again(temporary: str, path: str) -> None:
    """Undo a `link_new` that may have been done: `path` goes, if it is the file that was to get this name."""
    try:
        mine = os.path.samestat(os.lstat(temporary), os.lstat(path))
    except FileNotFoundError:
        mine = not os.path.lexists(temporary)  # moved there, where there are no hard links
    if mine:
        remove(path)


def hidden_beside(path: Path) -> Path:
    """A name in the same folder for what is being written, until it is whole and gets the name `path`.

    Raises:
        FileNotFoundError: there is no such folder.
        IsADirectoryError: `path` is a folder itself.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")


def free_name(path: str, suffix: str) -> str:
    """A name beside a file that nothing has: its own with a suffix, and a number where need be."""
    names = (f"{path}.{suffix}{number or ''}" for number in count())
    return next(name for name in names if not os.path.lexists(name))


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's entries. Windows cannot, and needs not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Remove a temporary file, if it is still there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
