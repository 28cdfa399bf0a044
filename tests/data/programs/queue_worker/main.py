"""Start a worker on the files of a folder."""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
from pathlib import Path

from base import Job
from factory import RECORDERS, close_all, recorder_for, worker_for
from outputs import entities, export


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="work")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--export", type=Path)
    return parser.parse_args(arguments)


def jobs_of(folder: Path) -> queue.PriorityQueue[Job]:
    jobs: queue.PriorityQueue[Job] = queue.PriorityQueue()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            jobs.put(Job(path.stat().st_size, path.stem, path))
    return jobs


def main(arguments: list[str] | None = None) -> int:
    options = parsed(sys.argv[1:] if arguments is None else arguments)
    jobs = jobs_of(options.folder)
    names = [f"{options.name}_{number}" for number in range(options.threads)]
    for name in names:
        (recorder_for(name).run_folder / "worker.pid").write_text(str(os.getpid()))  # expect: LPR202
    threads = [threading.Thread(target=worker_for(options.kind, name, jobs).run) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        found = entities(RECORDERS[name].run_folder)
        print(name, len(found), "entities")
        with open(RECORDERS[name].run_folder / "count.json", "w") as handle:  # expect: LPR202
            json.dump(len(found), handle)
        if options.export:
            export(RECORDERS[name].run_folder, options.export / name)
    close_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
