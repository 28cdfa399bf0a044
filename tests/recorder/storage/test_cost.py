"""What one save costs, counted in system calls and bytes and not by the clock: the same in any run.

How that compares with raw writes, Sacred and MLflow is measured by benchmarks/recorder_cost.py.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder
from recorder.storage import atomic_files

pytestmark = pytest.mark.slow


BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "recorder_cost.py"
COUNTED = (
    "open",
    "write",
    "close",
    "link",
    "unlink",
    "replace",
    "pwrite",
    "pread",
    "fstat",
    "lstat",
    "listdir",
    "scandir",
)
ONE_SAVE = {
    "FileIO": 1, "link": 1, "unlink": 1,  # the payload
    "write": 2,  # the payload and one journal line
    "flock": 2, "fstat": 1, "pread": 1, "pwrite": 2,  # the lock and its mark
    "lstat": 2,  # is the lock file still in place, and has somebody else appended?
}  # fmt: skip


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counter: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            counter[name] += 1
            if name == "write":
                counter["bytes"] += len(arguments[1])
            return function(*arguments, **options)

        return wrapper

    for name in COUNTED:
        monkeypatch.setattr(os, name, counted(name, getattr(os, name)))
    monkeypatch.setattr(fcntl, "flock", counted("flock", fcntl.flock))
    monkeypatch.setattr(atomic_files, "FileIO", counted("FileIO", atomic_files.FileIO))
    return counter


def test_a_save_makes_the_same_few_calls_at_any_size(tmp_path: Path, calls: Counter[str]) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run._storage._schedule.due = lambda entities: False  # type: ignore[method-assign]
    lines = 0
    for number in range(1, 2001):
        calls.clear()
        run.save_entity("chunk", b"\x01" * 1024, {"seed": 1})
        if number in (2, 20, 200, 2000):
            written = calls.pop("bytes")
            assert dict(calls) == ONE_SAVE, number
            lines = max(lines, written - 1024)
    assert lines < 330, "the journal line says the entity once"


def test_a_snapshot_is_one_more_file(tmp_path: Path, calls: Counter[str]) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("chunk", b"\x01")
    calls.clear()
    run.save_entity("chunk", b"\x01")
    calls.pop("bytes")
    assert dict(calls - Counter(ONE_SAVE)) == {"FileIO": 1, "write": 1, "replace": 1}


def test_a_status_of_a_quiet_run_reads_nothing(tmp_path: Path, calls: Counter[str]) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("chunk", b"\x01")
    calls.clear()
    run.get_status()
    assert dict(calls) == {"lstat": 1}


def test_the_benchmark_runs(tmp_path: Path) -> None:
    """The recorder against raw writes, on a hundredth of the work."""
    command = [
        sys.executable,
        str(BENCHMARK),
        "--scale",
        "0.01",
        "--rounds",
        "1",
        "--disk",
        str(tmp_path),
        "--only",
        "recorder",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("| x Path.write_bytes, or x copyfile for a file | 1 KB, memory, 1,000 |")
    assert any(line.startswith("| recorder |") for line in lines)
    assert json.dumps(lines).count("nan") == 0
