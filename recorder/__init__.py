"""The reference recorder: one folder a run, numbered files, one index."""

from __future__ import annotations

from recorder.downloads.methods import DownloadProgress
from recorder.recorder import LivePipelineRecorder
from recorder.registry import get_recorder, load_recorder
from recorder.runs.entity import Entity
from recorder.runs.inspection import Problem
from recorder.runs.run import Run, iter_runs, open_run
from recorder.storage.index import DEFAULT_OUTPUTS

__all__ = [
    "DEFAULT_OUTPUTS",
    "DownloadProgress",
    "Entity",
    "LivePipelineRecorder",
    "Problem",
    "Run",
    "get_recorder",
    "iter_runs",
    "load_recorder",
    "open_run",
]
