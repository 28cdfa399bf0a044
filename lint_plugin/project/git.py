"""Starts git to list and to search the files of a work tree; what a user has configured changes neither answer."""

from __future__ import annotations

import os
from collections.abc import Iterable

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
# Settings that would change which names come back, or how: full names, colours, submodules' files, folders without git.
_SETTINGS = ("-c", "grep.fullName=false", "-c", "grep.fallbackToNoIndex=false")
_GREP = ("grep", "-lzF", "--no-color", "--no-recurse-submodules")


class GitRefusal(Exception):
    """git is missing, or will not answer for this folder; the text is one line for the user."""


class Git:
    """A git process; used with `with`, so that none is left behind."""

    def __init__(self, folder: str, *arguments: str) -> None:
        """Start it.

        Args:
            folder: Where.
            arguments: The command and what belongs to it.

        Raises:
            GitRefusal: git cannot be started.
        """
        import subprocess  # no file that is named itself needs it: with all that it loads a tenth of such a run

        environment = {key: value for key, value in os.environ.items() if key not in _LOCAL}
        command = ["git", "--no-optional-locks", "-C", folder, *_SETTINGS, *arguments]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment | {"LC_ALL": "C"},
            )
        except OSError as error:
            raise GitRefusal(f"git cannot be started: {error.strerror}") from error

    def __enter__(self) -> Git:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:  # closes its pipes and waits for it
            if self._process.poll() is None:  # it only reads, so nothing is left half done
                self._process.kill()

    def finish(self) -> tuple[int, bytes, str]:
        """Wait for it; its exit status, its output, and the first line that it complains in."""
        output, errors = self._process.communicate()
        complaint = os.fsdecode(errors).strip().split("\n", 1)[0]
        return self._process.returncode, output, complaint.removeprefix("fatal: ").rstrip(".:")

    def names(self) -> list[str]:
        """Wait for it; the names that it lists.

        Raises:
            GitRefusal: It ended with an error.
        """
        status, output, complaint = self.finish()
        if status:
            raise GitRefusal(complaint or f"git ended with status {status}")
        return _names(output)


class Search:
    """git at work, searching a work tree's tracked files for some texts.

    Attributes:
        tokens: The texts.
    """

    def __init__(self, top: str, tokens: list[str], pathspecs: Iterable[str]) -> None:
        """Start it on the tracked files that some pathspecs match.

        Raises:
            GitRefusal: git cannot be started.
        """
        self.tokens = tokens
        patterns = [argument for token in tokens for argument in ("-e", token)]
        self._git = Git(top, *_GREP, *patterns, "--", *pathspecs)

    def files(self) -> list[str] | None:
        """Wait for it: the files that hold one of the texts, named from the top; None when git could not read all of them."""
        with self._git as git:
            status, output, complaint = git.finish()
        # 1: no file holds any. A complaint is about a file that it could not open.
        return None if status > 1 or status < 0 or complaint else _names(output)

    def stop(self) -> None:
        """End it."""
        with self._git:
            pass


def grep(top: str, tokens: list[str], pathspecs: Iterable[str]) -> list[str] | None:
    """Search, and wait for it; None when git could not."""
    try:
        return Search(top, tokens, pathspecs).files()
    except GitRefusal:
        return None


def ignores(folder: str) -> bool:
    """Whether git ignores a folder as a whole."""
    with Git(folder, "check-ignore", "--quiet", ".") as git:
        return git.finish()[0] == 0


def work_tree_top(folder: str) -> str | None:
    """The nearest folder, from `folder` upwards, that holds `.git`; without links."""
    here = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above
    return here


def _names(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
