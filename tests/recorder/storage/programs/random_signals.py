"""Writes to a run until so many signals have come: random_signals.py BASE RUN SIGNALS SEED.

SIGINT is KeyboardInterrupt, SIGTERM is SystemExit. Who started it sends one for each byte that it prints, a moment later. Prints in
the end, as JSON, the saves that returned and what went wrong on the way.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType

from recorder import LivePipelineRecorder

EXPECTED = (KeyboardInterrupt, SystemExit)


def end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> None:
    base, name, signals, source = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), random.Random(int(sys.argv[4]))
    run = LivePipelineRecorder(name, base_path=base, strict=source.random() < 0.2)
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
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, end)
    returned: list[str] = []
    others: list[str] = []
    invalid = came = 0
    while came < signals:
        try:
            os.write(1, b".")
            while True:
                saved = source.choice(calls)()
                if isinstance(saved, str):
                    returned.append(saved)
        except EXPECTED:
            came += 1
        except BaseException as error:
            others.append(repr(error))
            came += 1
        try:
            json.loads((run.run_folder / "metadata.json").read_bytes())
        except ValueError:
            invalid += 1
    returned.append(run.save_entity("last", "x"))
    run.close()
    os.write(1, json.dumps({"returned": returned, "others": others, "invalid": invalid}).encode())


main()
