"""The kinds of workers: pictures, sounds, tables."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

import factory
from base import Job, Worker
from outputs import drop_temporary, keep_original, note, save_array, write_rows
from plain import is_finished, mark_finished, numbered, save_text
from recorder import LivePipelineRecorder


class ImageWorker(Worker):
    """Makes pictures smaller and grey."""

    kind = "image"

    def __init__(self, recorder: LivePipelineRecorder, jobs: queue.PriorityQueue[Job], size: int = 512) -> None:
        super().__init__(recorder, jobs)
        self.size = size
        self.folder = recorder.run_folder / "pictures"

    def before(self) -> None:
        super().before()
        self.folder.mkdir(exist_ok=True)

    def work(self, job: Job) -> None:
        keep_original(self.recorder.run_folder, job.source)
        with Image.open(job.source) as image:
            small = ImageOps.grayscale(image)
            small.thumbnail((self.size, self.size))
            small.save(self.folder / f"{job.name}.png")  # expect: LPR202
        shutil.copyfile(job.source, self.recorder.run_folder / f"{self.done:02d}_input{job.source.suffix}")  # expect: LPR201 LPR101
        small.save(self.place_for("last.png"))  # expect: LPR202

    def after(self) -> None:
        mark_finished(self.folder)  # expect: LPR202
        super().after()


class AudioWorker(Worker):
    """Cuts sounds into parts."""

    kind = "audio"
    seconds = 10

    def work(self, job: Job) -> None:
        recorder = self.recorder
        wav = recorder.run_folder / "01_input.wav"  # expect: LPR101
        subprocess.run(["ffmpeg", "-y", "-i", str(job.source), str(wav)], check=True)  # expect: LPR202
        with wave.open(str(wav)) as handle:
            rate, width = handle.getframerate(), handle.getsampwidth()
            number = 0
            while frames := handle.readframes(rate * self.seconds):
                self.part(number, frames)
                number += 1
        levels = np.frombuffer(frames, dtype=f"i{width}")
        save_array(recorder.run_folder, job.name, levels)
        note(recorder.run_folder, f"{job.name}: {number} parts")
        recorder.save_entity("parts", {"count": number}, extra={"rate": rate})  # expect: LPR002

    def part(self, number: int, frames: bytes) -> None:
        numbered(self.recorder.run_folder, number).write_bytes(frames)  # expect: LPR202
        self.recorder.save_entity("part", frames)

    def before(self) -> None:
        if is_finished(self.recorder.run_folder):
            raise RuntimeError("the run is over")
        super().before()


class TableWorker(Worker):
    """Sums tables up."""

    kind = "table"

    def __init__(self, recorder: LivePipelineRecorder, jobs: queue.PriorityQueue[Job]) -> None:
        super().__init__(recorder, jobs)
        self.rows: list[dict[str, object]] = []

    def work(self, job: Job) -> None:
        frame = pd.read_csv(job.source)
        self.rows.append({"name": job.name, "rows": len(frame), "sum": float(frame.sum(numeric_only=True).sum())})
        frame.to_parquet(os.path.join(self.recorder.run_folder, f"{job.name}.parquet"))  # expect: LPR202 LPR301
        self.recorder.save_entity("table", frame.to_csv(index=False))

    def after(self) -> None:
        write_rows(self.recorder.run_folder, self.rows)
        save_text(self.recorder.run_folder / "02_summary.txt", f"{len(self.rows)} tables\n")  # expect: LPR202 LPR101
        drop_temporary(self.recorder.run_folder)
        print(self.recorder.run_dir)  # expect: LPR001
        super().after()


KINDS: dict[str, type[Worker]] = {one.kind: one for one in (ImageWorker, AudioWorker, TableWorker)}


def report(name: str, html: str) -> Path:
    """Write the report of a run that is over."""
    path = factory.report_path(name)
    path.write_text(html)  # expect: LPR202
    made = factory.fresh(f"{name}-report")
    with open(made.run_folder / "report.html", "w") as handle:  # expect: LPR202
        handle.write(html)
    factory.RECORDERS[name]._save_metadata()  # expect: LPR001 LPR003
    return path
