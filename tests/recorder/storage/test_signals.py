"""Real signals at random moments, in several processes. `RECORDER_STRESS=1` makes it 20 processes with 400 signals each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("programs") / "random_signals.py"
PROCESSES, SIGNALS = (20, 400) if os.environ.get("RECORDER_STRESS") else (2, 80)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(PROCESSES))
def test_signals_at_random_moments(seed: int, tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), str(tmp_path), str(SIGNALS), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result.pop("saves") >= 1
    assert result.pop("orphans") <= 1
    assert result == {"came": SIGNALS, "others": [], "invalid": 0, "lost": [], "problems": []}
