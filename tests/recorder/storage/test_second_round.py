"""What trials on the finished recorder showed: each kind once, with its neighbours."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, get_recorder, load_recorder, open_run
from recorder.storage import writing


def shown(recorder: LivePipelineRecorder) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((recorder.run_folder / "metadata.json").read_bytes())
    return content


# Groups.


@pytest.mark.parametrize("group", ["metadata.json", "METADATA.JSON", "entities.jsonl", "metadata.json.broken", ".recorder.lock"])
def test_a_group_with_a_name_of_the_index_is_refused(group: str, tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    with pytest.raises(ValueError, match="group"):
        recorder.save_entity("x", "y", group=group)
    assert not recorder.run_folder.exists()


@pytest.mark.parametrize("group", ["a:b", "final", "Group", "c d", "01_x.txt", "-r", "ä", "COM1"])
def test_what_is_saved_in_a_group_verifies_clean(group: str, tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        names = [recorder.save_entity("a", "1"), recorder.save_entity("b", "2", group=group)]
        names += [recorder.save_entity("c", "3", group=group), recorder.save_entity("d", "4")]
    assert names == ["01_a.txt", f"{group}/001_b.txt", f"{group}/002_c.txt", "02_d.txt"]
    assert open_run(recorder.run_folder).problems() == []
    again = LivePipelineRecorder("run", base_path=tmp_path)
    assert again.save_entity("e", "5", group=group) == f"{group}/003_e.txt"


def test_a_group_that_the_file_system_takes_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where case does not count: the folder is there, and is listed under another name."""
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    recorder.save_entity("a", "b", group="group")
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: [name.lower() for name in real(path)])
    with pytest.raises(ValueError, match="another name"):
        recorder.save_entity("a", "b", group="GROUP")
    assert [entity["filename"] for entity in recorder.get_status()["entities"]] == ["group/001_a.txt"]


def test_files_in_final_of_an_old_run_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "run" / "final").mkdir(parents=True)
    (tmp_path / "run" / "final" / "07_output.txt").write_text("x")
    (tmp_path / "run" / "metadata.json").write_text('{"run_id": "run", "entities": []}')
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    assert recorder.save_entity("next", "y") == "08_next.txt"
    recorder.close()
    assert LivePipelineRecorder("run", base_path=tmp_path).save_entity("next", "y") == "09_next.txt"


# Metadata that no reader could read.


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [nested(101), nested(5000), [nested(100)], 10**5000, -(10**5000)], ids=range(5))
def test_what_few_readers_take_is_a_type_error(value: Any, tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    for call in (lambda: recorder.save_entity("a", "b", {"m": value}), lambda: recorder.save_entity("a", [value])):
        with pytest.raises(TypeError, match="nested|digits"):
            call()
    assert not recorder.run_folder.exists()


def test_what_is_a_hundred_deep_comes_back(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("a", "b", nested(100))
    loaded = load_recorder("run", base_path=tmp_path)
    assert loaded is not None and loaded.get_status()["entities"][0]["metadata"] == nested(100)


# Waiting.


def test_a_lock_that_is_held_for_ever(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lock_timeout=0.3)
    code = "import fcntl, sys, time; file = open(sys.argv[1], 'r+'); fcntl.flock(file, 2); print(flush=True); time.sleep(60)"
    lock = recorder.run_folder / ".recorder.lock"
    holder = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        started = time.monotonic()
        with pytest.raises(TimeoutError, match="held by another process") as caught:
            recorder.save_entity("a", "b")
        assert caught.value.filename == str(lock)
        assert 0.3 <= time.monotonic() - started < 5
        assert recorder.get_status()["entities"] == [], "reading needs no lock"
    finally:
        holder.kill()
        holder.communicate()
    assert recorder.save_entity("a", "b") == "01_a.txt"


def test_threads_do_not_wait_one_after_the_other(tmp_path: Path) -> None:
    """Each waits for as long as it was told, also behind threads that wait for the same process."""
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lock_timeout=0.5)
    took = []

    def save() -> None:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            recorder.save_entity("a", "b")
        took.append(time.monotonic() - started)

    with open(recorder.run_folder / ".recorder.lock", "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        threads = [threading.Thread(target=save) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(took) == 6 and max(took) < 2.5, "one after the other would take three seconds"
    assert recorder.save_entity("a", "b") == "01_a.txt"


def test_the_timer_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    while not recorder._storage._schedule.waiting:
        recorder.save_entity("x", "y")
    real, failing = writing.put_in_place, [True]

    def put(path: str, staged: str) -> None:
        if failing[0] and path.endswith("metadata.json"):
            writing.remove(staged)
            raise OSError(28, "No space left on device", path)
        real(path, staged)

    monkeypatch.setattr(writing, "put_in_place", put)
    time.sleep(0.4)  # the timer comes and fails
    failing[0] = False
    wanted, deadline = len(recorder.get_status()["entities"]), time.monotonic() + 20
    while len(shown(recorder)["entities"]) < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    recorder.close()


# Many recorders, and asking for one twice.


def test_nobody_tries_again_once_it_is_closed(tmp_path: Path) -> None:
    others = set(threading.enumerate())

    def timers() -> int:
        return sum(thread.name == "recorder-snapshot" for thread in set(threading.enumerate()) - others)

    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    (recorder.run_folder / "metadata.json").unlink()
    (recorder.run_folder / "metadata.json").mkdir()
    recorder.save_entity("a", "b")
    assert timers() == 1
    with pytest.raises(IsADirectoryError):
        recorder.close()
    end = time.monotonic() + 10
    while timers() and time.monotonic() < end:
        time.sleep(0.05)
    assert timers() == 0
    (recorder.run_folder / "metadata.json").rmdir()
    recorder.save_entity("c", "d")
    assert len(json.loads((recorder.run_folder / "metadata.json").read_bytes())["entities"]) == 2


def test_more_recorders_than_descriptors(tmp_path: Path) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))\n"
        "from recorder import LivePipelineRecorder\n"
        "runs = [LivePipelineRecorder(f'r{i}', base_path=sys.argv[1]) for i in range(140)]\n"
        "print([run.save_entity('a', 'b') for _ in range(2) for run in runs].count('02_a.txt'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("140\n", "")


@pytest.mark.parametrize("promise", ["durable", "strict"])
def test_a_stronger_promise_is_taken_over(promise: str, tmp_path: Path) -> None:
    first = get_recorder("run", base_path=tmp_path)
    assert get_recorder("run", base_path=tmp_path, **{promise: True}) is first  # type: ignore[arg-type]
    assert getattr(first._storage, promise) is True
    get_recorder("run", base_path=tmp_path, **{promise: False})  # type: ignore[arg-type]
    assert getattr(first._storage, promise) is True
    first.mark_complete()


def test_options_that_differ_are_an_error_and_what_describes_the_run_stands(tmp_path: Path) -> None:
    first = get_recorder("run", "config", "eco", "kids", "anna", tmp_path, download_timeout=5.0, trusted_hosts=["a"])
    assert get_recorder("run", "other", "fast", "off", "bob", tmp_path) is first
    assert get_recorder("run", base_path=tmp_path, download_timeout=5.0, trusted_hosts=("a",)) is first
    assert first.config_name == "config"
    for options in ({"download_timeout": 6.0}, {"trusted_hosts": []}, {"lock_timeout": 1.0}, {"expected_outputs": ["a"]}):
        with pytest.raises(ValueError, match=next(iter(options))):
            get_recorder("run", base_path=tmp_path, **options)  # type: ignore[arg-type]
    first.mark_complete()


def save_there(recorder: LivePipelineRecorder) -> tuple[str, str, bool]:
    return recorder.save_entity("there", "x"), recorder.user_id, recorder._storage.durable


@pytest.mark.slow
def test_a_recorder_goes_to_a_spawned_worker(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder(user_id="anna", base_path=tmp_path, durable=True, path_template="{date}/{run_id}")
    assert recorder.save_entity("here", "x") == "01_here.txt"
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(save_there, recorder).result() == ("02_there.txt", "anna", True)
    assert recorder.save_entity("here", "x") == "03_here.txt"


def test_it_pickles_before_it_has_a_folder(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    copy = pickle.loads(pickle.dumps(recorder))
    assert not recorder.run_folder.exists()
    assert copy.save_entity("a", "b") == "01_a.txt" and recorder.save_entity("a", "b") == "02_a.txt"


# metadata.json edited, a run copied.


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: content.replace(b'"config_name": "demo"', b'"config_name": "by hand"'),
        lambda content: content.replace(b'"metadata": {}', b'"metadata": {"note": "by hand"}'),
        lambda content: content.replace(b'"run_id"', b'"note": "by hand",\n  "run_id"'),
        lambda content: content[: len(content) // 2],
    ],
)
def test_an_edited_metadata_json_is_kept_beside(edit: Any, tmp_path: Path) -> None:
    with LivePipelineRecorder("run", "demo", base_path=tmp_path) as recorder:
        recorder.save_entity("a", "b")
    right = (recorder.run_folder / "metadata.json").read_bytes()
    edited = edit(right)
    assert edited != right
    (recorder.run_folder / "metadata.json").write_bytes(edited)
    LivePipelineRecorder("run", base_path=tmp_path).close()
    assert (recorder.run_folder / "metadata.json").read_bytes() == right
    assert (recorder.run_folder / "metadata.json.edited").read_bytes() == edited


def test_one_that_is_merely_behind_is_not_kept(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", "demo", base_path=tmp_path)
    older = [(recorder.run_folder / "metadata.json").read_bytes()]
    for call in (lambda: recorder.save_entity("a", "b"), lambda: recorder.set_state(1, "x"), lambda: recorder.set_state(2, "y")):
        call()
        older.append((recorder.run_folder / "metadata.json").read_bytes())
    recorder.close()
    for content in older:
        (recorder.run_folder / "metadata.json").write_bytes(content)
        LivePipelineRecorder("run", base_path=tmp_path).close()
    assert sorted(os.listdir(recorder.run_folder)) == [".recorder.lock", "01_a.txt", "entities.jsonl", "metadata.json"]


def test_a_copied_run_takes_its_new_name(tmp_path: Path) -> None:
    import shutil

    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("a", "b")
    shutil.copytree(recorder.run_folder, tmp_path / "copy")
    with LivePipelineRecorder("copy", base_path=tmp_path) as copy:
        copy.save_entity("a", "b")
    assert shown(copy)["run_id"] == "copy" and open_run(tmp_path / "copy").run_id == "copy"
    assert open_run(tmp_path / "copy").problems() == []


# For any program.


def test_nothing_is_made_up(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    recorder.save_entity("a", "b")
    recorder.save_entity("a", "b")
    recorder.save_error(0, "Kind", "message")
    status = recorder.get_status()
    assert (status["expected_outputs"], status["next_expected"]) == ([], None)
    assert status["current_state"]["progress"] == "1"
    assert not {"execution_mode", "safety_level", "captured", "finished", "error"} & shown(recorder).keys()
    assert (recorder.execution_mode, recorder.safety_level) == (None, None)


@pytest.mark.parametrize("error", [ValueError("no picture"), KeyboardInterrupt(), SystemExit(3)])
def test_an_exception_in_the_with_block_marks_the_run_failed(error: BaseException, tmp_path: Path) -> None:
    with pytest.raises(type(error)) as caught:
        with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
            recorder.set_state(3, "interception")
            raise error
    assert caught.value is error
    document = shown(recorder)
    assert document["current_state"] == {"stage": 3, "step": "failed", "progress": "0"}
    assert document["error"] == {"type": type(error).__name__, "message": str(error)}
    kept = json.loads((recorder.run_folder / "01_error.json").read_bytes())
    assert kept["error_type"] == type(error).__name__ and "test_second_round" in kept["details"]["traceback"]
    assert open_run(recorder.run_folder).status == "failed"


@pytest.mark.parametrize("end", [SystemExit(0), SystemExit(None)])
def test_to_leave_in_order_is_no_failure(end: SystemExit, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
            raise end
    assert "error" not in shown(recorder)


def test_the_exception_goes_even_where_the_run_is_gone(tmp_path: Path) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError("says nothing")

    import shutil

    with pytest.raises(Silent):
        with LivePipelineRecorder("run", base_path=tmp_path / "base") as recorder:
            raise Silent
    assert shown(recorder)["error"]["type"] == "Silent"
    with pytest.raises(ZeroDivisionError):
        with LivePipelineRecorder("other", base_path=tmp_path / "base"):
            shutil.rmtree(tmp_path / "base")
            (tmp_path / "base").write_text("no folder")
            raise ZeroDivisionError


def test_start_finish_and_duration(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    recorder.mark_complete()
    first = shown(recorder)
    assert datetime.fromisoformat(first["started"]) <= datetime.fromisoformat(first["finished"])
    assert first["duration"] >= 0
    recorder.mark_complete()
    assert shown(recorder) == first, "twice is once"
    recorder.set_state(1, "again")
    assert not {"finished", "duration"} & shown(recorder).keys()
    recorder.mark_failed("why", stage=7)
    assert shown(recorder)["error"] == {"type": "Failed", "message": "why"}
    assert shown(recorder)["current_state"]["stage"] == 7


def test_run_ids_sort_by_time(tmp_path: Path) -> None:
    ids = []
    for _ in range(5):
        ids.append(LivePipelineRecorder(base_path=tmp_path, lazy=True).run_id)
        time.sleep(0.001)
    assert sorted(ids) == ids and len(set(ids)) == 5


def test_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q", "-b", "trunk"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    monkeypatch.setattr(sys, "argv", ["train.py", "--lr", "0.1"])
    recorder = LivePipelineRecorder("run", base_path=tmp_path / "exports", capture=("git", "python", "argv"))
    captured = shown(recorder)["captured"]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert (captured["git"]["commit"], captured["git"]["branch"]) == (commit, "trunk")
    assert captured["argv"] == ["train.py", "--lr", "0.1"]
    assert captured["python"]["version"] == sys.version.split()[0]
    monkeypatch.setattr(sys, "argv", ["other.py"])
    LivePipelineRecorder("run", base_path=tmp_path / "exports", capture=("argv",)).close()
    assert shown(recorder)["captured"] == captured, "of its beginning"
    with pytest.raises(ValueError, match="'weather'"):
        LivePipelineRecorder("run", base_path=tmp_path, capture=("weather",))
    with pytest.raises(TypeError, match="capture"):
        LivePipelineRecorder("run", base_path=tmp_path, capture="git")
