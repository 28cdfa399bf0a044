"""What one save costs, as a multiple of `Path.write_bytes` or `shutil.copyfile` of the same bytes in the same run.

    python benchmarks/recorder_cost.py                   the table
    python benchmarks/recorder_cost.py --plot FILE.svg   and the plot, cost against number of entities

Each contender has a process of its own, in which it and raw writes save in small blocks, in turn, so that a
busy machine slows both; what all saves took together is divided, and the median of the rounds counts. Sacred
and MLflow come with the extra `bench`; what is not installed is left out.

What a raw write of 5 MB to ext4 costs depends on the kernel: for more than two megabytes in one call it looks for huge pages,
which takes 1 ms for all of it on a machine that has some and 10 ms on one that has none. So there the milliseconds count, which
stand in brackets.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import logging
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder import LivePipelineRecorder

Save = Callable[[int], object]
MEMORY = Path("/dev/shm")
BLOCKS = 50
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
RAW = "Path.write_bytes"
COPY = "shutil.copyfile"
RECORDER = "recorder"
PLAIN_COPY = "recorder, checksums=False"
HASH = "one pass of SHA-256"
LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """One column: `saves` times `size` bytes at `place`, and what the recorder may cost there.

    Attributes:
        target: As the specification says it: with checksums, or without them where one pass of SHA-256 may come on top.
        beside: What it is a multiple of. Beside COPY a file is saved, else bytes.
    """

    name: str
    place: Path
    saves: int
    size: int
    target: str
    contenders: tuple[str, ...]
    beside: str = RAW


@dataclass(slots=True)
class Result:
    """Seconds for one save, block by block."""

    name: str
    seconds: list[float] = field(default_factory=list)

    def ratio(self, raw: Result, share: float = 1.0) -> float:
        """The cost as a multiple of raw's, over all saves or over the last share of them."""
        first = len(self.seconds) - max(1, int(len(self.seconds) * share))
        return sum(self.seconds[first:]) / sum(raw.seconds[first:])


def write_raw(folder: Path, content: bytes, done: ExitStack) -> Save:
    """What the system can do; like every contender, it gives the function that saves once."""
    return lambda number: (folder / f"{number:05d}.bin").write_bytes(content)


def copy(folder: Path, content: Path, done: ExitStack) -> Save:
    return lambda number: shutil.copyfile(content, folder / f"{number:05d}.bin")


def one_hash(folder: Path, content: bytes | Path, done: ExitStack) -> Save:
    data = content if isinstance(content, bytes) else content.read_bytes()
    return lambda number: hashlib.sha256(data).hexdigest()


def plain(folder: Path, content: bytes, done: ExitStack) -> Save:
    """The class as described: the file, and the whole index anew."""
    entities: list[dict[str, object]] = []

    def save(number: int) -> None:
        name = f"{number:02d}_chunk.bin"
        (folder / name).write_bytes(content)
        entities.append(
            {
                "sequence": number,
                "type": "chunk",
                "filename": name,
                "metadata": {},
                "timestamp": datetime.now(UTC).isoformat(),
            }
        )
        (folder / "metadata.json").write_text(json.dumps({"run_id": "run", "entities": entities}, indent=2))

    return save


def recorder(folder: Path, content: bytes | Path, done: ExitStack, **options: bool) -> Save:
    run = LivePipelineRecorder("run", base_path=folder, **options)
    done.callback(run.close)
    return lambda number: run.save_entity("chunk", content)


def recorder_plain_copy(folder: Path, content: bytes | Path, done: ExitStack) -> Save:
    return recorder(folder, content, done, checksums=False)


def recorder_strict(folder: Path, content: bytes, done: ExitStack) -> Save:
    return recorder(folder, content, done, strict=True)


def recorder_durable(folder: Path, content: bytes, done: ExitStack) -> Save:
    return recorder(folder, content, done, durable=True)


def sacred(folder: Path, content: bytes, done: ExitStack) -> Save:
    from sacred.observers import FileStorageObserver

    source = folder / "source"
    source.write_bytes(content)
    observer = FileStorageObserver(str(folder / "runs"))
    experiment = {
        "name": "cost",
        "base_dir": str(folder),
        "sources": [],
        "dependencies": [],
        "mainfile": None,
    }
    observer.started_event(
        ex_info=experiment,
        command="main",
        host_info={},
        start_time=datetime.now(UTC),
        config={},
        meta_info={},
        _id="run",
    )
    return lambda number: observer.artifact_event(f"{number:05d}.bin", str(source))


def mlflow(folder: Path, content: bytes, done: ExitStack) -> Save:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=(folder / "mlruns").as_uri())
    run_id = client.create_run(client.create_experiment("cost")).info.run_id
    sources = folder / "sources"
    sources.mkdir()
    (sources / "source").write_bytes(content)

    def save(number: int) -> None:
        client.log_artifact(run_id, str(sources / "source"), f"{number:05d}")

    return save


CONTENDERS: dict[str, Callable[[Path, Any, ExitStack], Save]] = {
    RAW: write_raw,
    COPY: copy,
    RECORDER: recorder,
    PLAIN_COPY: recorder_plain_copy,
    HASH: one_hash,
    "recorder, strict": recorder_strict,
    "recorder, durable": recorder_durable,
    "plain (index rewritten)": plain,
    "Sacred FileStorageObserver": sacred,
    "MLflow log_artifact": mlflow,
}
NEEDS = {"Sacred FileStorageObserver": "sacred", "MLflow log_artifact": "mlflow"}
ALL = tuple(name for name in CONTENDERS if name not in (RAW, COPY))
WITHOUT = (RECORDER, PLAIN_COPY, HASH)
Measured = dict[str, list[tuple[Result, Result]]]
"""For each contender the rounds, each its own result and raw's beside it."""


def cases(disk: Path, scale: float) -> list[Case]:
    """The columns of the table; where there is no /dev/shm, all on disk."""
    memory = MEMORY if os.access(MEMORY, os.W_OK) else disk

    def saves(number: int) -> int:
        return max(5, int(number * scale))

    return [
        Case("1 KB, memory, 1,000", memory, saves(1000), 1024, "3", ALL),
        Case("1 KB, memory, 5,000", memory, saves(5000), 1024, "3", WITHOUT),
        Case("1 KB, disk, 200", disk, saves(200), 1024, "3", ALL),
        Case("5 MB, memory, 50", memory, saves(50), 5 << 20, "1.5 + SHA-256", WITHOUT),
        Case("5 MB, disk, 50", disk, saves(50), 5 << 20, "1.5 + SHA-256", (*WITHOUT, "recorder, strict", "recorder, durable")),
        Case("5 MB file, memory, 50", memory, saves(50), 5 << 20, "1.3 + SHA-256", WITHOUT, COPY),
        Case("5 MB file, disk, 50", disk, saves(50), 5 << 20, "1.3 + SHA-256", WITHOUT, COPY),
    ]


@contextmanager
def folder_at(place: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="recorder-cost-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def measure(case: Case, name: str, clock: str) -> tuple[Result, Result]:
    """Let one contender and raw writes save in turn, block by block. Runs in a process of its own."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    now = CLOCKS[clock]
    pair = Result(name), Result(case.beside)
    blocks = min(BLOCKS, case.saves)
    per_block = case.saves // blocks
    with folder_at(case.place) as folder, ExitStack() as done:
        content: bytes | Path = os.urandom(case.size)
        if case.beside == COPY:
            (folder / "content").write_bytes(content)
            content = folder / "content"
        saves = []
        for result in pair:
            own = folder / result.name
            own.mkdir()
            saves.append(CONTENDERS[result.name](own, content, done))
        for block in range(blocks):
            for index in (0, 1) if block % 2 else (1, 0):
                begin = now()
                for number in range(block * per_block + 1, (block + 1) * per_block + 1):
                    saves[index](number)
                pair[index].seconds.append((now() - begin) / per_block)
    return pair


def measure_all(case: Case, rounds: int, only: list[str], clock: str) -> Measured:
    """Every contender of a case, each in a fresh process, so that none carries what another imported."""
    context = multiprocessing.get_context("spawn")
    measured: Measured = {}
    for name in case.contenders:
        if not installed(name) or (only and name not in only):
            continue
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
            measured[name] = list(pool.map(measure, [case] * rounds, [name] * rounds, [clock] * rounds))
    return measured


def installed(name: str) -> bool:
    return name not in NEEDS or importlib.util.find_spec(NEEDS[name]) is not None


def table(measured: list[tuple[Case, Measured]]) -> str:
    """The ratios as a Markdown table; in brackets what a save costs at the end, where that differs."""
    head = ["x Path.write_bytes, or x copyfile for a file", *(case.name for case, _ in measured)]
    rows = [head, ["---"] * len(head)]
    for name in ALL:
        if any(name in by_name for _, by_name in measured):
            rows.append([name, *(cell(case, by_name.get(name)) for case, by_name in measured)])
    rows.append(["*target for the recorder*", *(case.target for case, _ in measured)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def cell(case: Case, rounds: list[tuple[Result, Result]] | None) -> str:
    """The median over the rounds, "" for a contender that did not take part."""
    if rounds is None:
        return ""
    ratio = statistics.median(own.ratio(raw) for own, raw in rounds)
    if case.size >= LARGE:
        own_time, raw_time = (1000 * min(map(min, times)) for times in seconds(rounds))
        return f"{ratio:.1f} ({own_time:.1f} : {raw_time:.1f} ms at best)"
    at_the_end = statistics.median(own.ratio(raw, share=0.2) for own, raw in rounds)
    return f"{ratio:.1f} ({at_the_end:.0f} at the end)" if at_the_end > 1.5 * ratio else f"{ratio:.1f}"


def seconds(rounds: list[tuple[Result, Result]]) -> tuple[list[list[float]], list[list[float]]]:
    """What a contender's saves took in each round, and what raw's took."""
    return [own.seconds for own, _ in rounds], [raw.seconds for _, raw in rounds]


def plot(case: Case, measured: Measured, path: Path) -> None:
    """The cost of a save, as a multiple of raw, against the number of entities."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "recorder-cost"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.2))
    for name, rounds in measured.items():
        ratios = [[a / b for a, b in zip(own.seconds, raw.seconds, strict=True)] for own, raw in rounds]
        cost = smooth([statistics.median(block) for block in zip(*ratios, strict=True)])
        width = 2.8 if name == RECORDER else 1.3
        entities = [case.saves * (block + 1) / len(cost) for block in range(len(cost))]
        axes.plot(entities, cost, label=name, linewidth=width)
    axes.axhline(1, color="black", linewidth=0.8, linestyle="--", label=RAW)
    axes.set_yscale("log")
    axes.set_xlabel("entities in the run")
    axes.set_ylabel("x Path.write_bytes (log)")
    axes.set_title(f"Cost of one save of 1 KB in a run of {case.saves:,}")
    axes.grid(True, which="major", alpha=0.3)
    axes.set_ylim(0.7, axes.get_ylim()[1] * 6)
    axes.legend(fontsize=8, loc="upper left", ncols=2)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def smooth(seconds: list[float], width: int = 5) -> list[float]:
    """The running median, which takes the hiccups of a busy machine out."""
    half = width // 2
    return [statistics.median(seconds[max(0, block - half) : block + half + 1]) for block in range(len(seconds))]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--disk", type=Path, default=Path(tempfile.gettempdir()), help="a folder on a disk")
    parser.add_argument("--scale", type=float, default=1.0, help="do this share of the saves (default: 1)")
    parser.add_argument("--only", action="append", choices=ALL, default=[], help="only this contender")
    parser.add_argument("--rounds", type=int, default=3, help="do it all so often (default: 3)")
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="cpu: time at work, without waiting for the disk or for other programs (default: wall)",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write the plot there (needs matplotlib)")
    options = parser.parse_args(arguments)
    for name in ALL:
        if not installed(name) and (not options.only or name in options.only):
            print(f"{name}: not installed; pip install 'recorder-toolkit[bench]'", file=sys.stderr)
    measured = [
        (case, measure_all(case, options.rounds, options.only, options.clock)) for case in cases(options.disk, options.scale)
    ]
    print(table(measured))
    if options.plot:
        plot(*measured[0], options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
