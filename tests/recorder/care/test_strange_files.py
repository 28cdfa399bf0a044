"""Links, pipes, sockets, devices and folders in the place of every file and folder of a run.

A run that comes from somebody else may hold them. Whatever is done with it, nothing outside of it changes and nothing waits.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from recorder import LivePipelineRecorder, iter_runs
from recorder.cli import main

pytestmark = pytest.mark.slow

LONGEST = 5.0  # seconds
FILES = (
    "entities.jsonl", "metadata.json", ".recorder.lock", "01_input.txt", "steps/001_sketch.txt", "metadata.json.broken",
    "metadata.json.edited", "03_error.json", "07_stray.txt", "notes.txt", ".recorder-1-00000000-0.tmp",
    ".recorder-backup-20200101T000000.000000Z", ".recorder-backup-20200102T000000.000000Z/entities.jsonl",
    "old/metadata.json", "old/01_input.txt", "old/final/02_image.txt", "old/entities.jsonl",
)  # fmt: skip
FOLDERS = ("steps", "more", "old/final")
KINDS = (
    "link to a file",
    "link to a folder",
    "link to nothing",
    "link to a device",
    "hard link",
    "pipe",
    "socket",
    "device",
    "folder",
)
CASES = [(name, kind) for name in FILES + FOLDERS for kind in KINDS if (name, kind) not in {(f, "folder") for f in FOLDERS}]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """An error in whatever takes longer, also where it waits for a pipe."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it takes longer than {seconds} s")

    former = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def tree(top: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file and folder with its kind, its time of change and its content."""
    found = {}
    for path in [top, *top.rglob("*")]:
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(path.relative_to(top))] = (status.st_mode, status.st_mtime_ns, content)
    return found


def put(kind: str, path: Path, outside: Path) -> None:
    """Put something of that kind in place of what is at `path`."""
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            inner.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    if kind.startswith("link to"):
        targets = {"a file": outside / "victim", "a folder": outside / "folder", "nothing": outside / "new"}
        path.symlink_to(targets.get(kind.removeprefix("link to "), Path("/dev/zero")))
    elif kind == "hard link":
        os.link(outside / "victim", path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(path.parent)  # the address of a socket has room for a short path only
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
        os.chdir(here)
    elif kind == "device" and os.geteuid() == 0:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # endless zeros
    elif kind == "device":
        path.symlink_to("/dev/zero")  # only root makes devices
    else:
        path.mkdir()
        (path / "001_sketch.txt").write_text("inside")


def make_old_run(run: Path) -> None:
    """A run of an old version: metadata.json alone, one file where it was saved and one moved to `final/`."""
    (run / "final").mkdir(parents=True)
    (run / "01_input.txt").write_text("hello")
    (run / "final" / "02_image.txt").write_text("hello")
    entities = [
        {"sequence": 1, "type": "input", "filename": "01_input.txt", "metadata": {}},
        {"sequence": 2, "type": "image", "filename": "02_image.txt", "metadata": {}},
    ]
    (run / "metadata.json").write_text(json.dumps({"run_id": "old", "entities": entities}))


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda value: str(value).replace(" ", "-"))
def test_nothing_outside_changes_and_nothing_waits(
    tmp_path: Path, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`old/...` is a place in a run of an old version, without a journal."""
    base, outside = tmp_path / "exports", tmp_path / "outside"
    for run_id in ("run", "sound"):
        with LivePipelineRecorder(run_id, base_path=base) as recorder:
            recorder.save_entity("input", "hello")
            recorder.save_entity("sketch", "hello", group="steps")
            recorder.save_entity("text", "hello")
            recorder.save_error(1, "Kind", "message")
            recorder.mark_complete()
    (base / "run" / ".recorder-backup-20200102T000000.000000Z").mkdir()
    make_old_run(base / "old")
    run = base / ("old" if name.startswith("old/") else "run")
    name = name.removeprefix("old/")
    (run / "07_stray.txt").write_text("gives the repair something to do")
    (run / "08_stray.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
    (outside / "folder").mkdir(parents=True)
    (outside / "victim").write_text("first line\nlast line without newline")
    (outside / "folder" / "001_sketch.txt").write_text("precious")
    (outside / "folder" / "02_image.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))  # what a repair would rename
    (outside / "folder" / "metadata.json").write_text('{"entities": []}')
    put(kind, run / name, outside)
    before = tree(outside)

    def unchanged(after: str) -> None:
        assert tree(outside) == before, after

    for group in (None, "steps", "more"):
        with at_most(LONGEST):
            try:
                with LivePipelineRecorder(run.name, base_path=base) as recorder:
                    recorder.save_entity("x", "y", group=group)
            except OSError:
                pass  # to be refused is right
        unchanged("a save")
    for command in (
        ["list", str(base)], ["list", str(base), "--json"], ["show", str(run)], ["verify", str(base)], ["repair", str(run)],
        ["repair", "--apply", str(run)], ["verify", str(base), "--json"], ["gallery", str(base)], ["tag", str(run), "best"],
        ["export", str(run), str(tmp_path / "run.zip")], ["export", str(run), str(tmp_path / "run.tar.gz")],
    ):  # fmt: skip
        with at_most(LONGEST):
            assert main(command) in (0, 1, 2)
        unchanged(command[0])
    (tmp_path / "taken in").mkdir()
    for archive in ("run.zip", "run.tar.gz"):
        with at_most(LONGEST):
            assert main(["import", str(tmp_path / archive), str(tmp_path / "taken in")]) in (0, 2)
        unchanged("import")
    assert "sound" in {run.run_id for run in iter_runs(base, onerror=lambda folder, error: None)}
    with at_most(LONGEST):
        main(["prune", str(base), "--keep", "0", "--apply"])
    unchanged("prune")
    assert not (base / "sound").exists()
    assert "precious" not in capsys.readouterr().out


OUTPUTS = {
    "gallery.html": lambda base: ["gallery", str(base)],
    "run.zip": lambda base: ["export", str(base / "run"), str(base / "run.zip")],
    "run.tar.gz": lambda base: ["export", str(base / "run"), str(base / "run.tar.gz")],
    "imported/run": lambda base: ["import", str(base / "archive.zip"), str(base / "imported")],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_what_a_command_writes_replaces_nothing_strange(tmp_path: Path, output: str, kind: str) -> None:
    base, outside = tmp_path / "exports", tmp_path / "outside"
    with LivePipelineRecorder("run", base_path=base) as recorder:
        recorder.save_entity("input", "hello")
    assert main(["export", str(base / "run"), str(base / "archive.zip")]) == 0
    (base / "imported").mkdir()
    (outside / "folder").mkdir(parents=True)
    (outside / "victim").write_text("precious")
    put(kind, base / output, outside)
    before, found = tree(outside), (base / output).lstat()
    with at_most(LONGEST):
        assert main(OUTPUTS[output](base)) == 2
    assert tree(outside) == before
    assert os.path.samestat((base / output).lstat(), found)
    assert [path.name for path in base.rglob(".*") if path.name != ".recorder.lock"] == [], "nothing half-written is left"
