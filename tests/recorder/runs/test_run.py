"""Reading runs: `open_run`, `iter_runs`, `Run`, `Entity`."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, Run, iter_runs, open_run
from recorder.care.tags import change_tags


def make_run(base: Path, run_id: str = "run") -> Path:
    with LivePipelineRecorder(run_id, config_name="demo", base_path=base) as recorder:
        recorder.save_entity("input", "a lighthouse")
        recorder.save_entity("safety", {"safe": True}, {"model": "guard-2"})
        recorder.save_entity("sketch", "lines", group="steps")
        recorder.save_entity("input", "another")
    return recorder.run_folder


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in [folder, *folder.rglob("*")]}


def test_what_was_saved_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    before = everything(tmp_path)
    run = open_run(folder)
    assert (run.run_id, run.folder, len(run), run.info["config_name"], run.size) == ("run", folder, 4, "demo", 42)
    assert (run.state["step"], run.status, run.tags, run.error) == ("initialized", "running", [], None)
    first, second, third, fourth = run.entities()
    assert (first.sequence, first.type, first.filename, first.group) == (1, "input", "01_input.txt", "")
    assert (third.sequence, third.type, third.filename, third.group) == (1, "sketch", "steps/001_sketch.txt", "steps")
    assert (first.read_text(), first.read_bytes(), first.size) == ("a lighthouse", b"a lighthouse", 12)
    assert (second.json(), second.metadata) == ({"safe": True}, {"model": "guard-2"})
    assert first.path == folder / "01_input.txt" and third.path == folder / "steps" / "001_sketch.txt"
    assert first.sha256 == hashlib.sha256(b"a lighthouse").hexdigest()
    assert datetime.fromisoformat(first.timestamp or "").tzinfo is not None
    assert run.problems() == [] and run.other_files() == []
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("type_", "group", "names"),
    [
        (None, None, ["01_input.txt", "02_safety.json", "steps/001_sketch.txt", "03_input.txt"]),
        ("input", None, ["01_input.txt", "03_input.txt"]),
        (None, "steps", ["steps/001_sketch.txt"]),
        (None, "", ["01_input.txt", "02_safety.json", "03_input.txt"]),
        ("input", "steps", []),
        ("none", None, []),
    ],
)
def test_entities_are_chosen(tmp_path: Path, type_: str | None, group: str | None, names: list[str]) -> None:
    assert [entity.filename for entity in open_run(make_run(tmp_path)).entities(type_, group)] == names


def test_a_run_says_what_was_there_when_it_was_opened(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    run = open_run(folder)
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("note", "later")
    assert len(run) == 4 and len(run.entities()) == 4 and not run.is_current()
    assert len(open_run(folder)) == 5
    assert run.problems() == []  # of the run as it is now


STATES: list[tuple[Callable[[LivePipelineRecorder], Any], str]] = [
    (lambda recorder: recorder.set_state(2, "interception"), "running"),
    (lambda recorder: recorder.mark_complete(), "completed"),
    (lambda recorder: recorder.set_state(2, "failed"), "failed"),
]


@pytest.mark.parametrize(("act", "status"), STATES, ids=[status for _, status in STATES])
def test_the_status_follows_the_state(tmp_path: Path, act: Callable[[LivePipelineRecorder], Any], status: str) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        act(recorder)
    assert open_run(recorder.run_folder).status == status


def test_a_run_that_an_exception_ended(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError), LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("input", "x")
        raise TimeoutError("no answer")
    run = open_run(recorder.run_folder)
    assert (run.status, run.error, run.problems()) == ("failed", "TimeoutError: no answer", [])
    assert run.started is not None and run.finished is not None and run.duration == run.finished - run.started
    assert [entity.json()["message"] for entity in run.entities("error")] == ["no answer"]
    assert [found.run_id for found in iter_runs(tmp_path, lambda found: found.status == "failed")] == ["run"]


@pytest.mark.parametrize(
    ("stored", "started"),
    [
        ("2026-01-02T03:04:05.000006+00:00", datetime(2026, 1, 2, 3, 4, 5, 6, UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5).astimezone()),
        ("yesterday", None),
        (7, None),
        (None, None),
    ],
)
def test_times_of_old_runs(tmp_path: Path, stored: object, started: datetime | None) -> None:
    (tmp_path / "metadata.json").write_text(json.dumps({"timestamp": stored, "entities": []}))
    run = open_run(tmp_path)
    assert run.started == started and run.finished is None and run.duration is None
    assert abs(run.changed - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_file_that_was_changed_in_place_is_seen(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    status = (folder / "01_input.txt").stat()
    (folder / "01_input.txt").write_text("A lighthouse")  # the same size and time
    os.utime(folder / "01_input.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    found = [(problem.kind, problem.filename) for problem in open_run(folder).problems()]
    assert found == [("content", "01_input.txt")]


def test_large_files_are_compared_to_their_end(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        recorder.save_entity("blob", bytes(3 << 20))
    folder = recorder.run_folder
    assert open_run(folder).problems() == []
    with open(folder / "01_blob.bin", "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    assert [problem.kind for problem in open_run(folder).problems()] == ["content"]


def test_progress_is_told_of_every_file(tmp_path: Path) -> None:
    told: list[str] = []
    run = open_run(make_run(tmp_path))
    run.problems(told.append)
    assert told == [entity.filename for entity in run.entities()]


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "linked/secret.txt", "a/../../secret.txt"])
def test_nothing_outside_of_the_run_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "linked").symlink_to(tmp_path)
    (folder / "metadata.json").write_text(json.dumps({"entities": [{"sequence": 1, "type": "t", "filename": name}]}))
    (entity,) = open_run(folder).entities()
    for read in (entity.read_bytes, entity.read_text, entity.json, lambda: entity.path):
        with pytest.raises(OSError, match="leads out of the run folder|is a link"):
            read()
    assert entity.stat() is None
    assert [problem.kind for problem in open_run(folder).problems()] == ["outside"]


def test_a_missing_file_says_where_it_ought_to_be(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    (folder / "01_input.txt").unlink()
    entity = open_run(folder).entities("input")[0]
    assert entity.path == folder / "01_input.txt" and entity.stat() is None
    with pytest.raises(FileNotFoundError):
        entity.read_text()


def test_the_run_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    make_run(tmp_path / "real")
    (tmp_path / "shortcut").symlink_to(tmp_path / "real" / "run")
    run = open_run(tmp_path / "shortcut")
    assert run.entities()[0].read_text() == "a lighthouse" and run.problems() == []


def test_where_there_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name, message in (("empty", "holds no run"), ("nowhere", "no such folder"), ("file", "no such folder")):
        with pytest.raises(FileNotFoundError, match=message):
            open_run(tmp_path / name)
    with pytest.raises(NotADirectoryError, match="no such folder"):
        list(iter_runs(tmp_path / "nowhere"))
    assert list(iter_runs(tmp_path / "empty")) == []


def test_all_runs_below_a_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for run_id in ("b", "a"):
        make_run(tmp_path / "exports", run_id)
    make_run(tmp_path / "exports" / "deeper" / "still", "c")
    (tmp_path / "exports" / "broken").mkdir()
    os.mkfifo(tmp_path / "exports" / "broken" / "entities.jsonl")
    (tmp_path / "exports" / "linked").symlink_to(tmp_path / "exports" / "deeper")
    failed: list[tuple[Path, OSError]] = []

    def keep(folder: Path, error: OSError) -> None:
        failed.append((folder, error))

    assert [run.run_id for run in iter_runs(tmp_path / "exports", onerror=keep)] == ["a", "b", "c"]
    assert [folder.name for folder, _ in failed] == ["broken"] and "pipe" in str(failed[0][1])
    assert [run.run_id for run in iter_runs(tmp_path / "exports", lambda run: run.run_id != "b", onerror=keep)] == ["a", "c"]
    assert [run.run_id for run in iter_runs(tmp_path / "exports" / "a")] == ["a"]  # one that lies in the folder itself
    with caplog.at_level(logging.WARNING):
        assert len(list(iter_runs(tmp_path / "exports"))) == 3
    assert "broken" in caplog.text and "pipe" in caplog.text


def test_a_copy_that_keeps_the_old_id_is_seen(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "run_1")
    folder.rename(tmp_path / "other")
    assert [(p.kind, p.filename) for p in open_run(tmp_path / "other").problems()] == [("identity", "metadata.json")]


def test_tags_are_kept_in_order_and_once(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    assert change_tags(folder, ["best", "paper"]) == ["best", "paper"]
    assert change_tags(folder, ["paper", "v2"]) == ["best", "paper", "v2"]
    assert change_tags(folder, [], ["best"]) == ["paper", "v2"]
    run: Run = open_run(folder)
    assert run.tags == ["paper", "v2"] == json.loads((folder / "metadata.json").read_bytes())["tags"]
    assert run.problems() == [] and len(run) == 4


@pytest.mark.parametrize("name", ["", "two words", "a\nb", "\x1b[31m", "x" * 101, "\u202e"])
def test_what_cannot_be_a_tag_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_run(tmp_path)
    before = everything(tmp_path)
    with pytest.raises(ValueError, match="a tag has"):
        change_tags(folder, ["good", name])
    assert everything(tmp_path) == before
