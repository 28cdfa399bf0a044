"""One lock file per run: holds between processes and between recorders, and is free when its holder dies.

The file's first byte says how the last holder left: `0` in order, anything else in the middle of a save.
After the latter the next holder looks at the folder again, because a file may be there that no journal line
names.
"""

from __future__ import annotations

import os
import sys

from recorder.storage.paths import open_regular

if sys.platform == "win32":
    import msvcrt
    import time

    def _acquire(descriptor: int) -> None:
        while True:
            os.lseek(descriptor, 0, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                time.sleep(0.005)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _read_mark(descriptor: int) -> bytes:
        os.lseek(descriptor, 1, os.SEEK_SET)
        return os.read(descriptor, 1)

    def _write_mark(descriptor: int, mark: bytes) -> None:
        os.lseek(descriptor, 1, os.SEEK_SET)
        os.write(descriptor, mark)
else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _read_mark(descriptor: int) -> bytes:
        return os.pread(descriptor, 1, 0)

    def _write_mark(descriptor: int, mark: bytes) -> None:
        os.pwrite(descriptor, mark, 0)


_IN_ORDER = b"0"
_IN_THE_MIDDLE = b"1"


class RunLock:
    """An advisory lock on the file at `path`.

    Threads that share one RunLock are kept apart by their own mutex, not by this.
    """

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Wait for the lock, creating its file. True if the last holder left in order.

        Raises:
            OSError: the file cannot be made or written, or the folder is gone.
        """
        while True:
            if self._descriptor < 0:
                self._descriptor = open_regular(self._path, os.O_RDWR | os.O_CREAT)
            _acquire(self._descriptor)
            # A lock file that was deleted with its folder keeps nobody out who opens the new one.
            if os.fstat(self._descriptor).st_nlink > 0:
                break
            self.close()
        try:
            in_order = _read_mark(self._descriptor) in (b"", _IN_ORDER)
            _write_mark(self._descriptor, _IN_THE_MIDDLE)
        except BaseException:
            _release(self._descriptor)
            raise
        return in_order

    def release(self) -> None:
        """Give the lock up, in order."""
        if self._descriptor < 0:
            return
        try:
            _write_mark(self._descriptor, _IN_ORDER)
        except OSError:
            pass  # the only consequence is that the next holder looks at the folder once more than needed
        finally:
            _release(self._descriptor)

    def close(self) -> None:
        """Close the file; the next `acquire` opens it again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
