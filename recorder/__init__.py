"""The reference recorder: one folder a run, numbered files, one index."""

from __future__ import annotations

from recorder.downloads import DownloadProgress
from recorder.index import DEFAULT_OUTPUTS
from recorder.recorder import LivePipelineRecorder
from recorder.registry import get_recorder, load_recorder

__all__ = ["DEFAULT_OUTPUTS", "DownloadProgress", "LivePipelineRecorder", "get_recorder", "load_recorder"]
