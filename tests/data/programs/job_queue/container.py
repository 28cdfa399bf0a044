"""What the service is put together from."""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jobs.queue import JobQueue
from recorder import LivePipelineRecorder, get_recorder

CURRENT: ContextVar[LivePipelineRecorder | None] = ContextVar("current", default=None)


@dataclass
class Options:
    """From the command line or the environment."""

    base_path: str = "exports"
    workers: int = 2
    keep: int = 20
    extra: dict[str, Any] = field(default_factory=dict)


class Recorders:
    """One recorder a run, made when it is first asked for."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._open = {}
        self._seen = weakref.WeakValueDictionary()

    def __getitem__(self, run_id: str) -> LivePipelineRecorder:
        if run_id not in self._open:
            self._open[run_id] = get_recorder(run_id, base_path=self.options.base_path)
            self._seen[run_id] = self._open[run_id]
        return self._open[run_id]

    def close(self, run_id: str) -> None:
        recorder = self._open.pop(run_id, None)
        if recorder is not None:
            recorder.metadata["closed"] = True  # expect: LPR003
            recorder.mark_complete()

    def where(self) -> list[str]:
        return [str(recorder.run_dir) for recorder in self._open.values()]  # expect: LPR001

    def recent(self, run_id: str) -> str:
        recorder = self._seen.get(run_id)
        return "" if recorder is None else str(recorder.run_dir)  # expect: LPR001


class Container:
    """Makes each part once."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    @cached_property
    def recorders(self) -> Recorders:
        return Recorders(self.options)

    @cached_property
    def queue(self) -> JobQueue:
        return JobQueue(self)

    def recorder(self, run_id: str):
        return self.recorders[run_id]


def current() -> LivePipelineRecorder:
    recorder = CURRENT.get()
    if recorder is None:
        raise LookupError("no job is running")
    return recorder
