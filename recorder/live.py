"""The live recorders of this process, so that two requests for one run share a recorder.

Bounded: the longest unused goes first.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from recorder.storage.lock import holding

logger = logging.getLogger(__name__)

MAX_LIVE = 128
"""How many recorders are kept. One that goes loses nothing: the next request opens its run anew."""

Key = tuple[str, str]


class Recorder(Protocol):
    """What is kept here: a recorder, which this module need not know more closely."""

    @property
    def run_folder(self) -> Path: ...

    def close(self) -> None: ...


_lock = threading.RLock()
_recorders: OrderedDict[Key, Recorder] = OrderedDict()


def find(key: Key) -> Recorder | None:
    """The live recorder of (absolute base path, run id)."""

    def found() -> Recorder | None:
        if (recorder := _recorders.get(key)) is not None:
            _recorders.move_to_end(key)
        return recorder

    return holding(_lock, found)


def keep(key: Key, recorder: Recorder) -> Recorder:
    """Keep `recorder`, unless another thread was faster: then that one's is the answer.

    May drop another run's. A recorder of the same run id in another folder gives way.
    """

    def keep_one() -> tuple[Recorder, Recorder | None]:
        kept = _recorders.get(key)
        if kept is None or kept.run_folder != recorder.run_folder:
            kept = _recorders[key] = recorder
        _recorders.move_to_end(key)
        return kept, _recorders.popitem(last=False)[1] if len(_recorders) > MAX_LIVE else None

    kept, dropped = holding(_lock, keep_one)
    if dropped is not None:
        try:
            dropped.close()  # whoever still holds it can go on: a later save opens its files again
        except OSError as error:
            logger.warning("%r could not be closed in order: %s", dropped, error)
    return kept


def drop(key: Key, recorder: Recorder) -> None:
    """Forget `recorder`, if it is the one kept."""
    holding(_lock, lambda: _recorders.pop(key) if _recorders.get(key) is recorder else None)


def count() -> int:
    """How many recorders are kept."""
    return len(_recorders)


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that may have held it is not in the child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
