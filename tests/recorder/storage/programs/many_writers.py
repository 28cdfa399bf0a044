"""Many writers save into one run while it is polled: many_writers.py BASE KIND WRITERS SAVES.

KIND is processes (a recorder each), inherited (one recorder, made before the fork) or threads (one recorder).
Prints as JSON what the run has in the end, how often it was polled, and how often that went wrong.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from checked_run import numbered_files, payload, problems

from recorder import LivePipelineRecorder


def save(run: LivePipelineRecorder, writer: int, saves: int) -> None:
    source = random.Random(writer)
    for number in range(saves):
        run.save_entity(f"writer{writer}", payload(source, 1000), {"writer": writer, "number": number})


def start_processes(writers: int, work: Callable[[int], None]) -> Callable[[], bool]:
    """Fork the writers; the answer says whether one is still at work."""
    children = set()
    for writer in range(writers):
        child = os.fork()
        if child == 0:
            work(writer)
            os._exit(0)
        children.add(child)

    def at_work() -> bool:
        for child in list(children):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                children.discard(done)
                assert status == 0, f"a writer ended with status {status}"
        return bool(children)

    return at_work


def start_threads(writers: int, work: Callable[[int], None]) -> Callable[[], bool]:
    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    return lambda: any(thread.is_alive() for thread in threads)


def main() -> None:
    base, kind, writers, saves = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    run = LivePipelineRecorder("run", base_path=base)

    def work(writer: int) -> None:
        if kind == "processes":
            with LivePipelineRecorder("run", base_path=base) as own:
                save(own, writer, saves)
        else:
            save(run, writer, saves)
            if kind == "inherited":
                run.close()

    at_work = (start_threads if kind == "threads" else start_processes)(writers, work)
    polls = invalid = backwards = seen = 0
    while at_work():
        polls += 1
        try:
            entities = len(json.loads((run.run_folder / "metadata.json").read_bytes())["entities"])
        except (OSError, ValueError):
            invalid += 1
            continue
        backwards += entities < seen
        seen = entities
    run.close()
    index = json.loads((run.run_folder / "metadata.json").read_bytes())["entities"]
    contents = {(entity["metadata"]["writer"], entity["metadata"]["number"]) for entity in index}
    print(
        json.dumps(
            {
                "files": len(numbered_files(run.run_folder)),
                "entries": len(index),
                "contents": len(contents),
                "numbers": sorted(entity["sequence"] for entity in index),
                "polls": polls,
                "invalid": invalid,
                "backwards": backwards,
                "problems": problems(run.run_folder, []),
            }
        )
    )


main()
