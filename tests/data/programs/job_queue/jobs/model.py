"""What a job is."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from recorder import LivePipelineRecorder


class State(enum.Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Job:
    """One job with its recorder."""

    id: str
    kind: str
    recorder: LivePipelineRecorder
    state: State = State.WAITING
    arguments: dict[str, object] = field(default_factory=dict)
    attempts: int = 0

    @property
    def scratch(self) -> Path:
        return self.recorder.run_folder / "scratch"

    def log_path(self) -> Path:
        return self.recorder.run_folder / "job.log"


class Outcome(NamedTuple):
    """What a handler gives back."""

    job: Job
    recorder: LivePipelineRecorder
    message: str


Handler = Callable[[Job], Awaitable[Outcome]]
