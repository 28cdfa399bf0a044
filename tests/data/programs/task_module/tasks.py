"""Background tasks: what the queue's workers do for a run, one task after the other.

A task gets the run's id and opens the recorder itself; a worker may be another process, on another machine, than the one that
has taken the request.
"""

from __future__ import annotations

import asyncio
import csv
import functools
import gzip
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable

import numpy as np
import pandas as pd
import soundfile as sf

from my_queue import Queue, Task, current_task
from recorder import LivePipelineRecorder, get_recorder

queue = Queue("media")
pool = ThreadPoolExecutor(max_workers=4)
copy_file = shutil.copy2

RUNS = Path(os.environ.get("RUNS", "runs"))
CACHE = Path(os.environ.get("CACHE", "/var/cache/media"))
RETRIES = 3
CHUNK = 1 << 16


@dataclass
class Job:
    """What a task is to do."""

    run_id: str
    source: str
    options: dict[str, Any] = field(default_factory=dict)

    def recorder(self) -> LivePipelineRecorder:
        return get_recorder(self.run_id, config_name="media", base_path=RUNS)


def retrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """Try again what failed because of the disk or the network."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        for attempt in range(RETRIES):
            try:
                return function(*args, **kwargs)
            except OSError:
                if attempt == RETRIES - 1:
                    raise
                time.sleep(2**attempt)

    return wrapper


# ---- fetching and storing


@queue.task
@retrying
def store_source(job: Job) -> str:
    """Keep the source file with the run."""
    recorder = job.recorder()
    extension = os.path.splitext(job.source)[1]
    name = f"01_input{extension}"  # expect: LPR101
    copy_file(job.source, recorder.run_folder / name)  # expect: LPR201
    return name


@queue.task
def store_source_safely(job: Job) -> str:
    recorder = job.recorder()
    return recorder.save_entity("input", Path(job.source), {"filesystem_path": job.source})


@queue.task
def store_many(run_id: str, sources: list[str]) -> None:
    recorder = get_recorder(run_id, config_name="media", base_path=RUNS)
    futures = []
    for source in sources:
        futures.append(pool.submit(shutil.copyfile, source, recorder.run_folder / os.path.basename(source)))  # expect: LPR201
    for future in futures:
        future.result()


@queue.task
async def store_later(run_id: str, source: str) -> None:
    recorder = get_recorder(run_id, config_name="media", base_path=RUNS)
    await asyncio.to_thread(  # expect: LPR201
        shutil.move,
        source,
        recorder.run_folder / "02_moved.bin",  # expect: LPR101
    )


@queue.task
def cached(job: Job) -> Path:
    """The source from the cache; the cache is no run folder."""
    digest = hashlib.sha256(job.source.encode()).hexdigest()
    target = CACHE / digest
    if not target.exists():
        shutil.copy2(job.source, target)
    return target


# ---- sound


def measured(samples: np.ndarray, rate: int) -> dict[str, float]:
    peak = float(np.abs(samples).max())
    return {"peak": peak, "seconds": len(samples) / rate, "rms": float(np.sqrt((samples**2).mean()))}


@queue.task
def normalise(job: Job) -> dict[str, float]:
    recorder = job.recorder()
    recorder.set_state(2, "normalise")
    samples, rate = sf.read(job.source)
    facts = measured(samples, rate)
    samples = samples / max(facts["peak"], 1e-9)
    sf.write(recorder.run_folder / "03_output_audio.wav", samples, rate)  # expect: LPR202 LPR101
    np.save(recorder.run_folder / "samples.npy", samples)  # expect: LPR202
    samples.tofile(recorder.run_folder / "samples.raw")  # expect: LPR202
    recorder.save_entity("measures", facts)
    return facts


@queue.task
def to_mp3(job: Job) -> None:
    recorder = job.recorder()
    target = recorder.run_folder / "04_output_audio.mp3"  # expect: LPR101
    command = ["ffmpeg", "-y", "-i", job.source, "-b:a", "192k", str(target)]
    subprocess.run(command, check=True, capture_output=True)  # expect: LPR202


@queue.task
def probe(job: Job) -> dict[str, Any]:
    """What ffprobe says of the stored file: it is only read."""
    recorder = job.recorder()
    stored = recorder.get_entity_path("output_audio")
    source = stored if stored is not None else Path(job.source)
    done = subprocess.run(["ffprobe", "-of", "json", str(source)], check=True, capture_output=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    recorder.save_entity("probe", facts)
    return facts


@queue.task
def splice(job: Job, parts: list[str]) -> None:
    recorder = job.recorder()
    with open(recorder.run_folder / "05_spliced.mp3", "wb") as out:  # expect: LPR202 LPR101
        for part in parts:
            with open(part, "rb") as piece:
                while chunk := piece.read(CHUNK):
                    out.write(chunk)


# ---- tables


@queue.task
def statistics(job: Job) -> int:
    recorder = job.recorder()
    frame = pd.read_csv(job.source)
    summary = frame.describe()
    summary.to_csv(recorder.run_folder / "summary.csv")  # expect: LPR202
    frame.to_parquet(recorder.run_folder / "06_table.parquet")  # expect: LPR202 LPR101
    with gzip.open(recorder.run_folder / "rows.csv.gz", "wt") as handle:  # expect: LPR202
        writer = csv.writer(handle)
        writer.writerows(frame.itertuples(index=False))
    return len(frame)


@queue.task
def statistics_safely(job: Job) -> int:
    recorder = job.recorder()
    frame = pd.read_csv(job.source)
    recorder.save_entity("summary", frame.describe().to_csv(), {"format": "csv"})
    return len(frame)


@queue.task
def compare(first: str, second: str) -> bool:
    """Whether two runs have made the same table."""
    one = get_recorder(first, config_name="media", base_path=RUNS)
    other = get_recorder(second, config_name="media", base_path=RUNS)
    left = pd.read_parquet(one.run_folder / "06_table.parquet")  # expect: LPR102
    right = pd.read_parquet(other.run_folder / "06_table.parquet")  # expect: LPR102
    return left.equals(right)


# ---- checkpoints


class Checkpoints:
    """Keeps the state of a long task with its run."""

    NAME = "07_checkpoint.pkl"  # expect: LPR101

    def __init__(self, recorder: LivePipelineRecorder, every: int = 10) -> None:
        self.recorder = recorder
        self.every = every
        self.folder = recorder.run_folder
        self.count = 0

    def step(self, state: dict[str, Any]) -> None:
        self.count += 1
        if self.count % self.every == 0:
            self.write(state)

    def write(self, state: dict[str, Any]) -> None:
        with open(self.recorder.run_folder / self.NAME, "wb") as handle:  # expect: LPR202
            pickle.dump(state, handle)
        (self.folder / "last.txt").write_text(str(self.count))  # expect: LPR202

    def read(self) -> dict[str, Any] | None:
        path = self.folder / "last.txt"
        if not path.exists():
            return None
        return {"count": int(path.read_text())}

    def clear(self) -> None:
        os.remove(self.folder / "last.txt")  # expect: LPR203


@queue.task
def long_task(job: Job) -> int:
    recorder = job.recorder()
    checkpoints = Checkpoints(recorder, every=5)
    state: dict[str, Any] = checkpoints.read() or {"count": 0}
    for number in range(state["count"], 100):
        state["count"] = number
        checkpoints.step(state)
    recorder._journal.flush()  # expect: LPR001 LPR003
    return int(state["count"])


# ---- archives


@queue.task
def archive(job: Job) -> str:
    recorder = job.recorder()
    with tarfile.open(recorder.run_folder / "08_all.tar.gz", "w:gz") as handle:  # expect: LPR202 LPR101
        handle.add(job.source, arcname=os.path.basename(job.source))
    return "08_all.tar.gz"


@queue.task
def listed(run_id: str) -> list[str]:
    recorder = get_recorder(run_id, config_name="media", base_path=RUNS)
    with tarfile.open(recorder.run_folder / "08_all.tar.gz") as handle:  # expect: LPR102
        return handle.getnames()


@queue.task
def clean(run_id: str) -> None:
    """Take away what the tasks have left behind in the run."""
    recorder = get_recorder(run_id, config_name="media", base_path=RUNS)
    for path in recorder.run_folder.glob("*.tmp"):
        path.unlink()  # expect: LPR203
    recorder.metadata["entities"].clear()  # expect: LPR003
    recorder.metadata.pop("models_used", None)  # expect: LPR003


# ---- reports


def as_lines(facts: dict[str, Any]) -> Iterable[str]:
    for key in sorted(facts):
        yield f"{key}: {facts[key]}"


def write_report(path: Path, facts: dict[str, Any]) -> None:
    """Write facts as lines; whoever calls this says where."""
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("\n".join(as_lines(facts)))


@queue.task
def report(job: Job) -> None:
    recorder = job.recorder()
    facts = {"source": job.source, "task": current_task().name, **asdict(job)}
    write_report(recorder.run_folder / "09_report.txt", facts)  # expect: LPR202 LPR101
    write_report(CACHE / "latest.txt", facts)


@queue.task
def report_safely(job: Job) -> str:
    recorder = job.recorder()
    return recorder.save_entity("report", "\n".join(as_lines(asdict(job))))


@queue.task
def failing(job: Job) -> None:
    recorder = job.recorder()
    try:
        raise RuntimeError("not today")
    except RuntimeError as error:
        recorder.save_error(stage=3, error_type="RuntimeError", message=str(error))
        (recorder.run_dir / "failed").touch()  # expect: LPR001 LPR202


@queue.task
def finish(job: Job) -> str:
    recorder = job.recorder()
    recorder.mark_complete()
    task: Task = current_task()
    task.log(f"run {job.run_id} is complete in {recorder.run_folder}")
    shutil.rmtree(CACHE / job.run_id, ignore_errors=True)
    return str(recorder.run_folder)


@queue.task
def announce(job: Job) -> None:
    recorder = job.recorder()
    recorder.save_entity(kind="announcement", content=job.source)  # expect: LPR002
