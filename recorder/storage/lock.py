"""What keeps writers apart: a mutex between the threads of a process, a lock file between processes.

The lock is free when its holder dies. The file's first byte says how the last holder left: `0` in order, anything else in the
middle of a save. After the latter the next holder looks at the folder again, because a file may be there that no journal line
names.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from threading import RLock
from typing import TypeVar

from recorder.storage.paths import open_regular

if sys.platform == "win32":
    import msvcrt
    from contextlib import suppress

    def _try(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with suppress(OSError):  # where it is not locked
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _read_mark(descriptor: int) -> bytes:
        os.lseek(descriptor, 1, os.SEEK_SET)
        return os.read(descriptor, 1)

    def _write_mark(descriptor: int, mark: bytes) -> None:
        os.lseek(descriptor, 1, os.SEEK_SET)
        os.write(descriptor, mark)
else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _read_mark(descriptor: int) -> bytes:
        return os.pread(descriptor, 1, 0)

    def _write_mark(descriptor: int, mark: bytes) -> None:
        os.pwrite(descriptor, mark, 0)


LOCK_TIMEOUT = 30.0
"""Seconds that a writer waits for another one, unless told otherwise."""

_IN_ORDER = b"0"
_IN_THE_MIDDLE = b"1"
_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.005

_Result = TypeVar("_Result")


def holding(mutex: RLock, work: Callable[[], _Result]) -> _Result:
    """Call `work` while holding the mutex, which is free again whatever exception comes, at whatever moment."""
    # On one line: a trace function is called, and may raise, wherever a new line begins, so also before the `with` is left.
    with mutex: return work()  # fmt: skip  # noqa: E701


def if_free(mutex: RLock, work: Callable[[], object]) -> None:
    """Call `work` while holding the mutex, unless another thread holds it."""
    try:
        if mutex.acquire(blocking=False):
            work()
    finally:
        try:
            mutex.release()
        except RuntimeError:
            pass  # another thread has it


def is_held(path: str | os.PathLike[str]) -> bool:
    """Whether a writer is in the middle of a save: it holds the lock on the file at `path`. Changes nothing."""
    try:
        descriptor = open_regular(path, os.O_RDONLY)
    except OSError:  # no writer could lock it either
        return False
    try:
        if not _try(descriptor):
            return True
        _release(descriptor)
        return False
    finally:
        os.close(descriptor)


class RunLock:
    """An advisory lock on the file at `path`.

    Threads that share one RunLock are kept apart by their own mutex, not by this.
    """

    __slots__ = ("_descriptor", "_path", "held", "timeout")

    def __init__(self, path: str, timeout: float) -> None:
        self.timeout = timeout
        self.held = False
        self._path = path
        self._descriptor = -1

    def acquire(self, since: float) -> bool:
        """Wait for the lock, creating its file. True if the last holder left in order.

        To be followed by `release` even where an exception comes in the middle. `since` (time.monotonic) the caller has been
        waiting: perhaps for another thread, which itself waited for this lock.

        Raises:
            TimeoutError: another process holds it, and `timeout` seconds have passed since then.
            RefusedPath: the file is a link or no plain file.
            OSError: the file cannot be made or written, or the folder is gone.
        """
        while True:
            if self._descriptor < 0:
                self._descriptor = open_regular(self._path, os.O_RDWR | os.O_CREAT)
            self._wait(since + self.timeout)
            self.held = True
            # A lock file that was deleted or moved with its folder keeps nobody out who opens the new one.
            if self._is_in_place():
                break
            self.close()
        in_order = _read_mark(self._descriptor) in (b"", _IN_ORDER)
        _write_mark(self._descriptor, _IN_THE_MIDDLE)
        return in_order

    def _wait(self, deadline: float) -> None:
        pause = _FIRST_PAUSE
        while not _try(self._descriptor):
            if time.monotonic() >= deadline:
                why = f"is held by another process, for more than {self.timeout:g} seconds"
                raise TimeoutError(errno.ETIMEDOUT, why, self._path)
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.lstat(self._path))
        except FileNotFoundError:
            return False

    def release(self, *, in_order: bool) -> None:
        """Give the lock up, if it is held. Not in order: whether it is held or not, an exception may have come in between."""
        if self._descriptor < 0 or (in_order and not self.held):
            return
        try:
            if in_order:
                _write_mark(self._descriptor, _IN_ORDER)
        except OSError:
            pass  # the only consequence is that the next holder looks at the folder once more than needed
        _release(self._descriptor)
        self.held = False

    def close(self) -> None:
        """Close the file, which gives the lock up; the next `acquire` opens it again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        self.held = False

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):  # not where an exception has come right after its making
            self.close()
