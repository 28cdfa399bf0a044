"""What a file system refuses: the caller gets the OSError, the run stays valid, the next save works."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder
from recorder.storage import atomic_files

PROGRAMS = Path(__file__).with_name("programs")
SMALL_DISK_KIB = 512


def run_program(name: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, str(PROGRAMS / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def numbered(run: LivePipelineRecorder) -> list[str]:
    return sorted(path.name for path in run.run_folder.iterdir() if path.name[0].isdigit())


def index_of(run: LivePipelineRecorder) -> list[str]:
    content = json.loads((run.run_folder / "metadata.json").read_bytes())
    return [entity["filename"] for entity in content["entities"]]


def leftovers(run: LivePipelineRecorder) -> list[str]:
    return [path.name for path in run.run_folder.iterdir() if path.name.endswith(".tmp")]


def can_mount() -> bool:
    """Whether this process may mount a file system, as root in a virtual machine may."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    probe = "mount -t tmpfs -o size=64k tmpfs /mnt"
    return subprocess.run(["unshare", "--mount", "sh", "-c", probe], capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", ["a file-size limit", *(["a small tmpfs"] if can_mount() else [])])
def test_a_full_disk(kind: str, tmp_path: Path) -> None:
    if kind == "a file-size limit":
        result, code = run_program("full_disk.py", tmp_path, "limit"), errno.EFBIG
    else:
        result, code = run_on_small_disk(tmp_path), errno.ENOSPC
    assert result.pop("before") > 20
    assert result == {
        "errors": [os.strerror(code)],
        "invalid": 0,
        "consecutive": True,
        "leftovers": [],
        "problems": [],
    }


def run_on_small_disk(folder: Path) -> dict[str, Any]:
    """The program on a file system of its own, which nobody else sees and which ends with it."""
    program = f"{sys.executable} {PROGRAMS / 'full_disk.py'} {folder} {SMALL_DISK_KIB}"
    command = f"mount -t tmpfs -o size={SMALL_DISK_KIB}k tmpfs {folder} && {program}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture
def failing() -> Iterator[Callable[[int], Callable[[], bool]]]:
    """Let the system call with a given number fail for want of space, a write in its middle."""
    with pytest.MonkeyPatch.context() as patch:

        def fail_at(number: int) -> Callable[[], bool]:
            patch.undo()
            calls = 0

            def counted(function: Callable[..., Any], half: bool) -> Callable[..., Any]:
                def wrapper(*arguments: Any, **options: Any) -> Any:
                    nonlocal calls
                    calls += 1
                    if calls != number:
                        return function(*arguments, **options)
                    if half:
                        function(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                    raise OSError(errno.ENOSPC, "no space, says the test")

                return wrapper

            for name in ("open", "write", "link", "replace", "fsync", "mkdir"):
                patch.setattr(os, name, counted(getattr(os, name), name == "write"))
            patch.setattr(atomic_files, "FileIO", counted(atomic_files.FileIO, False))
            return lambda: calls >= number

        fail_at.stop = patch.undo  # type: ignore[attr-defined]
        yield fail_at


@pytest.mark.parametrize(
    "options",
    [{}, {"strict": True}, {"durable": True}, {"strict": True, "durable": True}],
    ids=["default", "strict", "durable", "strict-durable"],
)
def test_no_space_at_any_system_call(options: dict[str, bool], tmp_path: Path, failing: Any) -> None:
    """One call later each time, until the save and the change of state meet none that fails."""
    number, failed = 0, True
    while failed:
        number += 1
        run = LivePipelineRecorder(f"run{number}", base_path=tmp_path, **options)
        returned = [run.save_entity("before", "x")]
        has_failed = failing(number)
        raised = 0
        for action in (
            lambda: returned.append(run.save_entity("during", "yy")),
            lambda: returned.append(run.save_entity("during", "yy", group="group")),
            lambda: run.set_state(2, "during"),
        ):
            try:
                action()
            except OSError as error:
                assert error.errno == errno.ENOSPC
                raised += 1
        failed = has_failed()
        failing.stop()
        assert raised <= failed
        json.loads((run.run_folder / "metadata.json").read_bytes())
        returned.append(run.save_entity("after", "zzz"))
        run.set_state(3, "after")
        main = [name for name in returned if "/" not in name]
        assert index_of(run) == returned, number
        assert numbered(run) == main == [f"{n:02d}{name[2:]}" for n, name in enumerate(main, 1)], number
        assert leftovers(run) == [], number
        assert run.get_status()["current_state"]["step"] == "after"
        again = LivePipelineRecorder(f"run{number}", base_path=tmp_path)
        assert [entity["filename"] for entity in again.get_status()["entities"]] == returned
        again.close()
        run.close()
    assert number > 10


def test_permissions() -> None:
    with tempfile.TemporaryDirectory() as base:  # pytest's own folders are closed to other users
        result = run_program("unprivileged.py", base)
    assert result == {
        "save, folder read-only": "PermissionError",
        "state, folder read-only": "PermissionError",
        "load, folder read-only": 1,
        "index, folder read-only": 1,
        "from filesystem, folder read-only": "None",
        "save, writable again": "02_input.txt",
        "state": "initialized",
        "save, journal read-only": "PermissionError",
        "open, journal not readable": "PermissionError",
        "save, journal writable again": "03_input.txt",
        "save, source not readable": "PermissionError",
        "from filesystem, source not readable": "None",
        "open, base read-only": "PermissionError",
        "open lazily, base read-only": 0,
        "open_run, folder not readable": "PermissionError",
        "show, folder not readable": "PermissionError",
        "files": ["01_input.txt", "02_input.txt", "03_input.txt", "04_error.json"],
        "leftovers": [],
        "index": ["01_input.txt", "02_input.txt", "03_input.txt", "04_error.json"],
    }


def test_the_folder_is_deleted(tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", "config", base_path=tmp_path)
    run.save_entity("input", "x")
    run.set_state(2, "translation")
    shutil.rmtree(run.run_folder)
    with pytest.raises(FileNotFoundError):
        run.save_entity("input", "lost")
    assert not run.run_folder.exists()
    assert run.save_entity("input", "y") == "02_input.txt", "a number is not given twice"
    assert index_of(run) == ["02_input.txt"]
    content = json.loads((run.run_folder / "metadata.json").read_bytes())
    assert content["config_name"] == "config"
    assert content["current_state"]["step"] == "translation"


@pytest.mark.parametrize("call", ["set_state", "mark_complete", "save_error"])
def test_the_folder_is_deleted_and_another_call_notices(call: str, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    arguments = {"set_state": (2, "x"), "mark_complete": (), "save_error": (2, "Kind", "message")}[call]
    shutil.rmtree(run.run_folder)
    with pytest.raises(FileNotFoundError):
        getattr(run, call)(*arguments)
    getattr(run, call)(*arguments)
    assert json.loads((run.run_folder / "metadata.json").read_bytes())["current_state"] == run.metadata["current_state"]


@pytest.mark.parametrize("gone", ["deleted", "moved away"])
def test_the_folder_is_replaced_by_another(gone: str, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    if gone == "deleted":
        shutil.rmtree(run.run_folder)
    else:
        run.run_folder.rename(tmp_path / "away")
    other = LivePipelineRecorder("run", base_path=tmp_path)
    assert other.save_entity("input", "other") == "01_input.txt"
    assert run.get_status()["entities"] == other.get_status()["entities"]
    assert run.save_entity("input", "y") == "02_input.txt"
    assert index_of(run) == ["01_input.txt", "02_input.txt"]
    run._storage._lock.acquire(time.monotonic())
    descriptor = os.open(run.run_folder / ".recorder.lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
    run._storage._lock.release(in_order=True)


def test_only_the_journal_is_deleted(tmp_path: Path) -> None:
    """metadata.json has the index still, so that nothing is lost."""
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    (run.run_folder / "entities.jsonl").unlink()
    assert run.save_entity("input", "y") == "02_input.txt"
    assert index_of(run) == ["01_input.txt", "02_input.txt"]


def test_only_the_snapshot_is_deleted(tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    (run.run_folder / "metadata.json").unlink()
    assert len(run.get_status()["entities"]) == 1
    LivePipelineRecorder("run", base_path=tmp_path).close()
    assert index_of(run) == ["01_input.txt"]


@pytest.mark.parametrize("tail", [b'{"size": 1, "entity": {"sequ', b"\0\0\0\0", b"x"])
@pytest.mark.parametrize("writer", ["open all the time", "opened later", "loaded later"])
def test_a_torn_last_line_is_cut(writer: str, tail: bytes, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    with open(run.run_folder / "entities.jsonl", "ab") as journal:
        journal.write(tail)
    if writer == "opened later":
        run = LivePipelineRecorder("run", base_path=tmp_path)
    elif writer == "loaded later":
        run = LivePipelineRecorder("run", "now with a config", base_path=tmp_path, lazy=True)
    assert len(run.get_status()["entities"]) == 1
    assert run.save_entity("input", "y") == "02_input.txt"
    again = LivePipelineRecorder("run", base_path=tmp_path)
    names = [entity["filename"] for entity in again.get_status()["entities"]]
    assert names == ["01_input.txt", "02_input.txt"]
    lines = (run.run_folder / "entities.jsonl").read_bytes().splitlines()
    kinds = [next(iter(json.loads(line))) for line in lines]
    assert kinds == ["format", "state", "size", *(["run"] if writer == "loaded later" else []), "size"]


@pytest.mark.parametrize("content", [b"", b'{"run": {"run_'])
def test_a_run_that_was_killed_while_it_began(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "entities.jsonl").write_bytes(content)
    run = LivePipelineRecorder("run", "config", base_path=tmp_path)
    assert run.save_entity("input", "x") == "01_input.txt"
    assert index_of(run) == ["01_input.txt"]
    assert json.loads((run.run_folder / "entities.jsonl").read_bytes().splitlines()[0])["run"]["run_id"] == "run"


@pytest.mark.parametrize(
    "line",
    [
        b"\0\0\0\0",
        b"[]",
        b"7",
        b'{"entity": {}}',
        b'{"entity": 7}',
        b'{"state": {}}',
        b'{"run": 7}',
        b'{"entity": {"sequence": "1", "type": "a", "filename": "b"}}',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_damaged_line_costs_only_itself(line: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    run.close()
    with open(run.run_folder / "entities.jsonl", "ab") as journal:
        journal.write(line + b"\n")
    again = LivePipelineRecorder("run", base_path=tmp_path)
    assert again.save_entity("input", "y") == "02_input.txt"
    assert index_of(again) == ["01_input.txt", "02_input.txt"]
    assert "entities.jsonl" in caplog.text


EDITED = '{"sequence":2,"type":"output","filename":"02_output.txt","timestamp":null,"metadata":{"note":"\\u00e4"}}'


@pytest.mark.parametrize(
    "line",
    [
        f'{{"entity":{EDITED}}}',
        f'{{"size": 1, "entity": {EDITED}, "note": "x"}}',
        f'{{"entity": {EDITED}, "size": 1}}',
        f'{{"size": 1, "entity": {EDITED} }} ',
        f'  {{"size": 1, "entity": {EDITED}}}',
    ],
)
def test_a_line_edited_by_hand_counts_the_same(line: str, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.save_entity("input", "x")
    with open(run.run_folder / "entities.jsonl", "a") as journal:
        journal.write(line + "\n")
    assert run.save_entity("input", "y") == "03_input.txt"
    assert index_of(run) == ["01_input.txt", "02_output.txt", "03_input.txt"]
    assert run.get_status()["entities"][1] == json.loads(EDITED)


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS])
def test_where_there_are_no_hard_links(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: object, target: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    run = LivePipelineRecorder("run", base_path=tmp_path)
    assert run.save_entity("input", "x") == "01_input.txt"
    (run.run_folder / "02_input.txt").write_text("dropped in")
    assert run.save_entity("input", "y") == "03_input.txt"
    assert [(run.run_folder / name).read_text() for name in numbered(run)] == ["x", "dropped in", "y"]
    assert index_of(run) == ["01_input.txt", "03_input.txt"]
    assert leftovers(run) == []


def test_a_claimed_name_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hard links a name is claimed and then moved over; where the move fails, no empty file stays."""
    run = LivePipelineRecorder("run", base_path=tmp_path)
    real_replace = os.replace

    def refuse(*arguments: object) -> None:
        raise OSError(errno.EPERM, "refused by the test")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        run.save_entity("input", "x")
    assert numbered(run) == [] and leftovers(run) == []
    monkeypatch.setattr(os, "replace", real_replace)
    assert run.save_entity("input", "y") == "01_input.txt"


def test_a_line_that_cannot_be_cut_off_keeps_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save fails behind its journal line, and the line cannot be taken back: an entry without its file would be worse."""
    run = LivePipelineRecorder("run", base_path=tmp_path, durable=True)
    synced = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "refused by the test")
        synced(descriptor)

    def ftruncate(descriptor: int, length: int) -> None:
        raise OSError(errno.EIO, "refused by the test")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        patch.setattr(os, "ftruncate", ftruncate)
        with pytest.raises(OSError, match="refused by the test"):
            run.save_entity("input", "x")
    assert run.save_entity("input", "y") == "02_input.txt"
    assert index_of(run) == numbered(run) == ["01_input.txt", "02_input.txt"]


def test_leftovers_of_killed_writers_are_removed_when_old(tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.close()
    old, new = run.run_folder / ".recorder-1-a-0.tmp", run.run_folder / ".recorder-2-b-0.tmp"
    old.write_text("x")
    new.write_text("x")
    os.utime(old, (0, 0))
    LivePipelineRecorder("run", base_path=tmp_path).close()
    assert not old.exists() and new.exists()
