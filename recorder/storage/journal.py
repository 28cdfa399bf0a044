"""The journal of a run, `entities.jsonl`: the truth, only ever appended to, one line for each event.

A line counts once its newline is there. What follows the last newline is the rest of a write that was
interrupted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from recorder.storage.atomic_files import put_in_place, stage_file, write_all
from recorder.storage.paths import open_regular

JOURNAL_NAME = "entities.jsonl"

_FLAGS = os.O_RDWR | os.O_APPEND


def split_lines(content: bytes) -> tuple[list[bytes], int]:
    """The complete lines and how many bytes they take, newlines included."""
    end = content.rfind(b"\n") + 1
    return content[:end].split(b"\n")[:-1], end


class Journal:
    """The journal file of one run, read from where the last reading stopped."""

    __slots__ = ("_descriptor", "_identity", "_size", "offset", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.offset = 0
        """Up to here, in bytes, the lines have been read or were written here."""
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None
        self._size = 0

    def open(self) -> None:
        """Open for appending; makes an empty file where there is none.

        Raises:
            RefusedPath: it is a link or no plain file.
            OSError: the file cannot be opened or made.
        """
        if self._descriptor < 0:
            self._descriptor = open_regular(self.path, _FLAGS | os.O_CREAT)

    @property
    def is_open(self) -> bool:
        """Whether it is open for appending."""
        return self._descriptor >= 0

    def is_current(self) -> bool:
        """Whether what was read so far still stands: the same file at the path, and not shorter."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            return self._identity is None
        self._size = status.st_size
        return self._identity == (status.st_dev, status.st_ino) and self._size >= self.offset

    def read_new(self) -> list[bytes]:
        """The complete lines that came after `offset`, which moves behind them. Call `is_current` before.

        Raises:
            OSError: the file cannot be read.
        """
        if self._size <= self.offset and self._identity is not None:
            return []
        if self._descriptor >= 0:
            return self._read_from(self._descriptor)
        try:
            descriptor = open_regular(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return []
        try:
            return self._read_from(descriptor)
        finally:
            os.close(descriptor)

    def _read_from(self, descriptor: int) -> list[bytes]:
        status = os.fstat(descriptor)
        self._identity = (status.st_dev, status.st_ino)
        self._size = size = status.st_size
        chunks = []
        position = self.offset
        os.lseek(descriptor, position, os.SEEK_SET)
        while position < size and (chunk := os.read(descriptor, size - position)):
            chunks.append(chunk)
            position += len(chunk)
        lines, length = split_lines(b"".join(chunks))
        self.offset += length
        return lines

    def cut_torn_line(self) -> None:
        """Cut what stands behind the last newline, the rest of an interrupted write.

        Only under the run's lock.
        """
        if self._size > self.offset:
            os.ftruncate(self._descriptor, self.offset)
            self._size = self.offset

    def append(self, content: bytes) -> None:
        """Append complete lines. Only under the run's lock, after `read_new`; after an exception call `cut_back`.

        Raises:
            OSError: as the system says.
        """
        write_all(self._descriptor, content)
        self.offset += len(content)

    def cut_back(self, offset: int) -> bool:
        """Remove all that was appended behind `offset` under this hold of the run's lock. False if that is not possible."""
        try:
            os.ftruncate(self._descriptor, offset)
        except OSError:
            return False
        self.offset = offset
        return True

    def sync(self) -> None:
        """Wait until the disk has it."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; `open` opens it again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):  # not where an exception has come right after its making
            self.close()


def create_journal(path: str, temporary: str, lines: Iterable[bytes], *, durable: bool) -> None:
    """Make a journal with these lines at once: it is there whole or not at all, even after a kill.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    put_in_place(path, stage_file(temporary, b"".join(lines), durable=durable))
