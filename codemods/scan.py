"""The hot loop: reads every file into one reused buffer and keeps the paths of those that hold a token.

Nearly all files of a tree have no finding; each costs three system calls and one or two searches here, and no object
of its size is ever made. A file's work is done again from its path by the runner, for the few that are hits.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lint_plugin.prefilter import Prefilter

# Larger than nearly every source file, small enough to stay in the processor's cache.
BUFFER_SIZE = 1 << 18
# Without O_NONBLOCK a named pipe that happens to be called x.py would hold up the whole run.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class Scanner:
    """Searches files for the tokens of a prefilter.

    Attributes:
        opened: Files opened so far.
        hits: Paths of those that hold a token, in the order of the calls.
        failures: (path, reason) of those that could not be read.
    """

    __slots__ = ("_buffer", "failures", "hits", "opened")

    def __init__(self, buffer_size: int = BUFFER_SIZE) -> None:
        self.opened = 0
        self.hits: list[str] = []
        self.failures: list[tuple[str, str]] = []
        self._buffer = bytearray(buffer_size)

    def scan(self, prefix: str, names: Iterable[str], prefilter: Prefilter, named: bool = False) -> None:
        """Search some files of one folder.

        Args:
            prefix: What stands before each name: `""` or a path that ends in `/`.
            names: The file names.
            prefilter: What to look for.
            named: Whether a file that is not there is a failure. Below a folder it is none: git lists deleted files,
                and links without a target are nobody's source.
        """
        opener, read, close, search = os.open, os.readv, os.close, prefilter.search
        buffer = self._buffer
        buffers = (buffer,)
        capacity = len(buffer)
        for name in names:
            path = prefix + name
            try:
                descriptor = opener(path, _FLAGS)
                try:
                    size = read(descriptor, buffers)
                    if size < capacity:
                        hit = search(buffer, size)
                    else:
                        hit = _search_pieces(descriptor, buffer, prefilter)
                finally:
                    close(descriptor)
            except OSError as error:
                if named or not isinstance(error, (FileNotFoundError, IsADirectoryError)):
                    self.failures.append((path, f"cannot be read: {error.strerror}"))
                continue
            self.opened += 1
            if hit:
                self.hits.append(path)


def _search_pieces(descriptor: int, buffer: bytearray, prefilter: Prefilter) -> bool:
    """Search a file of which the buffer holds the beginning; each piece starts with the end of the one before."""
    if prefilter.search(buffer):
        return True
    overlap = max(prefilter.overlap - 1, 0)
    capacity = len(buffer)
    with memoryview(buffer) as view, view[overlap:] as rest:
        while True:
            view[:overlap] = view[capacity - overlap :]
            size = os.readv(descriptor, (rest,))
            if size == 0:
                return False
            if prefilter.search(buffer, overlap + size):
                return True
            if size < len(rest):
                # The tail of what was read must be where the next round takes its overlap from.
                view[capacity - overlap :] = view[size : size + overlap]
