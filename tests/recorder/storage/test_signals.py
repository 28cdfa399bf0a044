"""Processes that record at the same time, and real signals for each at random moments: Ctrl-C and SIGTERM.

`RECORDER_STRESS=1` makes it twenty processes with 400 signals for each.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from recorder import open_run
from recorder.runs.inspection import ORPHAN

PROGRAM = Path(__file__).with_name("programs") / "random_signals.py"
PROCESSES, SIGNALS = (20, 400) if os.environ.get("RECORDER_STRESS") == "1" else (10, 100)
IN_ONE_RUN = 6


def run_name(number: int) -> str:
    """Most have a run of their own; some write to one together."""
    return "together" if number < IN_ONE_RUN else f"run_{number}"


def under_fire(processes: list[subprocess.Popen[bytes]]) -> list[dict[str, Any]]:
    """Send one signal for each byte that a process prints, and return what it says in the end."""
    source, said = random.Random(1), [b""] * len(processes)
    due: list[tuple[float, int]] = []
    with selectors.DefaultSelector() as selector:
        for number, process in enumerate(processes):
            assert process.stdout is not None
            selector.register(process.stdout, selectors.EVENT_READ, number)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, due[0][0] - time.monotonic()) if due else None):
                read = os.read(key.fd, 1 << 16)
                if read == b".":
                    heapq.heappush(due, (time.monotonic() + source.uniform(1e-5, 3e-3), key.data))
                elif read:
                    said[key.data] += read
                else:
                    selector.unregister(key.fileobj)
            while due and due[0][0] <= time.monotonic():
                os.kill(processes[heapq.heappop(due)[1]].pid, source.choice((signal.SIGINT, signal.SIGTERM)))
    return [json.loads(text) for text in said]


@pytest.mark.slow
def test_signals_at_random_moments(tmp_path: Path) -> None:
    commands = [[sys.executable, str(PROGRAM), str(tmp_path), run_name(n), str(SIGNALS), str(n)] for n in range(PROCESSES)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    try:
        results = under_fire(processes)
        assert [process.wait(30) for process in processes] == [0] * PROCESSES
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    for number, result in enumerate(results):
        run = open_run(tmp_path / run_name(number))
        names = {entity.filename for entity in run.entities()}
        assert [name for name in result["returned"] if name not in names] == [], "nothing is lost"
        assert (result["others"], result["invalid"]) == ([], 0), number
    for folder in sorted(tmp_path.iterdir()):
        json.loads((folder / "metadata.json").read_bytes())
        problems = open_run(folder).problems()
        orphans = [problem for problem in problems if problem.kind == ORPHAN]
        assert [problem for problem in problems if problem not in orphans] == []
        assert len(orphans) <= (IN_ONE_RUN if folder.name == "together" else 1), orphans
