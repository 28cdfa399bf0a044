"""Asks git which files of a work tree count: those it tracks, and the untracked ones that it does not ignore.

git is started with `os.posix_spawnp`: importing `subprocess` takes longer (19 ms) than git's whole answer (4
ms).
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Set in a git hook or by the user, these would point git at another repository or change how it reads our
# arguments (`git rev-parse --local-env-vars`, and the rules for pathspecs).
_LOCAL = frozenset(
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_DIR GIT_GLOB_PATHSPECS GIT_GRAFT_FILE"
        " GIT_ICASE_PATHSPECS GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_LITERAL_PATHSPECS"
        " GIT_NOGLOB_PATHSPECS GIT_NO_REPLACE_OBJECTS GIT_OBJECT_DIRECTORY GIT_PREFIX"
        " GIT_REPLACE_REF_BASE GIT_SHALLOW_FILE GIT_WORK_TREE"
    ).split()
)

_PIECE = 1 << 16  # bytes
_SIGKILL = 9  # the module signal costs 2 ms
_prepared: dict[str, Listing] = {}


class GitRefusal(Exception):
    """git is missing, or will not answer for this folder; the text is one line for the user."""


class Listing:
    """The files below a folder that count: tracked ones at once, untracked ones when git has gone through all folders.

    Both kinds come folder by folder, as (`""` or a path that ends in `/`, file names), relative to the folder and
    in git's order. A tracked file need not exist. Submodules and nested repositories are not entered. There may be
    a folder or a broken link among the files: what ends in a suffix, git does not look at.
    """

    __slots__ = ("_suffixes", "_tracked", "_untracked")

    def __init__(self, folder: str, suffixes: tuple[str, ...]) -> None:
        """Start git; `close` has to be called.

        Raises:
            GitRefusal: git cannot be started.
        """
        self._suffixes = suffixes
        # The first reads the index, the second the whole tree too; meanwhile the tracked files can be worked on.
        self._tracked = _Git(folder, "ls-files", "-z", "--cached")
        try:
            self._untracked = _Git(folder, "ls-files", "-z", "--others", "--exclude-standard")
        except BaseException:
            self._tracked.kill()
            raise

    def tracked(self) -> Iterator[tuple[str, list[str]]]:
        """What git tracks; waits for it.

        Raises:
            GitRefusal: git refuses.
        """
        return _by_folder(self._tracked.answer(), self._suffixes)

    def untracked(self) -> Iterator[tuple[str, list[str]]]:
        """What git neither tracks nor ignores; waits for it.

        Raises:
            GitRefusal: git refuses.
        """
        return _by_folder(self._untracked.answer(), self._suffixes)

    def is_empty(self) -> bool:
        """Whether git lists no file at all, of any suffix; waits for it.

        Raises:
            GitRefusal: git refuses.
        """
        return not self._tracked.answer() and not self._untracked.answer()

    def is_complete(self) -> bool:
        """Whether git has done its work, so that no process and no descriptor is left; does not wait."""
        return self._tracked.has_ended() and self._untracked.has_ended()

    def close(self) -> None:
        """End what is still running."""
        self._tracked.kill()
        self._untracked.kill()


def list_files(folder: str, suffixes: tuple[str, ...], meanwhile: Callable[[], None] | None = None) -> Listing | None:
    """Ask git for the files below a folder.

    Args:
        folder: The folder.
        suffixes: What the names of the files end in.
        meanwhile: Called while git reads its index, which takes some milliseconds.

    Returns:
        The files; None when git ignores the folder itself.

    Raises:
        GitRefusal: git is missing or refuses.
    """
    listing = _prepared.pop(folder, None) or Listing(folder, suffixes)
    try:
        if meanwhile is not None:
            meanwhile()
        if not listing.is_empty() or _Git(folder, "check-ignore", "--quiet", ".").status() != 0:
            return listing
    except BaseException:
        listing.close()
        raise
    return None


def prepare(folder: str, suffixes: tuple[str, ...]) -> None:
    """Start git for a list that will probably be asked for."""
    try:
        _prepared[folder] = Listing(folder, suffixes)
    except GitRefusal:  # whoever asks for the list will hear it
        pass


def forget() -> None:
    """End what was started and never asked for."""
    while _prepared:
        _, listing = _prepared.popitem()
        listing.close()


def _by_folder(output: bytes, suffixes: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """A folder with folders in it comes several times; of git's output little at a time becomes strings."""
    folder: str | None = None
    names: list[str] = []
    previous = ""
    start = 0
    while end := output.rfind(b"\0", start, start + _PIECE) + 1 or output.find(b"\0", start) + 1:
        for path in os.fsdecode(output[start : end - 1]).split("\0"):
            # An unmerged file is listed once for each of its stages.
            if path.endswith(suffixes) and path != previous:
                previous = path
                above, slash, name = path.rpartition("/")
                if above != folder:
                    if names:
                        yield f"{folder}/" if folder else "", names
                    folder, names = above, []
                names.append(name)
        start = end
    if names:
        yield f"{folder}/" if folder else "", names


class _Git:
    """A git process in a folder, whose output is read while it runs."""

    __slots__ = ("_errors", "_open", "_output", "_process", "_status", "_waiting", "_what")

    def __init__(self, folder: str, *arguments: str) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in _LOCAL}
        environment["LC_ALL"] = "C"
        self._what = arguments[0]
        self._status: int | None = None
        self._output: list[bytes] = []
        self._errors: list[bytes] = []
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        try:
            self._process = os.posix_spawnp(
                "git",
                ["git", "--no-optional-locks", "-C", folder, *arguments],
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, out_write, 1),
                    (os.POSIX_SPAWN_DUP2, err_write, 2),
                ],
            )
        except OSError as error:
            os.close(out_read)
            os.close(err_read)
            raise GitRefusal(f"git cannot be started: {error.strerror}") from error
        finally:
            os.close(out_write)
            os.close(err_write)
        self._open = {out_read: self._output, err_read: self._errors}
        self._waiting = select.poll()
        self._waiting.register(out_read, select.POLLIN)
        self._waiting.register(err_read, select.POLLIN)

    def has_ended(self, wait: bool = False) -> bool:
        """Read what there is, from whichever pipe has something: one after the other could wait for ever."""
        while self._open:
            ready = self._waiting.poll(None if wait else 0)
            if not ready:
                return False
            for descriptor, _ in ready:
                piece = os.read(descriptor, 1 << 16)
                if piece:
                    self._open[descriptor].append(piece)
                else:
                    self._close(descriptor)
        if self._status is None:
            _, status = os.waitpid(self._process, 0)
            self._status = os.waitstatus_to_exitcode(status)
        return True

    def _close(self, descriptor: int) -> None:
        self._waiting.unregister(descriptor)
        del self._open[descriptor]
        os.close(descriptor)

    def status(self) -> int:
        """Wait for the exit status."""
        self.has_ended(wait=True)
        assert self._status is not None
        return self._status

    def answer(self) -> bytes:
        """Wait for standard output.

        Raises:
            GitRefusal: git ended with an error; the text is the first line of what it said.
        """
        if self.status() != 0:
            text = os.fsdecode(b"".join(self._errors)).strip().split("\n", 1)[0]
            said = text.removeprefix("fatal: ").rstrip(".:")
            raise GitRefusal(said or f"git {self._what} ended with status {self._status}")
        if len(self._output) > 1:
            self._output[:] = [b"".join(self._output)]
        return self._output[0] if self._output else b""

    def kill(self) -> None:
        """End it if it still runs; it only reads, so nothing is left half done."""
        if self._status is None:
            os.kill(self._process, _SIGKILL)
            for descriptor in tuple(self._open):
                self._close(descriptor)
            _, status = os.waitpid(self._process, 0)
            self._status = os.waitstatus_to_exitcode(status)
