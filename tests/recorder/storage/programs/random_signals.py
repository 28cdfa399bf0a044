"""Real signals at random moments of writing calls: random_signals.py BASE SIGNALS SEED.

Prints as JSON how many exceptions came through, the saves that returned, what else was raised, and what is wrong in the end.
"""

from __future__ import annotations

import io
import json
import random
import signal
import sys
from pathlib import Path
from types import FrameType

from recorder import LivePipelineRecorder, open_run
from recorder.runs.inspection import ORPHAN


class TimeLimit(Exception):
    """What a handler raises."""


def handle(number: int, frame: FrameType | None) -> None:
    raise TimeLimit


def main() -> None:
    base, signals, source = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    run = LivePipelineRecorder("run", base_path=base, strict=source.random() < 0.2)
    calls = [
        lambda: run.save_entity("bytes", b"\0\1" * 500),
        lambda: run.save_entity("stream", io.BytesIO(b"s" * 100_000)),
        lambda: run.save_entity("path", Path(__file__)),
        lambda: run.save_entity("text", "x", {"a": 1}, group="prompting_process"),
        lambda: run.set_state(source.randrange(9), "step"),
        lambda: run.save_error(1, "Kind", "message"),
        run.close,
    ]
    for call in calls:  # imports are done
        call()
    signal.signal(signal.SIGALRM, handle)
    returned: list[str] = []
    others: list[str] = []
    invalid = came = 0
    while came < signals:
        try:
            signal.setitimer(signal.ITIMER_REAL, source.uniform(1e-5, 3e-3))
            while True:
                name = source.choice(calls)()
                if isinstance(name, str):
                    returned.append(name)
        except TimeLimit:
            came += 1
        except BaseException as error:
            others.append(repr(error))
            came += 1
        try:
            json.loads((run.run_folder / "metadata.json").read_bytes())
        except ValueError:
            invalid += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    returned.append(run.save_entity("last", "x"))
    run.close()
    problems = open_run(run.run_folder).problems()
    entities = {entity["filename"] for entity in run.get_status()["entities"]}
    result = {
        "came": came,
        "saves": len(returned),
        "others": others,
        "invalid": invalid,
        "lost": [name for name in returned if name not in entities],
        "orphans": sum(problem.kind == ORPHAN for problem in problems),
        "problems": [f"{problem.filename} {problem.message}" for problem in problems if problem.kind != ORPHAN],
    }
    print(json.dumps(result))


main()
