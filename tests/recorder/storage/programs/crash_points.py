"""Kill a writer at every single system call of its work, one call later each time: crash_points.py BASE.

The run has another recorder, which stays open over the crash and saves next (beside, strict), or is new, or
was left by an older version. In the end it is opened anew. Prints the problems as JSON, and how many points
there were.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checked_run import payload, problems

from recorder import LivePipelineRecorder

real_write = os.write


def die_at(call: int) -> None:
    """Count the calls that change the disk, and be killed at number `call`; in the middle of a write."""
    calls = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call:
                if function is real_write:
                    real_write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return wrapper

    for name in (
        "open",
        "write",
        "pwrite",
        "link",
        "unlink",
        "replace",
        "rename",
        "ftruncate",
        "close",
        "mkdir",
    ):
        setattr(os, name, counted(getattr(os, name)))
    fcntl.flock = counted(fcntl.flock)


def work(base: Path, run_id: str, report: int, strict: bool) -> None:
    with LivePipelineRecorder(run_id, base_path=base, strict=strict) as run:
        source = random.Random(1)
        for entity_type, group in (("one", None), ("two", None), ("three", "group"), ("four", "group")):
            name = run.save_entity(entity_type, payload(source, 2000), {"n": 1}, group=group)
            real_write(report, name.encode() + b"\n")
        run.set_state(3, "worked")


def prepare_old(folder: Path) -> None:
    """A run as older versions left it: an index and no journal."""
    folder.mkdir()
    (folder / "03_old.bin").write_bytes(payload(random.Random(3), 500))
    entity = {"sequence": 3, "type": "old", "filename": "03_old.bin"}
    (folder / "metadata.json").write_text(json.dumps({"run_id": folder.name, "entities": [entity]}))


def crash(base: Path, variant: str, call: int) -> tuple[bool, list[str]]:
    """Whether the writer survived, and the problems of its run."""
    run_id = f"{variant}{call}"
    source = random.Random(2)
    bystander = None
    if variant in ("beside", "strict"):
        bystander = LivePipelineRecorder(run_id, base_path=base)
        bystander.save_entity("before", payload(source, 500))
    elif variant == "old":
        prepare_old(base / run_id)
    read_end, report = os.pipe()
    child = os.fork()
    if child == 0:
        die_at(call)
        work(base, run_id, report, variant == "strict")
        os._exit(0)
    os.close(report)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read_end) as stream:
        returned = stream.read().split()
    if bystander is not None:
        returned.append(bystander.save_entity("after", payload(source, 500)))
        returned.append(bystander.save_entity("after", payload(source, 500), group="group"))
        bystander.close()
    elif variant == "old":
        returned.append("03_old.bin")
    found = problems(base / run_id, returned)
    return status == 0, [f"{variant}, killed at call {call}: {problem}" for problem in found]


def main() -> None:
    base = Path(sys.argv[1])
    found: list[str] = []
    points = 0
    for variant in ("beside", "strict", "new", "old"):
        call, survived = 0, False
        while not survived:
            call += 1
            survived, more = crash(base, variant, call)
            found += more
        points += call - 1
    print(json.dumps({"points": points, "problems": found}))


main()
