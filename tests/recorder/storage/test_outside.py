"""Links, pipes and folders in the place of every file and folder of a run: nothing outside is touched, and nothing waits."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder, load_recorder
from recorder.storage.paths import RefusedPath, open_regular

PLACES = ("entities.jsonl", "metadata.json", ".recorder.lock", "prompting_process", "01_input.txt", "02_next.txt")
INDEX = PLACES[:3]


def symlink(place: Path, outside: Path) -> None:
    place.symlink_to(outside / ("folder" if place.name == "prompting_process" else "file"))


def dangling_symlink(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "new")


def hard_link(place: Path, outside: Path) -> None:
    os.link(outside / "file", place)


def fifo(place: Path, outside: Path) -> None:
    os.mkfifo(place)


def folder(place: Path, outside: Path) -> None:
    place.mkdir()


def unix_socket(place: Path, outside: Path) -> None:
    former = os.getcwd()
    os.chdir(place.parent)  # a socket's address is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(place.name)
    finally:
        os.chdir(former)


KINDS: tuple[Callable[[Path, Path], None], ...] = (symlink, dangling_symlink, hard_link, fifo, folder, unix_socket)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    (place / "folder").mkdir(parents=True)
    (place / "folder" / "001_x.txt").write_text("theirs")
    (place / "file").write_text('{"run": {"run_id": "theirs"}}\nno newline at the end')
    return place


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def calls(run: LivePipelineRecorder, base: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done to the run; a call may be refused with an OSError, and nothing else."""
    yield "open", lambda: LivePipelineRecorder("run", base_path=base).close()
    yield "save", lambda: run.save_entity("next", "z")
    yield "save in the group", lambda: run.save_entity("next", "z", group="prompting_process")
    yield "set_state", lambda: run.set_state(2, "x")
    yield "save_error", lambda: run.save_error(2, "Kind", "message")
    yield "tags", lambda: run._storage.change_tags(lambda tags: [*tags, "x"])
    yield "load", lambda: load_recorder("run", base_path=base)
    yield "mark_failed", lambda: run.mark_failed("why")
    yield "close", run.close


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_in_place_of(kind: Callable[[Path, Path], None], place: str, tmp_path: Path, outside: Path) -> None:
    if kind is hard_link and place == "prompting_process":
        kind = folder
    with LivePipelineRecorder("run", base_path=tmp_path / "exports") as recorder:
        recorder.save_entity("input", "one")
    run = recorder.run_folder
    (run / place).unlink(missing_ok=True)
    kind(run / place, outside)
    before = tree(outside)
    refused = []
    for name, call in calls(recorder, tmp_path / "exports"):
        started = time.monotonic()
        try:
            call()
        except OSError as error:
            refused.append(name)
            assert error.filename is not None and error.strerror, f"{name}: {error!r} names no file"
        assert time.monotonic() - started < 5, name
    assert tree(outside) == before
    assert not (outside / "new").exists()
    if place in ("entities.jsonl", ".recorder.lock"):
        assert {"open", "save", "set_state"} <= set(refused)
    if place == "prompting_process" and kind is not folder:
        assert refused == ["save in the group"]


def test_the_run_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "disk")
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        assert recorder.save_entity("a", "b", group="g") == "g/001_a.txt"
    assert (tmp_path / "disk" / "g" / "001_a.txt").read_text() == "b"


@pytest.mark.parametrize("name", ["../outside/file", "/etc/hostname", "01_" + "a" * 300 + ".txt", "g/../../outside/file", "a\0b"])
def test_a_name_that_leads_elsewhere_has_no_path(name: str, tmp_path: Path, outside: Path) -> None:
    import json

    (tmp_path / "run").mkdir()
    document = {"entities": [{"filename": name, "type": "a", "sequence": 1}]}
    (tmp_path / "run" / "metadata.json").write_text(json.dumps(document))
    assert LivePipelineRecorder("run", base_path=tmp_path, lazy=True).get_entity_path("a") is None


def test_a_link_that_takes_a_file_s_place_behind_the_listing_is_not_followed(tmp_path: Path, outside: Path) -> None:
    place = tmp_path / "01_input.txt"
    place.symlink_to(outside / "file")
    with pytest.raises(RefusedPath, match="is a link"):
        open_regular(place, os.O_RDONLY, own=False, listed=True)
