"""What each kind of job does."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

from jobs.files import place, unpack_into
from jobs.model import Handler, Job, Outcome


async def convert(job: Job) -> Outcome:
    source = Path(str(job.arguments["source"]))
    target = job.recorder.run_folder / f"05_output_{source.stem}.mp4"  # expect: LPR101
    await asyncio.to_thread(subprocess.run, ["ffmpeg", "-i", str(source), str(target)], check=True)  # expect: LPR202
    return Outcome(job, job.recorder, f"converted {source.name}")


async def upload(job: Job) -> Outcome:
    data = job.arguments["data"]
    assert isinstance(data, bytes)
    (job.recorder.run_folder / "01_upload.bin").write_bytes(data)  # expect: LPR202 LPR101
    return Outcome(job, job.recorder, f"{len(data)} bytes")


async def collect(job: Job) -> Outcome:
    folder = Path(str(job.arguments["folder"]))
    loop = asyncio.get_running_loop()
    for file in sorted(folder.iterdir()):
        await loop.run_in_executor(None, shutil.copy2, file, job.recorder.run_folder / file.name)  # expect: LPR201
    shutil.move(folder / "report.json", place(job.recorder, "report"))  # expect: LPR201
    return Outcome(job, job.recorder, "collected")


async def extract(job: Job) -> Outcome:
    archive = str(job.arguments["archive"])
    unpack_into(archive, job.recorder.run_folder)
    return Outcome(job, job.recorder, "extracted")


async def clean(job: Job) -> Outcome:
    if job.scratch.exists():
        shutil.rmtree(job.scratch)  # expect: LPR203
    job.recorder.sequence_number = 0  # expect: LPR003
    return Outcome(job, job.recorder, "cleaned")


HANDLERS: dict[str, Handler] = {
    "convert": convert,
    "upload": upload,
    "collect": collect,
    "extract": extract,
    "clean": clean,
}
