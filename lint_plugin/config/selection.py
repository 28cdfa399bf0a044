"""Which codes are looked for in which file: select, ignore and per-file-ignores."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from lint_plugin.config.settings import Config


class Selection:
    """The codes that hold for one file.

    What the command line selects replaces the configuration's `select`; what it ignores is added to its `ignore`.
    """

    def __init__(self, config: Config, path: str, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> None:
        self._select = select or config.select
        self._ignore = (*config.ignore, *ignore, *_ignored_in(config, path))

    def wants(self, code: str) -> bool:
        """Whether a code is looked for: it is selected, and nothing ignores it, however long the prefixes are."""
        return (not self._select or code.startswith(self._select)) and not code.startswith(self._ignore)


def _ignored_in(config: Config, path: str) -> list[str]:
    """The codes that `per-file-ignores` names for a file; patterns count from the configuration's folder."""
    found: list[str] = []
    for pattern, codes in config.per_file_ignores.items():
        relative = os.path.relpath(os.path.abspath(path), os.path.abspath(config.root)).replace(os.sep, "/")
        bare = pattern.removeprefix("./")
        below = bare.rstrip("/") + "/*"
        if fnmatchcase(relative, bare) or fnmatchcase(relative, below) or fnmatchcase(os.path.basename(path), bare):
            found.extend(codes)
    return found
