"""Which runs have files open: a process may have thousands of recorders, and 256 descriptors."""

from __future__ import annotations

import weakref
from typing import Protocol

MAX_OPEN = 40
"""How many runs keep their files open, two descriptors each. The longest open one gives way; its next save opens them again."""


class Run(Protocol):
    """What has files open."""

    def close_files_if_idle(self) -> None: ...


_open: dict[int, weakref.ref[Run]] = {}


def opened(run: Run) -> None:
    """Note that a run has opened its files."""
    _open.pop(id(run), None)
    _open[id(run)] = weakref.ref(run)
    # Each step is one that threads cannot come between.
    for key in list(_open)[:-MAX_OPEN]:
        reference = _open.pop(key, None)
        if reference is not None and (other := reference()) is not None:
            other.close_files_if_idle()
