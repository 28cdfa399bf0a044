"""The hot loop: reads files into one reused buffer and keeps the paths of those that hold a token.

Nearly all files of a tree have no finding; each costs three system calls here, and no object of its size is
ever made. Many files fill the buffer before it is searched, once for each token. What is to be done with a hit
is done again from its path, by the runner.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codemods.run.native_search import Find
    from lint_plugin.source.prefilter import Prefilter

# Larger than nearly every source file, small enough to stay in the processor's cache.
BUFFER_SIZE = 1 << 18
# Files after which the native search has made up for its import (3 ms).
NATIVE_AFTER = 500
_NEVER = 1 << 62  # files
# Without O_NONBLOCK a named pipe that happens to be called x.py would hold up the whole run.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_NEWLINE = 10  # between two files: no token can be found across it


class Scanner:
    """Searches files for the tokens of a prefilter; `finish` completes what `scan` has begun.

    Attributes:
        opened: Files opened so far.
        hits: Paths of those that hold a token.
        failures: (path, reason) of those that could not be read.
    """

    __slots__ = (
        *("failures", "hits", "opened"),
        *("_buffer", "_ends", "_native_after", "_paths", "_prefilter", "_search", "_used"),
    )

    def __init__(self, buffer_size: int = BUFFER_SIZE, native_after: int = NATIVE_AFTER) -> None:
        self.opened = 0
        self.hits: list[str] = []
        self.failures: list[tuple[str, str]] = []
        self._buffer = buffer = bytearray(buffer_size)
        self._search: Callable[[int], Find] = lambda used: buffer.find
        self._native_after = native_after
        # The files in the buffer: each one's path, and where the newline behind it is.
        self._paths: list[str] = []
        self._ends: list[int] = []
        self._used = 0
        self._prefilter: Prefilter | None = None

    def scan(self, prefix: str, names: Iterable[str], prefilter: Prefilter, named: bool = False) -> None:
        """Read some files of one folder, and search what is in the buffer whenever it is full.

        Args:
            prefix: What stands before each name: `""` or a path that ends in `/`.
            names: The file names.
            prefilter: What to look for.
            named: Whether a file that is not there is a failure. Below a folder it is none: git lists deleted
                files, and links without a target are nobody's source.
        """
        if prefilter is not self._prefilter:
            self.finish()
            self._prefilter = prefilter
        opener, read, close = os.open, os.readv, os.close
        buffer, paths, ends = self._buffer, self._paths, self._ends
        capacity = len(buffer)
        least = capacity // 4
        used = self._used
        with memoryview(buffer) as view:
            for name in names:
                path = prefix + name
                try:
                    descriptor = opener(path, _FLAGS)
                    try:
                        size = read(descriptor, (view[used:],))
                        if used + size >= capacity:
                            # It may be longer than there was room for.
                            self._used = used
                            self.finish()
                            used = 0
                            size = self._read_long(descriptor, view, path)
                    finally:
                        close(descriptor)
                except OSError as error:
                    if named or not isinstance(error, (FileNotFoundError, IsADirectoryError)):
                        self.failures.append((path, f"cannot be read: {error.strerror}"))
                    continue
                self.opened += 1
                used += size
                buffer[used] = _NEWLINE
                paths.append(path)
                ends.append(used)
                used += 1
                if capacity - used < least:
                    self._used = used
                    self.finish()
                    used = 0
        self._used = used

    def finish(self) -> None:
        """Search what is in the buffer; after it `hits` is complete for all files so far."""
        if self._paths:
            assert self._prefilter is not None
            if self.opened >= self._native_after:
                self.go_native()
            for number in sorted(self._hits_in_buffer(self._prefilter)):
                self.hits.append(self._paths[number])
            self._paths.clear()
            self._ends.clear()
        self._used = 0

    def go_native(self) -> None:
        """Search by the C library from now on; takes milliseconds, which `scan` spends only for many files."""
        if self._native_after != _NEVER:
            from codemods.run.native_search import native_search

            self._native_after = _NEVER
            self._search = native_search(self._buffer)

    def _hits_in_buffer(self, prefilter: Prefilter) -> set[int]:
        """Numbers of the files in the buffer that hold a token."""
        # No token goes on behind the newline after the last file.
        ends, used = self._ends, self._used - 1
        buffer, find = self._buffer, self._search(used)
        found: set[int] = set()
        for token in prefilter.tokens:
            at = find(token, 0, used)
            while at >= 0:
                if not prefilter.counts(buffer, token, at):
                    at = find(token, at + 1, used)
                    continue
                from bisect import bisect_left  # not for the many runs over one clean file

                number = bisect_left(ends, at)
                found.add(number)
                at = find(token, ends[number], used)
        return found

    def _read_long(self, descriptor: int, view: memoryview, path: str) -> int:
        """Read a file from its start into the empty buffer; one that does not fit is searched in pieces.

        Returns:
            What is left in the buffer to be searched.
        """
        os.lseek(descriptor, 0, os.SEEK_SET)
        capacity = len(view)
        size = os.readv(descriptor, (view,))
        if size < capacity:
            return size
        assert self._prefilter is not None
        search = self._prefilter.search
        overlap = max(self._prefilter.overlap - 1, 0)
        hit = search(self._buffer)
        with view[overlap:] as rest:
            while size and not hit:
                # Each piece starts with the end of the one before, which is where the last read has put it.
                tail = overlap + size if size < capacity else capacity
                view[:overlap] = view[tail - overlap : tail]
                size = os.readv(descriptor, (rest,))
                hit = search(self._buffer, overlap + size)
        if hit:
            self.hits.append(path)
        return 0
