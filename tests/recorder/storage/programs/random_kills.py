"""Two writers at a time on one run, killed at random moments: random_kills.py BASE KILLS SEED.

Prints as JSON the kills, the saves that had returned before them, and the problems.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from checked_run import payload, problems

from recorder import LivePipelineRecorder

WRITERS = 2
KILLS_PER_RUN = 10


def write_for_ever(base: Path, run_id: str, seed: int, report: int) -> None:
    source = random.Random(seed)
    run = LivePipelineRecorder(run_id, base_path=base, strict=source.random() < 0.2)
    while True:
        size = source.choice((100, 1000, 1000, 50_000, 50_000, 2_000_000))
        group = source.choice((None, None, None, "prompting_process"))
        name = run.save_entity(f"writer{seed % WRITERS}", payload(source, size), {"seed": seed}, group=group)
        os.write(report, name.encode() + b"\n")
        if source.random() < 0.1:
            run.set_state(seed, name)


def round_of_kills(base: Path, run_id: str, source: random.Random) -> list[str]:
    """Start the writers, kill each at its own random moment; the names that were returned to them before."""
    reports, children = [], []
    for number in range(WRITERS):
        read_end, report = os.pipe()
        seed = source.randrange(10**9) * WRITERS + number
        child = os.fork()
        if child == 0:
            write_for_ever(base, run_id, seed, report)
        os.close(report)
        reports.append(read_end)
        children.append(child)
    for child, report in zip(children, reports, strict=True):
        if source.random() < 0.8:  # else it may die before its first save, or while it opens the run
            select.select([report], [], [])
        time.sleep(source.random() * 0.02)
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)
    returned: list[str] = []
    for read_end in reports:
        with os.fdopen(read_end) as stream:
            returned += stream.read().split()
    return returned


def main() -> None:
    base, kills, source = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    found: list[str] = []
    saves = done = 0
    while done < kills:
        run_id = f"run{done}"
        LivePipelineRecorder(run_id, base_path=base).close()
        returned: list[str] = []
        for _ in range(min(KILLS_PER_RUN, kills - done), 0, -WRITERS):
            returned += round_of_kills(base, run_id, source)
            found += [f"{run_id}: {problem}" for problem in problems(base / run_id, returned)]
            done += WRITERS
        saves += len(returned)
    print(json.dumps({"kills": done, "saves": saves, "problems": found}))


main()
