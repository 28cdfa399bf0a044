"""metadata.json: when it is written, and what `strict` and `durable` add."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder
from recorder.storage import snapshot
from recorder.storage.snapshot import ALWAYS_AT_ONCE, LATEST, SHARE, Schedule


class Clock:
    """Stands in for time.perf_counter: seconds go by when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Owner:
    """Owns a schedule whose timer never fires by itself."""

    def __init__(self) -> None:
        self.schedule = Schedule(self.flush)

    def flush(self) -> None:
        raise AssertionError("the timer is not to fire in this test")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(snapshot.time, "perf_counter", clock)
    monkeypatch.setattr(snapshot.Timer, "start", lambda self: None)
    return clock


def indexed(run: LivePipelineRecorder) -> int:
    return len(json.loads((run.run_folder / "metadata.json").read_bytes())["entities"])


def write(schedule: Schedule, clock: Clock, cost: float) -> None:
    started = clock.now
    clock.now += cost
    schedule.written(started)


def test_a_small_run_is_always_current(clock: Clock) -> None:
    owner = Owner()
    for entities in range(1, ALWAYS_AT_ONCE + 1):
        assert owner.schedule.due(entities)
        write(owner.schedule, clock, 1.0)
    assert not owner.schedule.due(ALWAYS_AT_ONCE + 1)


def test_snapshots_take_a_small_share_of_the_time(clock: Clock) -> None:
    owner = Owner()
    spent, begin = 0.0, clock.now
    for _ in range(10_000):
        clock.now += 0.000_05
        if owner.schedule.due(1000):
            write(owner.schedule, clock, 0.001)
            spent += 0.001
    assert 0.5 * SHARE < spent / (clock.now - begin) <= 0.1


def test_a_costly_snapshot_is_never_later_than_promised(clock: Clock) -> None:
    """One snapshot takes half a minute's share; under a burst the next comes after LATEST all the same."""
    owner = Owner()
    write(owner.schedule, clock, 1.5)
    written, gaps = clock.now, []
    for _ in range(2000):
        clock.now += 0.001
        if owner.schedule.due(100_000):
            gaps.append(clock.now - written)
            owner.schedule.written(clock.now - 1.5)
            written = clock.now
    assert gaps and max(gaps) <= LATEST + 0.002 < 0.25


def test_one_timer_waits_for_all(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[float] = []
    monkeypatch.setattr(snapshot.Timer, "start", lambda self: started.append(self.seconds))
    owner = Owner()
    write(owner.schedule, clock, 1.0)
    for _ in range(10):
        assert not owner.schedule.due(100)
        assert owner.schedule.waiting
    assert started == [LATEST]
    write(owner.schedule, clock, 0.1)
    assert not owner.schedule.waiting
    owner.schedule.timer_ran()
    assert not owner.schedule.due(100)
    assert started == [LATEST, LATEST]


def test_no_timer_when_the_interpreter_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(snapshot.Timer, "start", refuse)
    owner = Owner()
    write(owner.schedule, clock, 1.0)
    assert owner.schedule.due(100), "nothing would write it later"


@pytest.mark.parametrize(
    "options, saves", [({}, ALWAYS_AT_ONCE), ({"strict": True}, 60), ({"strict": True, "durable": True}, 30)]
)
def test_current_at_every_return(options: dict[str, bool], saves: int, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path, **options)
    for number in range(1, saves + 1):
        run.save_entity("input", "x", group="group" if number % 3 == 0 else None)
        assert indexed(run) == number
        assert json.loads((run.run_folder / "metadata.json").read_bytes()) == run.metadata


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.set_state(1, "next"),
        lambda run: run.set_state(0, "initialized"),
        lambda run: run.save_error(1, "Kind", "message"),
        lambda run: run.mark_complete(),
        lambda run: run.close(),
    ],
    ids=["set_state", "set_state to the same", "save_error", "mark_complete", "close"],
)
def test_current_after_a_burst_and_one_call(
    call: Callable[[LivePipelineRecorder], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot.Timer, "start", lambda self: None)
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run._storage._schedule.due = postpone(run)  # type: ignore[method-assign]
    for _ in range(30):
        run.save_entity("input", "x")
    assert indexed(run) == 0
    call(run)
    assert indexed(run) == len(run.get_status()["entities"]) >= 30


def postpone(run: LivePipelineRecorder) -> Callable[[int], bool]:
    """As under a burst without end: every snapshot is left to the timer."""

    def due(entities: int) -> bool:
        run._storage._schedule.postpone()
        return False

    return due


def test_the_timer_writes_what_was_left(tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run._storage._schedule.due = postpone(run)  # type: ignore[method-assign]
    run.save_entity("input", "x")
    while indexed(run) == 0:
        time.sleep(0.01)


def test_a_snapshot_that_fails_does_not_fail_the_save(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    (run.run_folder / "metadata.json").unlink()
    (run.run_folder / "metadata.json").mkdir()
    assert run.save_entity("input", "x") == "01_input.txt"
    assert "metadata.json could not be written" in caplog.text
    with pytest.raises(OSError):
        run.set_state(1, "cannot be shown, so it is not so")
    assert run.current_stage == 0
    (run.run_folder / "metadata.json").rmdir()
    run.close()
    assert indexed(run) == 1
    strict = LivePipelineRecorder("run", base_path=tmp_path, strict=True)
    (run.run_folder / "metadata.json").unlink()
    (run.run_folder / "metadata.json").mkdir()
    with pytest.raises(OSError):
        strict.save_entity("input", "y")
    assert not (run.run_folder / "02_input.txt").exists()
    assert len(strict.get_status()["entities"]) == 1
    assert len((run.run_folder / "entities.jsonl").read_bytes().splitlines()) == 3
    (run.run_folder / "metadata.json").rmdir()
    strict.close()  # else its timer tries again, as long as the tests run


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What is fsynced, in order, as (device, inode)."""
    calls: list[tuple[int, int]] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        calls.append((status.st_dev, status.st_ino))
        real_fsync(descriptor)

    def link(source: str, target: str) -> None:
        calls.append(LINK)
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    return calls


LINK = (0, 0)


def identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def test_durable_syncs_the_file_before_its_name_then_journal_and_folders(tmp_path: Path, synced: Any) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path, durable=True)
    assert identity(run.run_folder / "entities.jsonl") in synced and identity(tmp_path) in synced
    synced.clear()
    payload = run.run_folder / run.save_entity("input", "x")
    assert synced[:4] == [
        identity(payload),
        LINK,
        identity(run.run_folder / "entities.jsonl"),
        identity(run.run_folder),
    ]
    assert identity(run.run_folder / "metadata.json") in synced
    synced.clear()
    source = tmp_path / "source"
    source.write_bytes(b"x" * 100_000)
    payload = run.run_folder / run.save_entity("input", source, group="group")
    assert synced[:2] == [identity(payload), LINK]
    assert {identity(run.run_folder), identity(payload.parent)} < set(synced)
    synced.clear()
    run.set_state(1, "next")
    assert {identity(run.run_folder / "entities.jsonl"), identity(run.run_folder / "metadata.json")} < set(synced)


def test_nothing_is_synced_unless_asked_for(tmp_path: Path, synced: Any) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path, strict=True) as run:
        run.save_entity("input", "x")
        run.set_state(1, "next")
    assert set(synced) == {LINK}


def test_a_failing_sync_fails_the_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path, durable=True)

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk says no")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="the disk says no"):
            run.save_entity("input", "x")
    assert run.get_status()["entities"] == [] and not (run.run_folder / "01_input.txt").exists()
    assert run.save_entity("input", "y") == "01_input.txt"
