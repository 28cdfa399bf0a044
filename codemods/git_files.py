"""Asks git which files of a work tree count: those it tracks, and the untracked ones that it does not ignore.

git is started with `os.posix_spawnp`: importing `subprocess` takes longer (19 ms) than git's whole answer (4
ms).
"""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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


class GitRefusal(Exception):
    """git is missing, or will not answer for this folder; the text is one line for the user."""


def list_files(folder: str, suffixes: tuple[str, ...]) -> Iterator[str] | None:
    """Paths below a folder, relative to it, of the files that count; a tracked file need not exist.

    Submodules and nested repositories are not entered. The list may name a folder or a broken link: what ends
    in a suffix, git does not look at.

    Returns:
        The paths in git's order, each once; None when git ignores the folder itself.

    Raises:
        GitRefusal: git is missing or refuses.
    """
    status, output, errors = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if status != 0:
        raise GitRefusal(_first_line(errors) or f"git ls-files ended with status {status}")
    if not output:
        status, _, _ = _git(folder, "check-ignore", "--quiet", ".")
        return None if status == 0 else iter(())
    return _names(output, tuple(map(os.fsencode, suffixes)))


def _names(output: bytes, suffixes: tuple[bytes, ...]) -> Iterator[str]:
    """The names one by one: the list of a large repository takes several times the space of git's output."""
    start, previous = 0, b""
    while (end := output.find(b"\0", start)) >= 0:
        name = output[start:end]
        start = end + 1
        # An unmerged file is listed once for each of its stages.
        if name.endswith(suffixes) and name != previous:
            yield os.fsdecode(name)
        previous = name


def _first_line(errors: bytes) -> str:
    text = os.fsdecode(errors).strip().split("\n", 1)[0]
    return text.removeprefix("fatal: ").rstrip(".:")


def _git(folder: str, *arguments: str) -> tuple[int, bytes, bytes]:
    """Run git in a folder: its exit status, standard output and standard error."""
    environment = {key: value for key, value in os.environ.items() if key not in _LOCAL}
    environment["LC_ALL"] = "C"
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    try:
        process = os.posix_spawnp(
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
    try:
        output, errors = _read_both(out_read, err_read)
    finally:
        os.close(out_read)
        os.close(err_read)
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), output, errors


def _read_both(first: int, second: int) -> tuple[bytes, bytes]:
    """Read two pipes to their ends, whichever has something: one after the other could wait for ever."""
    read: dict[int, list[bytes]] = {first: [], second: []}
    waiting = select.poll()
    for descriptor in read:
        waiting.register(descriptor, select.POLLIN)
    still_open = len(read)
    while still_open:
        for descriptor, _ in waiting.poll():
            piece = os.read(descriptor, 1 << 16)
            if piece:
                read[descriptor].append(piece)
            else:
                waiting.unregister(descriptor)
                still_open -= 1
    return b"".join(read[first]), b"".join(read[second])
