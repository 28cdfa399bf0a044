"""The progress bar leaves nothing behind that keeps a run from forking."""

from __future__ import annotations

import subprocess
import sys


def test_no_thread_runs_beside_the_bar() -> None:
    program = (
        "import threading\nfrom codemods.command.progress import Progress\nbar = Progress(0)\nbar(1, 3)\nbar(2, 3)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "/3" in done.stderr
