"""Which files a run is about: the named ones, and the Python files below the named folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_plugin.project.listing import Listing

# What a named file may end in; without a suffix it is a script.
_PYTHON = (".py", ".pyi", ".pyw")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        named: The files that were named themselves, each once.
        files: The Python files below named folders, without those in `named`.
        listing: All that lies below named folders, and beside them in their projects; None where no folder was named.
        problems: (path, what is wrong) of every named path that cannot be used and every folder that cannot be read.
    """

    named: list[str]
    files: list[str]
    listing: Listing | None
    problems: list[tuple[str, str]]


def find_files(
    paths: Sequence[str],
    gitignore: bool = True,
    leave_out: Callable[[str], bool] | None = None,
    warn: Callable[[str], None] | None = None,
    tokens: Iterable[str] = (),
    beside: Sequence[str] = (),
) -> Found:
    """Find the files of some paths.

    Args:
        paths: Files and folders as they were named.
        gitignore: Whether git says which files count below a folder.
        leave_out: Says of a folder, given with `/` at its end, that a walk is not to enter it.
        warn: Gets one line when git cannot be asked; standard error by default.
        tokens: What the files are likely to be searched for.
        beside: Folders of their projects, absolute, that git lists in the same go.
    """
    named: dict[str, str] = {}
    folders: list[str] = []
    problems: list[tuple[str, str]] = []
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            problems.append((path, error.strerror or "cannot be read"))
        except ValueError:  # a null character
            problems.append((path, "is not a path"))
        else:
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif not stat.S_ISREG(mode):
                problems.append((path, "is neither a file nor a folder"))
            elif _suffix(path) not in ("", *_PYTHON):
                problems.append((path, f"ends in {_suffix(path)}; Python files end in {', '.join(_PYTHON)}"))
            else:
                named.setdefault(_real(path), path)
    if not folders:
        return Found(list(named.values()), [], None, problems)
    from lint_plugin.project.listing import list_files  # a commit's files are named: there is nothing to list

    listing = list_files(folders, gitignore, leave_out, warn, tokens, beside)
    names = {os.path.basename(path) for path in named.values()}
    files = [path for path in listing.files if os.path.basename(path) not in names or _real(path) not in named]
    return Found(list(named.values()), files, listing, problems + listing.problems)


def _suffix(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[1]


def _real(path: str) -> str:
    """A file's path without links to folders; a link to a file is a file of its own."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder or "."), name)
