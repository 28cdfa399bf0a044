"""Writes a changed file back so that it is, at every moment, either the old one or the new one."""

from __future__ import annotations

import os
import re
import stat


class WriteError(Exception):
    """A file that could not be written; it is as it was.

    Attributes:
        message: Why, for a reader who knows the file's name.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def write_back(path: str, old: bytes, new: bytes) -> None:
    """Replace a file's bytes, keeping its mode and, where this user may, its owner and group.

    A symbolic link is written through to its target. Nothing is written when the file no longer holds `old`.

    Raises:
        WriteError: The file has changed since it was read, is read-only, or cannot be written.
    """
    target = os.path.realpath(path)
    try:
        with open(target, "r+b") as file:  # for writing, too: replacing a file would not ask whether it may be written
            before = os.fstat(file.fileno())
            # For the superuser every file is writable, but one that nobody may write is meant to stay.
            if not before.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
                raise WriteError("is read-only; nothing was written")
            if file.read() != old:
                raise WriteError("has changed on disk since it was read; nothing was written, run again")
        _replace(target, new, before)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}") from error


def may_replace(path: str, ours: re.Pattern[bytes]) -> bool:
    """Whether a file that belongs to the run may be written: nothing is lost, because there is none yet, or an empty one,
    an earlier one of recorder-fix, or no regular file (such as /dev/stdout).

    Args:
        path: Where it is to be written.
        ours: What is found in the bytes of those that recorder-fix writes.
    """
    if not os.path.isfile(path):
        return True
    try:
        with open(path, "rb") as file:
            there = file.read()
    except OSError:
        return False
    return not there or ours.search(there) is not None


def write_new(path: str, content: bytes) -> None:
    """Write a file that belongs to the run (a baseline, a report): new, or in place of an earlier one.

    Raises:
        WriteError: It cannot be written.
    """
    target = os.path.realpath(path)
    try:
        before = os.stat(target) if os.path.exists(target) else None
        if before is not None and not stat.S_ISREG(before.st_mode):  # such as /dev/stdout
            with open(target, "wb") as file:
                file.write(content)
            return
        _replace(target, content, before)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}") from error


def _replace(target: str, content: bytes, before: os.stat_result | None) -> None:
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        # 0o666 for a new file, as open() has it: the umask takes from it what it should.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(temporary, flags, 0o666 if before is None else 0o600), "wb") as file:
            if before is not None:
                _take_over(file.fileno(), before)
            file.write(content)
        if before is not None and _identity(os.stat(target)) != _identity(before):
            raise WriteError("has changed on disk since it was read; nothing was written, run again")
        os.replace(temporary, target)
    except BaseException:  # Ctrl-C included: the file is as it was, and no temporary file stays behind
        try:
            os.unlink(temporary)
        except FileNotFoundError:
            pass
        raise


def _take_over(descriptor: int, before: os.stat_result) -> None:
    """Give the new file the old one's owner, group and mode; the mode last, because chown clears set-id bits."""
    for owner, group in ((-1, before.st_gid), (before.st_uid, -1)):
        try:
            os.fchown(descriptor, owner, group)
        except PermissionError:  # only the superuser gives files away
            pass
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
