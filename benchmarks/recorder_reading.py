"""What it costs to open, list and verify a run, in microseconds of processor time for each entity.

    python benchmarks/recorder_reading.py [--entities 20000]

`verify` reads every file and takes its SHA-256; how much of its time goes there whatever a program does beside it is measured by
a loop that does nothing else. The files are small (60 bytes), as prompts and settings are. The best of five rounds counts.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from recorder import LivePipelineRecorder, open_run

TARGET = 10.0
ROUNDS = 5
_PAUSE = 2.5  # seconds; a run that was just written is looked at more than once where something is odd


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=20_000, help="how many the run has (default: 20000)")
    parser.add_argument("--place", type=Path, default=Path(tempfile.gettempdir()), help="the folder for it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="recorder-reading-", dir=options.place) as folder:
        with LivePipelineRecorder("run", base_path=folder) as recorder:
            for number in range(options.entities):
                recorder.save_entity(
                    "prompt", f"prompt {number:05d}: a lighthouse on a cliff at dusk, film grain", {"seed": number}
                )
        time.sleep(_PAUSE)
        rows = measured(recorder.run_folder)
    print(f"| us an entity, of {options.entities:,} | |\n| --- | --- |")
    for name, seconds in rows.items():
        print(f"| {name} | {1e6 * seconds / options.entities:.1f} |")
    print(f"| *target for opening, listing, and verifying what is open* | {TARGET:g} |")
    return 0


def measured(folder: Path) -> dict[str, float]:
    """Seconds for the whole run, by what is done."""
    paths = [os.path.join(folder, entity.filename) for entity in open_run(folder).entities()]
    run = open_run(folder)
    if problems := run.problems():
        raise SystemExit(f"the run is not in order: {problems[:3]}")
    return {
        "open_run": best(lambda: open_run(folder)),
        "open_run and a list of its entities": best(lambda: open_run(folder).entities()),
        "run.problems(), which is what verify does with a run that is open": best(run.problems),
        "of that, to read the files and take their SHA-256": best(lambda: read_all(paths)),
    }


def read_all(paths: list[str]) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        hashlib.sha256(os.read(descriptor, 1 << 16)).hexdigest()
        os.close(descriptor)


def best(work: Callable[[], object]) -> float:
    """The processor time of the fastest of some rounds, in seconds."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        rounds.append(time.process_time() - begin)
    return min(rounds)


if __name__ == "__main__":
    sys.exit(main())
