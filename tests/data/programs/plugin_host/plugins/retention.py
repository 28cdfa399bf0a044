"""Removes what a run no longer needs, and keeps what must stay in another place."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from recorder import LivePipelineRecorder, load_recorder

from host.core import Context, Plugin, plugins

DAY = 24 * 60 * 60


def too_old(path: Path, days: int) -> bool:
    return time.time() - path.stat().st_mtime > days * DAY


def sweep(folder: Path, days: int) -> int:
    removed = 0
    for path in folder.glob("*.part"):
        if too_old(path, days):
            os.remove(path)  # expect: LPR203
            removed += 1
    return removed


def drop_run(run_id: str) -> None:
    run = load_recorder(run_id)
    if run is not None:
        shutil.rmtree(run.run_folder)  # expect: LPR203


def restore(run: LivePipelineRecorder, backup: Path) -> None:
    for name in os.listdir(backup):
        shutil.copy2(backup / name, run.run_folder / name)  # expect: LPR201
    run.sequence_number += len(os.listdir(backup))  # expect: LPR003


@plugins.register("retention")
class Retention(Plugin):
    order = 99

    def execute(self) -> None:
        days = int(self.context.options.get("days", 7))
        removed = sweep(self.context.run.run_folder, days)
        self.note(f"removed {removed} files")
        self.context.scratch("removed.log").write_text(str(removed))  # expect: LPR202
        self.keep(self.context)

    @staticmethod
    def keep(context: Context) -> None:
        place = context.options.get("keep")
        if place:
            shutil.copytree(context.folder, place, dirs_exist_ok=True)
        moved = context.shared.get("video")
        if moved:
            shutil.move(moved, os.path.join(context.run.run_folder, "output_video.mp4"))  # expect: LPR201 LPR301
