"""Patterns that leave files out, as gitignore writes them; `pathspec` is imported only when there is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class BadPattern(Exception):
    """A pattern that gitignore's rules do not allow; the text says which and why."""


class Exclusion:
    """A list of patterns that count from one folder."""

    __slots__ = ("_root", "_spec")

    def __init__(self, patterns: Iterable[str], root: str) -> None:
        """Read the patterns.

        Raises:
            BadPattern: One cannot be read.
        """
        from pathspec import GitIgnoreSpec

        patterns = tuple(patterns)
        for pattern in patterns:
            try:
                GitIgnoreSpec.from_lines([pattern])
            except ValueError as error:
                raise BadPattern(f"{pattern!r} is not a gitignore pattern: {error}") from error
        self._spec = GitIgnoreSpec.from_lines(patterns)
        self._root = os.path.join(os.path.abspath(root), "")

    def excludes(self, path: str) -> bool:
        """Whether a file is left out; a path that ends in `/` is a folder.

        A file outside the patterns' folder is matched by its whole path, so that only patterns that hold
        anywhere apply.
        """
        whole = os.path.abspath(path) + ("/" if path.endswith("/") else "")
        return self._spec.match_file(whole.removeprefix(self._root).lstrip("/"))
