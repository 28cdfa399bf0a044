"""What takes longer than a second shows a count on standard error, on a terminal and nowhere else. In a real terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder

pytestmark = pytest.mark.slow

# The command, with files that are slow to read: a second must pass, and no test is to read gigabytes for it.
PROGRAM = """
import sys, time
from recorder import cli
from recorder.command import tree

class Slow(tree.Progress):
    def tick(self, name):
        time.sleep(0.2)
        super().tick(name)

tree.Progress = Slow
sys.exit(cli.main(sys.argv[1:]))
"""
FILES = 8
COMMANDS: dict[str, tuple[list[str], str]] = {
    "verify": (["verify", "exports"], "checking files"),
    "show": (["show", "exports/run"], "checking files"),
    "repair": (["repair", "exports/run"], "checking files"),
    "export": (["export", "exports/run", "other.zip"], "writing files"),
    "export as tar": (["export", "exports/run", "other.tar.gz"], "writing files"),
    "import": (["import", "run.tar.gz", "elsewhere"], "unpacking files"),
    "gallery": (["gallery", "exports"], "looking at files"),
    "list": (["list", "many"], "reading runs"),
    "prune": (["prune", "many", "--keep", "0", "--apply"], "removing runs"),
}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    with LivePipelineRecorder("run", base_path=tmp_path / "exports") as recorder:
        for number in range(FILES):
            recorder.save_entity("input", f"file {number}")
    for number in range(FILES):
        LivePipelineRecorder(f"run_{number}", base_path=tmp_path / "many").mark_complete()
    (tmp_path / "elsewhere").mkdir()
    subprocess.run([sys.executable, "-m", "recorder.cli", "export", "exports/run", "run.tar.gz"], cwd=tmp_path, check=True)
    return tmp_path


def on_a_terminal(command: list[str], folder: Path) -> tuple[str, str]:
    """What a command writes to standard output, a pipe, and to standard error, a terminal."""
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        while select.select([controller], [], [], 30)[0]:
            try:
                piece = os.read(controller, 4096)
            except OSError:  # the other end is closed
                break
            shown += piece
        assert process.stdout is not None
        said = process.stdout.read()
    os.close(controller)
    return said.decode(), shown.decode()


def in_pipes(command: list[str], folder: Path) -> tuple[str, str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("run", [on_a_terminal, in_pipes])
def test_the_count_is_shown(name: str, run: Callable[[list[str], Path], tuple[str, str]], runs: Path) -> None:
    arguments, what = COMMANDS[name]
    said, shown = run([sys.executable, "-c", PROGRAM, *arguments], runs)
    assert said and what not in said
    if run is in_pipes:
        assert shown == ""
    else:
        assert f"{what}: " in shown and shown.rstrip(" ").endswith("\r"), "it goes again"


def test_not_within_the_first_second_and_not_unasked(runs: Path) -> None:
    command = [sys.executable, "-m", "recorder.cli", "verify", "exports"]
    assert on_a_terminal(command, runs)[1] == ""
    slow = [sys.executable, "-c", PROGRAM, "verify", "exports", "--no-progress"]
    assert on_a_terminal(slow, runs)[1] == ""


def test_one_large_file_shows_that_it_is_worked_on(tmp_path: Path) -> None:
    """The count stands still then, and is there."""
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("input", bytes(8 << 16))
    assert "checking files: 1 files" in on_a_terminal([sys.executable, "-c", PROGRAM, "verify", "."], tmp_path)[1]
