"""What every worker is: a recorder, a queue, a loop around one job after the other."""

from __future__ import annotations

import abc
import logging
import queue
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from recorder import LivePipelineRecorder

log = logging.getLogger("worker")


@dataclass(order=True)
class Job:
    """One thing to do, the more urgent ones first."""

    urgency: int
    name: str = field(compare=False)
    source: Path = field(compare=False)
    options: dict[str, Any] = field(default_factory=dict, compare=False)


class Stop(Exception):
    """No more jobs come."""


class Worker(abc.ABC):
    """Works jobs off; subclasses say how one is done."""

    kind: ClassVar[str] = "worker"
    patience: ClassVar[float] = 5.0

    def __init__(self, recorder: LivePipelineRecorder, jobs: queue.PriorityQueue[Job]) -> None:
        self.recorder = recorder
        self.jobs = jobs
        self.done = 0
        self.failed: list[str] = []
        self.started = time.monotonic()

    @abc.abstractmethod
    def work(self, job: Job) -> None:
        """Do one job."""

    def next_job(self) -> Job:
        try:
            return self.jobs.get(timeout=self.patience)
        except queue.Empty:
            raise Stop from None

    def run(self) -> int:
        """Work until no more jobs come; how many were done."""
        self.before()
        while True:
            try:
                job = self.next_job()
            except Stop:
                break
            self.recorder.set_state(self.done, job.name)
            try:
                self.work(job)
            except Exception as error:
                self.note_failure(job, error)
            else:
                self.done += 1
            finally:
                self.jobs.task_done()
        self.after()
        return self.done

    def before(self) -> None:
        (self.recorder.run_folder / "00_started").touch()  # expect: LPR202 LPR101

    def after(self) -> None:
        seconds = time.monotonic() - self.started
        self.recorder.metadata.update(done=self.done, seconds=seconds)  # expect: LPR003
        self.recorder.mark_complete()

    def note_failure(self, job: Job, error: Exception) -> None:
        log.exception("%s failed", job.name)
        self.failed.append(job.name)
        path = self.recorder.run_folder / f"{job.name}.traceback"
        path.write_text("".join(traceback.format_exception(error)))  # expect: LPR202
        self.recorder.save_error(stage=self.done, error_type=type(error).__name__, message=str(error))

    def place_for(self, name: str) -> Path:
        """Where a file of this worker lies."""
        return self.recorder.run_folder / f"{self.kind}_{name}"
