"""Where files go: every name is made here, below the `run_folder` of a job."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jobs.archives import unpack

from recorder import LivePipelineRecorder

SUFFIXES = {"report": ".json", "table": ".csv"}


def place(recorder: LivePipelineRecorder, kind: str) -> Path:
    return recorder.run_folder / f"{kind}{SUFFIXES.get(kind, '.bin')}"


def unpack_into(archive: str, folder: Path) -> None:
    """Unpack an archive into a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        os.replace(archive, os.path.join(scratch, "archive"))
        unpack(os.path.join(scratch, "archive"), folder)  # expect: LPR202
