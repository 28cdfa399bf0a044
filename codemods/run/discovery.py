"""Which files a run is about: the named ones, and the Python files below the named folders.

Below a folder of a git work tree git says which files count (`codemods.run.git_files`); elsewhere a walk does,
which leaves out virtual environments, caches and build folders. Files come folder by folder, each folder's
names at once, so that nothing has to be kept for a tree of any size; where the order matters, the caller
sorts what it keeps.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codemods.run.exclude import Exclusion
    from codemods.run.git_files import GitRefusal, Listing

SUFFIXES = (".py", ".pyi")

# What no walk enters; git work trees need no such list.
_SKIPPED = frozenset(
    (
        ".bzr .direnv .eggs .git .hg .hypothesis .ipynb_checkpoints .mypy_cache .nox .pants.d .pyenv"
        " .pytest_cache .pytype .ruff_cache .svn .tox .venv .vscode __pycache__ __pypackages__"
        " _build buck-out build dist node_modules venv"
    ).split()
)
# A virtual environment and a cache folder say what they are, whatever their name is.
_MARKERS = frozenset(("pyvenv.cfg", "CACHEDIR.TAG"))


class Group:
    """Some files of one folder.

    Attributes:
        prefix: What stands before each name: `""` or a path that ends in `/`.
        names: The file names.
        named: Whether they were named themselves: a missing one is an error then, and patterns do not exclude
            it.
        configured: Whether the folder may have a configuration of its own; otherwise its parent's holds.
    """

    __slots__ = ("configured", "named", "names", "prefix")

    def __init__(self, prefix: str, names: list[str], named: bool = False, configured: bool = True) -> None:
        self.prefix = prefix
        self.names = names
        self.named = named
        self.configured = configured


class Discovery:
    """Finds the files of the named paths; each file comes once, however often it was named.

    Attributes:
        problems: (path, what is wrong) of every named path that cannot be used and every folder that cannot
            be read.
    """

    def __init__(
        self,
        paths: Sequence[str],
        exclusion: Exclusion | None = None,
        gitignore: bool = True,
        warn: Callable[[str], None] | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Take down what to look for.

        Args:
            paths: Files and folders as they were named.
            exclusion: Patterns of the command line for what lies below named folders; others are the caller's
                business.
            gitignore: Whether git says which files count.
            warn: Gets one line when git cannot be asked; standard error by default.
            meanwhile: Called while git is at work and there is nothing else to do.
        """
        self.paths = paths
        self.problems: list[tuple[str, str]] = []
        self._exclusion = exclusion
        self._gitignore = gitignore
        self._warn = _to_standard_error if warn is None else warn
        self._warned = False
        self._meanwhile = meanwhile
        self._listing: Listing | None = None

    def may_fork(self) -> bool:
        """Whether `groups` can go on in several processes; not while git still looks for untracked files."""
        return self._listing is None or self._listing.is_complete()

    def groups(self) -> Iterator[Group]:
        """The files, folder by folder. No folder is open while the caller works on a group."""
        if len(self.paths) == 1:
            yield from self._named(self.paths[0])
            return
        forget()  # with several folders only the list of the current one may be unfinished, see `may_fork`
        seen: set[str] = set()
        folders: dict[str, str] = {}
        for path in self.paths:
            for group in self._named(path):
                folder = folders.get(group.prefix)
                if folder is None:
                    folder = folders[group.prefix] = os.path.join(os.path.realpath(group.prefix or "."), "")
                names = [name for name in dict.fromkeys(group.names) if folder + name not in seen]
                seen.update([folder + name for name in names])
                if names:
                    group.names = names
                    yield group

    def _named(self, path: str) -> Iterator[Group]:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            self.problems.append((path, error.strerror or "cannot be read"))
            return
        except ValueError:  # a null character
            self.problems.append((path, "is not a path"))
            return
        if stat.S_ISDIR(mode):
            yield from self._below(_prefix(path))
        elif stat.S_ISREG(mode):
            folder, slash, name = path.rpartition("/")
            yield Group(folder + slash, [name], named=True)
        else:
            self.problems.append((path, "is neither a file nor a folder"))

    def _below(self, prefix: str) -> Iterator[Group]:
        if self._gitignore and in_work_tree(prefix or "."):
            listed = self._listed(prefix)
            if listed is not None:
                yield from listed
                return
        yield from self._walk(prefix)

    def _listed(self, prefix: str) -> Iterator[Group] | None:
        """What git counts below a folder; None when git cannot be asked or ignores the folder itself."""
        from codemods.run.git_files import GitRefusal, list_files

        try:
            listing = list_files(prefix or ".", SUFFIXES, self._meanwhile)
        except GitRefusal as refusal:
            self._say(refusal)
            return None
        return None if listing is None else self._from_git(prefix, listing)

    def _from_git(self, prefix: str, listing: Listing) -> Iterator[Group]:
        from codemods.run.git_files import GitRefusal

        self._listing = listing
        try:
            for folder, names in listing.tracked():
                yield _group(prefix, folder, names)
            try:
                untracked = listing.untracked()
            except GitRefusal as refusal:
                self._say(refusal)
                yield from self._walk_around(prefix, listing)
                return
            for folder, names in untracked:
                yield _group(prefix, folder, names)
        finally:
            self._listing = None
            listing.close()

    def _walk_around(self, prefix: str, listing: Listing) -> Iterator[Group]:
        """A walk without the tracked files: git has listed these before it failed."""
        done = {f"{prefix}{folder}{name}" for folder, names in listing.tracked() for name in names}
        for group in self._walk(prefix):
            group.names = [name for name in group.names if group.prefix + name not in done]
            if group.names:
                yield group

    def _say(self, refusal: GitRefusal) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"{refusal}; walking folders without git's ignore rules")

    def _walk(self, top: str) -> Iterator[Group]:
        pending = [top]
        while pending:
            prefix = pending.pop()
            names: list[str] = []
            folders: list[str] = []
            marked = work_tree = configured = False
            try:
                with os.scandir(prefix or ".") as entries:
                    for entry in entries:
                        name = entry.name
                        if name.endswith(SUFFIXES) and not entry.is_dir():
                            names.append(name)
                        elif entry.is_dir(follow_symlinks=False):
                            work_tree = work_tree or name == ".git"
                            if name not in _SKIPPED:
                                folders.append(name)
                        elif name == "pyproject.toml":
                            configured = True
                        elif name in _MARKERS:
                            marked = True
                        elif name == ".git":
                            work_tree = True
            except OSError as error:
                self.problems.append((prefix or ".", f"cannot be read: {error.strerror}"))
                continue
            if marked and prefix != top:
                continue
            if work_tree and self._gitignore and prefix != top:
                listed = self._listed(prefix)
                if listed is not None:
                    yield from listed
                    continue
            if names:
                yield Group(prefix, names, configured=configured or prefix == top)
            if self._exclusion is not None:
                folders = [name for name in folders if not self._exclusion.excludes(f"{prefix}{name}/")]
            pending += [f"{prefix}{name}/" for name in folders]


def _group(prefix: str, folder: str, names: list[str]) -> Group:
    here = prefix + folder
    return Group(here, names, configured=not folder or os.access(here + "pyproject.toml", os.F_OK))


def _prefix(folder: str) -> str:
    """What stands before the names of a named folder's files."""
    return "" if folder in (".", "./") else os.path.join(os.path.normpath(folder), "")


def prepare(folder: str) -> None:
    """Let git begin to list a folder that a run will probably be about; what is wrong with it, the run says."""
    try:
        expected = in_work_tree(folder)
    except OSError:  # the current folder is gone
        return
    if expected:
        from codemods.run import git_files

        git_files.prepare(_prefix(folder) or ".", SUFFIXES)


def forget() -> None:
    """Give up what was prepared and not used."""
    git_files = sys.modules.get("codemods.run.git_files")
    if git_files is not None:
        git_files.forget()


def in_work_tree(folder: str) -> bool:
    """Whether a folder looks like part of a git work tree; costs a few system calls, and starts nothing."""
    return work_tree_top(folder) is not None


def work_tree_top(folder: str) -> str | None:
    """The nearest folder, from `folder` upwards, that holds `.git`."""
    here = os.path.realpath(folder)
    while True:
        try:
            os.lstat(os.path.join(here, ".git"))
            return here
        except OSError:
            pass
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


def _to_standard_error(line: str) -> None:
    print(f"recorder-fix: {line}", file=sys.stderr)
