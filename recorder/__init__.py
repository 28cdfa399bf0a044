"""The reference recorder: one folder a run, numbered files, one index."""

from __future__ import annotations

from recorder.downloads.methods import DownloadProgress
from recorder.recorder import LivePipelineRecorder
from recorder.registry import get_recorder, load_recorder
from recorder.storage.index import DEFAULT_OUTPUTS

__all__ = ["DEFAULT_OUTPUTS", "DownloadProgress", "LivePipelineRecorder", "get_recorder", "load_recorder"]
