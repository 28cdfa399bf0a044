"""The lock of a run: one holder at a time, and how the last one left."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder
from recorder.storage.lock import RunLock, is_held
from recorder.storage.writing import LOCK_NAME


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    first, second = RunLock(path, 0.01), RunLock(path, 0.01)
    first.acquire(time.monotonic())
    assert is_held(path)
    with pytest.raises(TimeoutError, match="is held by another process"):
        second.acquire(time.monotonic())
    first.release(in_order=True)
    assert not is_held(path)
    second.acquire(time.monotonic())
    assert is_held(path)


@pytest.mark.parametrize("in_order", [True, False])
def test_the_next_holder_knows_how_the_last_one_left(in_order: bool, tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    first, second = RunLock(path, 0.01), RunLock(path, 0.01)
    assert first.acquire(time.monotonic())
    first.release(in_order=in_order)
    assert second.acquire(time.monotonic()) is in_order


def test_the_file_of_a_writer_that_was_killed_keeps_its_number(tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    other = RunLock(str(run.run_folder / LOCK_NAME), 1)
    other.acquire(time.monotonic())
    (run.run_folder / "02_output.txt").write_text("linked, and not yet in the journal")
    other.close()
    assert run.save_entity("input", "x") == "03_input.txt"
