"""Makes recorders and workers, and keeps the recorders that are in use."""

from __future__ import annotations

import os
import queue
from pathlib import Path

from base import Job, Worker
from recorder import LivePipelineRecorder, get_recorder

RUNS = Path(os.environ.get("WORKER_RUNS", "runs"))
RECORDERS: dict[str, LivePipelineRecorder] = {}


def recorder_for(name: str) -> LivePipelineRecorder:
    """The recorder of a name; one for each."""
    if name not in RECORDERS:
        RECORDERS[name] = get_recorder(name, config_name="worker", base_path=RUNS)
    return RECORDERS[name]


def fresh(name):
    """A recorder that nobody else has."""
    made = get_recorder(name, config_name="worker", base_path=RUNS)
    RECORDERS[name] = made
    return made


def report_path(name: str) -> Path:
    """Where the report of a run lies."""
    return recorder_for(name).run_folder / "report.html"


def worker_for(kind: str, name: str, jobs: queue.PriorityQueue[Job]) -> Worker:
    from workers import KINDS

    try:
        return KINDS[kind](recorder_for(name), jobs)
    except KeyError:
        raise ValueError(f"unknown kind of worker: {kind!r}; known are {', '.join(sorted(KINDS))}") from None


def close_all() -> None:
    for recorder in RECORDERS.values():
        (recorder.run_folder / "worker.pid").unlink(missing_ok=True)  # expect: LPR203
        recorder.mark_complete()
    RECORDERS.clear()
