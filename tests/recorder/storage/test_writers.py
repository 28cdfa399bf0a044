"""Many writers of one run, with a poller at work all the time: nothing is lost, no number is given twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, get_recorder, live, load_recorder
from recorder.storage.index import Record, RunIndex
from recorder.storage.run_storage import RunStorage

PROGRAMS = Path(__file__).with_name("programs")
WRITERS, SAVES = 8, 50


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "inherited", "threads"])
def test_every_save_of_many_writers_is_kept(kind: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(PROGRAMS / "many_writers.py"),
        str(tmp_path),
        kind,
        str(WRITERS),
        str(SAVES),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["polls"] > 3
    assert {key: value for key, value in result.items() if key != "polls"} == {
        "files": 400,
        "entries": 400,
        "contents": 400,
        "numbers": list(range(1, 401)),
        "invalid": 0,
        "backwards": 0,
        "problems": [],
    }


def test_a_recorder_sees_what_another_one_saves(tmp_path: Path) -> None:
    first = LivePipelineRecorder("run", base_path=tmp_path)
    second = LivePipelineRecorder("run", base_path=tmp_path)
    reader = load_recorder("run", tmp_path)
    assert reader is not None
    first.save_entity("input", "x", group="group")
    first.save_entity("input", "x")
    first.set_state(2, "translation")
    for run in (first, second, reader):
        assert run.sequence_number == 1
        assert (run.current_stage, run.current_step) == (2, "translation")
        assert [entity["filename"] for entity in run.get_status()["entities"]] == [
            "group/001_input.txt",
            "01_input.txt",
        ]
        assert run.get_entity_path("input", "latest") == tmp_path / "run" / "01_input.txt"


def test_a_rewritten_journal_is_noticed_by_live_recorders(tmp_path: Path) -> None:
    """What a repair does: files are renamed and the journal is put in place anew, while others record."""
    live_one = LivePipelineRecorder("run", base_path=tmp_path)
    live_one.save_entity("output_audio", b"x", {"seed": 1})
    live_one.set_state(4, "output")
    storage = RunStorage(tmp_path / "run", {"run_id": "run"})

    def change(index: RunIndex) -> list[Record]:
        (record,) = index.records
        (tmp_path / "run" / record.filename).rename(tmp_path / "run" / "01_output_audio.mp3")
        return [record._replace(entity={**record.entity, "filename": "01_output_audio.mp3"})]

    storage.rewrite(change)
    storage.close()
    assert live_one.get_entity_path("output_audio") == tmp_path / "run" / "01_output_audio.mp3"
    assert live_one.save_entity("input", "y") == "02_input.txt"
    assert (live_one.current_stage, live_one.current_step) == (4, "output")
    index = json.loads((tmp_path / "run" / "metadata.json").read_bytes())["entities"]
    assert [entity["filename"] for entity in index] == ["01_output_audio.mp3", "02_input.txt"]
    assert index[0]["metadata"] == {"seed": 1}


def test_two_requests_of_one_process_share_a_recorder(tmp_path: Path) -> None:
    start, got = threading.Barrier(8), []

    def request() -> None:
        start.wait()
        got.append(get_recorder("run", base_path=tmp_path))

    threads = [threading.Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(recorder) for recorder in got}) == 1
    assert load_recorder("run", tmp_path) is got[0]
    got[0].mark_complete()


@pytest.mark.parametrize("held", ["the run's own lock", "the lock of the live recorders"])
def test_a_fork_at_any_moment_leaves_the_child_able_to_save(held: str, tmp_path: Path) -> None:
    """Another thread is in the middle of something when the process forks."""
    program = f"""
import os, threading
from recorder import get_recorder, live
run = get_recorder("run", base_path={str(tmp_path)!r})
run.save_entity("input", "parent")
lock = run._storage._mutex if {held!r} == "the run's own lock" else live._lock
taken = threading.Event()
release = threading.Event()
def hold():
    with lock:
        taken.set()
        release.wait()
thread = threading.Thread(target=hold)
thread.start()
taken.wait()
child = os.fork()
if child == 0:
    get_recorder("run", base_path={str(tmp_path)!r}).save_entity("input", "child")
    os._exit(0)
status = os.waitpid(child, 0)[1]
release.set()
thread.join()
print(status, run.save_entity("input", "parent again"))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout == "0 03_input.txt\n", done.stderr


def test_the_live_recorders_are_bounded_and_keyed_by_base_and_run(tmp_path: Path) -> None:
    kept = get_recorder("kept", base_path=tmp_path)
    other_base = get_recorder("kept", base_path=tmp_path / "other")
    assert other_base is not kept
    for number in range(live.MAX_LIVE + 20):
        get_recorder(f"run{number}", base_path=tmp_path, lazy=True)
        assert get_recorder("kept", base_path=tmp_path) is kept, "a recorder in use goes last"
        assert live.count() <= live.MAX_LIVE
    assert live.find((str(tmp_path), "run0")) is None
    other_base.save_entity("input", "a recorder that was let go still saves")
    for number in range(live.MAX_LIVE + 20):
        if (recorder := live.find((str(tmp_path), f"run{number}"))) is not None:
            live.drop((str(tmp_path), f"run{number}"), recorder)
    kept.mark_complete()
    assert live.find((str(tmp_path), "kept")) is None


def test_a_burst_is_in_the_index_soon_after_its_end(tmp_path: Path) -> None:
    """The process goes on without a word to the recorder: the timer writes what was left."""
    run = LivePipelineRecorder("run", base_path=tmp_path)
    for _ in range(300):
        run.save_entity("input", "x")
    while len(json.loads((run.run_folder / "metadata.json").read_bytes())["entities"]) < 300:
        time.sleep(0.01)


ENDINGS = {
    "normal": "work()",
    "sys.exit": "work(); sys.exit(3)",
    "error": "work(); raise RuntimeError",
    "atexit": "atexit.register(work)",
    "multiprocessing": "multiprocessing.get_context('fork').Process(target=work).start()",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_burst_is_in_the_index_when_its_process_ends(ending: str, tmp_path: Path) -> None:
    program = f"""
import atexit, multiprocessing, sys
from recorder import LivePipelineRecorder
def work():
    run = LivePipelineRecorder("run", base_path={str(tmp_path)!r})
    for _ in range(300):
        run.save_entity("input", "x")
{ENDINGS[ending]}
"""
    subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert len(json.loads((tmp_path / "run" / "metadata.json").read_bytes())["entities"]) == 300
