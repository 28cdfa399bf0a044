"""Repair under bad conditions: killed at any point, without hard links, beside live writers, on hostile and odd runs."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, Problem, load_recorder, open_run
from recorder.care.repair import BACKUP_PREFIX, plan_repair, repair

MEDIA = Path(__file__).parents[2] / "data" / "media"
MP3, PNG = (MEDIA / "mpeg1.mp3").read_bytes(), (MEDIA / "picture.png").read_bytes()
CHANGES = frozenset({"open", "os.link", "os.remove", "os.rename", "os.mkdir"})
STEPS = range(1, 200) if os.environ.get("RECORDER_STRESS") == "1" else range(1, 200, 3)


def damaged_run(base: Path, name: str = "run") -> Path:
    """Wrong extensions in the index, files copied in past it, one of them under a number that is taken."""
    with LivePipelineRecorder(name, config_name="demo", base_path=base) as run:
        run.save_entity("input", "text", {"k": 1})
        run.save_entity("output_audio", MP3, {"seed": 7})
        run.save_entity("sketch", PNG, {"seed": 8}, group="steps")
    folder = run.run_folder
    for old, new in (("02_output_audio.mp3", "02_output_audio.png"), ("steps/001_sketch.png", "steps/001_sketch.jpg")):
        (folder / old).rename(folder / new)
        for index in ("entities.jsonl", "metadata.json"):
            (folder / index).write_text((folder / index).read_text().replace(old, new))
    (folder / "02_output_image.bin").write_bytes(PNG)
    (folder / "07_output_image.bin").write_bytes(PNG + b"other")
    return folder


def problems(folder: Path) -> list[Problem]:
    return open_run(folder).problems()


def entries(folder: Path) -> list[dict[str, Any]]:
    return [entity.record for entity in open_run(folder).entities()]


def payloads(folder: Path) -> list[bytes]:
    """The content of all files that are not the recorder's own."""
    own = ("entities.jsonl", "metadata.json")
    return sorted(
        path.read_bytes() for path in folder.rglob("*")
        if path.is_file() and path.name not in own and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )  # fmt: skip


def without_links(*arguments: object, **options: object) -> None:
    raise OSError(errno.EPERM, "no hard links here")


def repair_killed_at(folder: Path, step: int, links: bool) -> bool:
    """Repair in a child process that is killed before its nth change of a file. False if it ended before."""
    child = os.fork()
    if child == 0:
        left = step

        def kill(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            if event in CHANGES:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            if not links:
                os.link = without_links
            sys.addaudithook(kill)
            repair(folder)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL), status
    return status != 0


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_repair_killed_at_any_point_is_gone_on_with(tmp_path: Path, links: bool) -> None:
    kills = 0
    for step in STEPS:
        folder = damaged_run(tmp_path, f"run_{step}")
        before = payloads(folder)
        if not repair_killed_at(folder, step, links):
            assert not problems(folder)
            break
        kills += 1
        if step % 2:  # and a second time, somewhere else
            repair_killed_at(folder, 1 + step * 7 % 23, links)
        if plan_repair(folder):
            repair(folder)
        assert problems(folder) == [], step
        assert payloads(folder) == before, step
        entities = {entity["type"]: entity for entity in entries(folder)}
        assert entities["output_audio"]["filename"] == "02_output_audio.mp3"
        assert entities["output_audio"]["metadata"]["seed"] == 7
        assert entities["sketch"]["filename"] == "steps/001_sketch.png"
        assert entities["sketch"]["metadata"]["seed"] == 8
        images = [e for e in entries(folder) if e["type"] == "output_image"]
        adopted = sorted(entity["metadata"]["adopted_from"] for entity in images)
        # Without hard links a file has one name at a time, so a killed repair can have changed it for good.
        assert adopted == ["02_output_image.bin", "07_output_image.bin"] or (not links and len(adopted) == 2), step
    assert kills >= 10


def test_a_failed_repair_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = damaged_run(tmp_path)
    names, before = sorted(os.listdir(folder)), payloads(folder)
    real = os.replace

    def full(source: str, target: str) -> None:
        if str(target).endswith("entities.jsonl"):
            raise OSError(errno.ENOSPC, "No space left on device", target)
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        repair(folder)
    assert [n for n in sorted(os.listdir(folder)) if not n.startswith(BACKUP_PREFIX)] == names
    monkeypatch.undo()
    repair(folder)
    assert not problems(folder) and payloads(folder) == before


def test_a_live_writer_loses_nothing_while_its_run_is_repaired_and_verified(tmp_path: Path) -> None:
    saved: list[str] = []
    stop = threading.Event()
    run = LivePipelineRecorder("run", base_path=tmp_path)

    def write() -> None:
        while not stop.is_set() and len(saved) < 3000:
            saved.append(run.save_entity("note", str(len(saved))))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            assert problems(run.run_folder) == []
            (run.run_folder / f"{number + 1:02d}_output_image.bin").write_bytes(PNG)
            repair(run.run_folder)
    finally:
        stop.set()
        writer.join()
        run.close()
    found = open_run(run.run_folder)
    assert found.problems() == []
    assert set(saved) <= {entity.filename for entity in found.entities()}
    assert len(found) == len(saved) + 4
    assert all((run.run_folder / name).read_text() == str(number) for number, name in enumerate(saved))


def old_run(base: Path, entities: list[Any], **info: Any) -> Path:
    """A run of an old version: a metadata.json and no journal."""
    folder = base / "old"
    folder.mkdir()
    (folder / "metadata.json").write_text(json.dumps({"run_id": "old", **info, "entities": entities}))
    return folder


@pytest.mark.parametrize("name", ["../victim.png", "{base}/victim.png", "linked/victim.png", "a/../../victim.png"])
def test_an_index_cannot_have_files_outside_the_run_renamed(tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim.png"
    victim.write_bytes(MP3)
    name = name.format(base=tmp_path)
    folder = old_run(tmp_path, [{"sequence": 1, "type": "output_audio", "filename": name}])
    (folder / "linked").symlink_to(tmp_path)
    assert [(p.kind, p.filename) for p in problems(folder)] == [("outside", name)]
    assert plan_repair(folder) == []
    repair(folder)
    assert victim.read_bytes() == MP3


@pytest.mark.parametrize("name", ["a\0b.png", "\ud800.png", "x" * 3000, ".", "", "C:\\x.png"])
def test_names_that_no_file_has_are_problems_and_no_crash(tmp_path: Path, name: str) -> None:
    folder = old_run(tmp_path, [{"sequence": 1, "type": "t", "filename": name}, {"filename": 5}, None])
    assert problems(folder)
    repair(folder)
    assert {problem.filename for problem in problems(folder)} <= {name}


def test_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "x")
    with LivePipelineRecorder("inner", base_path=run.run_folder) as inner:
        inner.save_entity("input", "x")
    os.mkfifo(run.run_folder / "05_pipe.txt")
    (run.run_folder / "06_gone.txt").symlink_to("nowhere")
    (run.run_folder / "07_link.txt").symlink_to(inner.run_folder / "01_input.txt")
    (run.run_folder / "deep" / "deeper").mkdir(parents=True)
    (run.run_folder / "deep" / "deeper" / "01_x.txt").write_text("x")
    names = ["05_pipe.txt", "06_gone.txt", "07_link.txt"]
    found = open_run(run.run_folder)
    assert [(p.kind, p.filename) for p in found.problems()] == [("orphan", name) for name in names]
    assert found.other_files() == ["deep/deeper/"]
    assert plan_repair(run.run_folder) == [] and not problems(inner.run_folder)


def test_what_the_recorder_was_told_is_no_problem(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output_image", b"bytes of no known type", {"format": "png"})
        run.save_entity("text", "x", group="final")
    assert problems(run.run_folder) == [] and plan_repair(run.run_folder) == []
    (run.run_folder / "01_output_image.png").write_bytes(MP3)  # what is known to be something else is one
    assert [problem.kind for problem in problems(run.run_folder)] == ["size"]
    (run.run_folder / "02_sketch.png").write_bytes(MP3)
    assert [action.new_name for action in plan_repair(run.run_folder)] == ["02_sketch.mp3"]


def test_text_is_text_whatever_it_begins_with(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", '<svg xmlns="http://www.w3.org/2000/svg"></svg>')
        run.save_entity("input", "%PDF-1.7 what is that?")
        run.save_entity("output_audio", b"\0" * 400 + MP3, {"format": "mp3"})  # players find the sound all the same
    assert problems(run.run_folder) == [] and plan_repair(run.run_folder) == []


@pytest.mark.parametrize("cut", [1, 30, 200, 390])
def test_entries_of_a_torn_index_are_found_again(tmp_path: Path, cut: int) -> None:
    metadata = [{"seed": number} for number in range(4)]
    entities = [
        {"sequence": n + 1, "type": "odd type", "filename": f"0{n + 1}_x.txt", "timestamp": "2025-11-17", "metadata": value}
        for n, value in enumerate(metadata)
    ]  # fmt: skip
    state = {"stage": 4, "step": "interception"}
    folder = old_run(tmp_path, entities, schema="overdrive", current_state=state, user_id="anna")
    for entity in entities:
        (folder / str(entity["filename"])).write_text("x")
    text = (folder / "metadata.json").read_text()
    (folder / "metadata.json").write_text(text[:-cut])
    repair(folder)
    assert problems(folder) == []
    run = load_recorder("old", base_path=tmp_path)
    assert run is not None and (run.config_name, run.user_id, run.current_stage) == ("overdrive", "anna", 4)
    found = run.get_status()["entities"]
    assert [entity["sequence"] for entity in found] == [1, 2, 3, 4]
    whole = text[:-cut].count("}}") if cut > 2 else 4
    assert [entity["metadata"] for entity in found[:whole]] == metadata[:whole]
    assert [entity["type"] for entity in found[whole:]] == ["x"] * (4 - whole)


def test_a_lost_line_of_the_journal_is_found_in_metadata_json(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        for number in range(3):
            run.save_entity("note", "x", {"seed": number})
    journal = run.run_folder / "entities.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(b"\xff" * 20 + b"\n" if b'"seed": 1' in line else line for line in lines))
    assert "1 entry cannot be read" in [problem.message for problem in problems(run.run_folder)]
    repair(run.run_folder)
    found = open_run(run.run_folder)
    assert not found.problems() and [entity.metadata["seed"] for entity in found.entities()] == [0, 1, 2]


def test_files_that_an_old_version_moved_to_final_are_found(tmp_path: Path) -> None:
    entities = [{"sequence": 1, "type": "input", "filename": "01_input.txt"},
                {"sequence": 2, "type": "output_audio", "filename": "02_output_audio.png"}]  # fmt: skip
    folder = old_run(tmp_path, entities)
    (folder / "final").mkdir()
    (folder / "final" / "01_input.txt").write_text("x")
    (folder / "final" / "02_output_audio.png").write_bytes(MP3)
    assert [(p.kind, p.filename) for p in problems(folder)] == [("type", "02_output_audio.png")]
    repair(folder)
    assert problems(folder) == []
    run = load_recorder("old", base_path=tmp_path)
    assert run is not None and run.get_entity_path("output_audio") == folder / "final" / "02_output_audio.mp3"


def test_a_file_with_two_entries_is_renamed_once(tmp_path: Path) -> None:
    entity = {"sequence": 1, "type": "output_audio", "filename": "01_output_audio.png"}
    other = {"sequence": 1, "type": "input", "filename": "01_input.txt"}
    folder = old_run(tmp_path, [entity, entity, other])
    (folder / "01_output_audio.png").write_bytes(MP3)
    (folder / "01_input.txt").write_text("x")
    repair(folder)
    found = open_run(folder)
    assert [entity.filename for entity in found.entities()] == ["01_output_audio.mp3"] * 2 + ["01_input.txt"]
    assert [(p.kind, p.filename) for p in found.problems()] == [("number", "01_output_audio.mp3"), ("number", "01_input.txt")]


def test_adopted_files_keep_their_place_and_parts_of_their_name(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        for _ in range(3):
            run.save_entity("note", "x")
    for name in ("02_a.tar.gz.txt", "02_noextension", "05_", "00_zero.txt", "12345678_photo.txt"):
        (run.run_folder / name).write_text("y")
    (run.run_folder / "03_note.txt").rename(run.run_folder / "04_note.txt")
    repair(run.run_folder)
    assert [entity["filename"] for entity in entries(run.run_folder)] == [
        "01_note.txt", "02_note.txt", "03_note.txt", "04_note.txt", "05_", "06_a.tar.gz.txt", "07_noextension",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["entities.jsonl", "metadata.json", ".recorder.lock"])
def test_a_repair_that_is_refused_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    folder = damaged_run(tmp_path)
    outside = tmp_path / "outside"
    outside.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"")
    (folder / name).unlink(missing_ok=True)
    os.link(outside, folder / name)
    before = sorted(os.listdir(folder))
    with pytest.raises(OSError, match="hard link"):
        repair(folder)
    assert sorted(os.listdir(folder)) == before
