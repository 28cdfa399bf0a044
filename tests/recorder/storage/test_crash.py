"""SIGKILL: metadata.json is always valid, and what was returned is there, whole, and in the index.

`RECORDER_STRESS=1` makes it at least 200 random kills in each place.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


PROGRAMS = Path(__file__).with_name("programs")
KILLS = 200 if os.environ.get("RECORDER_STRESS") else 20
MEMORY = Path("/dev/shm")
PLACES = ["disk", "memory"] if os.access(MEMORY, os.W_OK) else ["disk"]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if request.param == "disk":
        yield tmp_path
    else:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            yield Path(folder)


def run_program(name: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, str(PROGRAMS / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_kill_at_every_system_call(tmp_path: Path) -> None:
    result = run_program("crash_points.py", tmp_path)
    assert result["problems"] == []
    assert result["points"] > 200


def test_kill_at_random_moments(place: Path) -> None:
    seed = random.randrange(10**6)
    result = run_program("random_kills.py", place, KILLS, seed)
    assert result["problems"] == [], f"seed {seed}"
    assert result["kills"] >= KILLS
    assert result["saves"] >= KILLS // 2, "the writers were killed before they wrote anything"
