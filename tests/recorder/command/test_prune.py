"""`recorder prune`, `tag` and the filters of `list`: which runs are the newest, which go, and which are kept."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder
from recorder.cli import main
from recorder.storage.lock import RunLock


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and ".recorder" not in p.name}


def call(*arguments: str | Path, returns: int = 0) -> None:
    assert main([str(argument) for argument in arguments]) == returns


@pytest.mark.parametrize(
    "arguments", [[], ["--older-than", "30"], ["--older-than", "-1d"], ["--keep", "x"], ["--keep", "1", "--older-than", "1d"]]
)
def test_prune_takes_one_clear_bound(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["prune", str(tmp_path), *arguments])
    assert stopped.value.code == 2


def make_aged(base: Path, run_id: str, days: float, step: str) -> Path:
    """A run that was started and last written to so many days ago."""
    with LivePipelineRecorder(run_id, base_path=base) as recorder:
        recorder.save_entity("input", "x")
        recorder.set_state(1, step)
    started = recorder.metadata["started"]
    changed = datetime.now(UTC) - timedelta(days=days)
    for name in ("entities.jsonl", "metadata.json"):
        path = recorder.run_folder / name
        path.write_text(path.read_text().replace(started, changed.isoformat()))
        os.utime(path, (changed.timestamp(), changed.timestamp()))
    return recorder.run_folder


def aged_runs(base: Path) -> None:
    """Runs that were started and last written to 0, 10, 20, 30 and 40 days ago; the second and the fourth have failed."""
    for number in range(5):
        make_aged(base, f"run_{number}", number * 10, "failed" if number % 2 else "completed")


PRUNED = {
    "older": (["--older-than", "15d"], ["run_4", "run_3", "run_2"]),
    "older in weeks": (["--older-than", "5w"], ["run_4"]),
    "older in hours": (["--older-than", "1h"], ["run_4", "run_3", "run_2", "run_1"]),
    "keep": (["--keep", "2"], ["run_4", "run_3", "run_2"]),
    "keep more than there are": (["--keep", "9"], []),
    "keep none": (["--keep", "0"], ["run_4", "run_3", "run_2", "run_1", "run_0"]),
    "failed and older": (["--older-than", "5d", "--failed"], ["run_3", "run_1"]),
    "keep of the failed": (["--keep", "1", "--failed"], ["run_3"]),
}


@pytest.mark.parametrize("name", PRUNED)
def test_prune_says_first_and_then_removes(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, gone = PRUNED[name]
    aged_runs(tmp_path)
    call("prune", tmp_path, *arguments, "--json", returns=1 if gone else 0)
    said = json.loads(capsys.readouterr().out)
    assert [run["run_id"] for run in said["runs"]] == gone and said["applied"] is False
    assert len(os.listdir(tmp_path)) == 5
    call("prune", tmp_path, *arguments, "--apply")
    assert set(os.listdir(tmp_path)) == {f"run_{number}" for number in range(5)} - set(gone)


# What a writer of this version cannot read, or not to its end, by the index file that is put in the place of the run's own.
UNREAD: dict[str, tuple[bytes | None, bytes | None, str]] = {
    "no object": (None, b"[1]", "metadata.json cannot be read"),
    "an empty metadata.json": (None, b"", "metadata.json cannot be read"),
    "no whole line": (b'{"format": 1, "ru', None, "entities.jsonl holds no whole line"),
    "lines of another kind": (b"\xff\xfe\nnothing\n", None, "2 entries cannot be read"),
    "lines of another kind beside metadata.json": (b"nothing\n", b"{}", "1 entry cannot be read"),
    "a newer version": (b'{"format": 2}\n', b'{"entities": []}', "is of a newer version"),
    "entries of another kind": (None, b'{"entities": [1, 2]}', "2 entries cannot be read"),
}


@pytest.mark.parametrize("bound", [["--keep", "0"], ["--keep", "1"], ["--older-than", "5d"]], ids=" ".join)
@pytest.mark.parametrize("name", UNREAD)
def test_prune_keeps_what_cannot_be_read_and_list_says_so(
    tmp_path: Path, name: str, bound: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    journal, snapshot, message = UNREAD[name]
    aged_runs(tmp_path)
    folder, long_ago = make_aged(tmp_path, "unread", 90, "completed"), time.time() - 90 * 86400
    for file, content in (("entities.jsonl", journal), ("metadata.json", snapshot)):
        (folder / file).unlink()
        if content is not None:
            (folder / file).write_bytes(content)
            os.utime(folder / file, (long_ago, long_ago))
    before = contents(folder)
    call("list", tmp_path, returns=2)
    assert message in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("unread"))
    call("prune", tmp_path, *bound, "--apply")
    assert message in capsys.readouterr().out
    assert contents(folder) == before
    # It counts as none of the newest.
    assert set(os.listdir(tmp_path)) == {"unread"} | (set() if bound == ["--keep", "0"] else {"run_0"})


def test_a_run_that_lost_one_line_is_listed_with_it_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_aged(tmp_path, "run", 90, "completed")
    with (folder / "entities.jsonl").open("ab") as journal:
        journal.write(b"nothing\n")
    call("list", tmp_path)
    assert "completed, stage 1, entities.jsonl 1 entry cannot be read" in capsys.readouterr().out
    call("prune", tmp_path, "--keep", "0", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] == [] and [run["folder"] for run in said["kept"]] == [str(folder)]
    call("prune", tmp_path, "--keep", "0", "--apply")
    assert "kept: " in capsys.readouterr().out and (folder / "01_input.txt").exists()


def test_prune_keeps_a_run_that_is_being_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_aged(tmp_path, "given_up", 2, "safety")
    with LivePipelineRecorder("live", base_path=tmp_path) as recorder:
        recorder.save_entity("input", "x")
        call("prune", tmp_path, "--keep", "0", "--apply")
        assert "it may still be recorded" in capsys.readouterr().out
        assert recorder.save_entity("input", "x") == "02_input.txt"
        recorder.mark_complete()
    assert os.listdir(tmp_path) == ["live"]
    call("prune", tmp_path, "--keep", "0", "--apply")
    assert os.listdir(tmp_path) == []


def test_prune_keeps_a_run_that_a_writer_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_aged(tmp_path, "run", 90, "completed")
    lock = RunLock(str(folder / ".recorder.lock"), 1.0)
    lock.acquire(time.monotonic())
    call("prune", tmp_path, "--keep", "0", "--apply")
    assert "written to just now" in capsys.readouterr().out and (folder / "01_input.txt").exists()
    lock.release(in_order=True)
    call("prune", tmp_path, "--keep", "0", "--apply")
    assert not folder.exists()


def test_the_newest_are_those_that_were_started_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tag is a write, and makes no run newer: list, gallery and prune mean the same."""
    aged_runs(tmp_path)
    call("tag", tmp_path / "run_4", "best")
    call("gallery", tmp_path)
    page = (tmp_path / "gallery.html").read_text()
    assert page.index("<h2>run_0</h2>") < page.index("<h2>run_4</h2>")
    capsys.readouterr()
    call("list", tmp_path, "--json")
    assert [run["run_id"] for run in json.loads(capsys.readouterr().out)] == [f"run_{number}" for number in range(5)]
    call("prune", tmp_path, "--keep", "1", "--apply")
    assert sorted(os.listdir(tmp_path)) == ["gallery.html", "run_0"]


def test_a_tag_is_a_write(tmp_path: Path) -> None:
    aged_runs(tmp_path)
    call("tag", tmp_path / "run_4", "best")
    call("prune", tmp_path, "--older-than", "5d", "--apply")
    assert sorted(os.listdir(tmp_path)) == ["run_0", "run_4"]


def test_prune_leaves_what_is_not_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aged_runs(tmp_path)
    with LivePipelineRecorder("inner", base_path=tmp_path / "run_4") as inner:
        inner.save_entity("input", "x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("x")
    (tmp_path / "run_3" / "link").symlink_to(tmp_path / "outside")
    call("prune", tmp_path, "--keep", "3", "--apply")
    assert "another run lies in it" in capsys.readouterr().out
    assert sorted(os.listdir(tmp_path)) == ["outside", "run_0", "run_1", "run_2", "run_4"]
    assert (tmp_path / "outside" / "file").exists()


@pytest.mark.parametrize("files_removed", range(3))
def test_a_removal_that_was_stopped_is_gone_on_with(files_removed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aged_runs(tmp_path)
    assert len(os.listdir(tmp_path / "run_4")) > 3
    real, removed = os.unlink, count()

    def stopped(path: str, **options: int) -> None:
        if next(removed) == files_removed:
            raise KeyboardInterrupt
        real(path, **options)

    monkeypatch.setattr(os, "unlink", stopped)
    call("prune", tmp_path, "--keep", "4", "--apply", returns=130)
    monkeypatch.undo()
    assert (tmp_path / "run_4").exists()
    call("prune", tmp_path, "--keep", "4", "--apply")
    assert not (tmp_path / "run_4").exists()


# -- tag and list ------------------------------------------------------------------------------------------------------------


def test_tags_find_a_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aged_runs(tmp_path)
    call("tag", tmp_path / "run_2", "best", "paper-fig-2")
    call("tag", tmp_path / "run_3", "best")
    capsys.readouterr()
    call("tag", tmp_path / "run_3", "--json")
    assert json.loads(capsys.readouterr().out)["tags"] == ["best"]
    for arguments, ids in (
        (["--tag", "best"], ["run_2", "run_3"]),
        (["--tag", "best", "--tag", "paper-fig-2"], ["run_2"]),
        (["--tag", "none"], []),
        (["--state", "failed"], ["run_1", "run_3"]),
        (["--state", "completed"], ["run_0", "run_2", "run_4"]),
        (["--state", "running"], []),
        (["--state", "failed", "--tag", "best"], ["run_3"]),
    ):
        capsys.readouterr()
        call("list", tmp_path, "--json", *arguments)
        assert [run["run_id"] for run in json.loads(capsys.readouterr().out)] == ids, arguments
    call("list", tmp_path, "--tag", "paper-fig-2")
    assert "best paper-fig-2" in capsys.readouterr().out
    call("tag", tmp_path / "run_2", "--remove", "best", "paper-fig-2")
    call("list", tmp_path, "--tag", "best")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["RUN", "run_3"]
    call("list", tmp_path, "--tag", "paper-fig-2")
    assert capsys.readouterr().out == "None of 5 runs is like that.\n"
