"""Save until there is no room, make room, go on: full_disk.py BASE limit|KIB.

`limit` stands for a file-size limit on this process, KIB for a small file system of that size mounted at
BASE. Prints as JSON what happened.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
from pathlib import Path

from checked_run import payload, problems

from recorder import LivePipelineRecorder

LIMIT = 100_000


def main() -> None:
    base, how = Path(sys.argv[1]), sys.argv[2]
    ballast = base / "ballast"
    run = LivePipelineRecorder("run", base_path=base)
    if how == "limit":
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    else:
        ballast.write_bytes(bytes(int(how) * 256))
    source, returned, errors, invalid = random.Random(1), [], [], 0
    while len(errors) < 20:
        try:
            returned.append(run.save_entity("input", payload(source, 500), {"padding": "p" * 500}))
        except OSError as error:
            errors.append(error.errno)
        try:
            json.loads((run.run_folder / "metadata.json").read_bytes())
        except ValueError:
            invalid += 1
    before = len(returned)
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    else:
        ballast.unlink()
    returned += [run.save_entity("input", payload(source, 500)) for _ in range(5)]
    run.close()
    leftovers = [name for name in os.listdir(run.run_folder) if name.endswith(".tmp")]
    numbers = [int(name.split("_")[0]) for name in returned]
    print(
        json.dumps(
            {
                "before": before,
                "errors": sorted({os.strerror(number) for number in errors}),
                "invalid": invalid,
                "consecutive": numbers == list(range(1, len(numbers) + 1)),
                "leftovers": leftovers,
                "problems": problems(run.run_folder, returned),
            }
        )
    )


main()
