"""The command `recorder`, as it is installed: list, show, verify, repair, on whole, old and damaged runs."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from recorder import LivePipelineRecorder, load_recorder
from recorder.cli import main

MEDIA = Path(__file__).parents[2] / "data" / "media"
OLD_CODE = Path(__file__).parents[2] / "data" / "seed_block.py"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command's main function; with `installed`, or with variables of the environment, the installed command."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, returns: int = 0, installed: bool = False, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("recorder")), *arguments]
        if installed or variables:
            done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
        else:
            capsys.readouterr()
            try:
                status = main(arguments)
            except SystemExit as stopped:
                status = int(str(stopped.code))
            done = subprocess.CompletedProcess(command, status, *capsys.readouterr())
        assert done.returncode == returns, done.stdout + done.stderr
        return done

    return run


class LenientRecorder(LivePipelineRecorder):
    """The old code's recorder: `run_dir` exists, so the copy works and the index never learns of it."""

    @property
    def run_dir(self) -> Path:
        return self.run_folder


def damaged_run(base: Path) -> Path:
    """A run that the audit's block has written to: audio, video and an image, copied in under a number of its own."""
    spec = importlib.util.spec_from_file_location("seed_block", OLD_CODE)
    assert spec is not None and spec.loader is not None
    old_code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(old_code)
    with LenientRecorder("run_1", base_path=base) as run:
        run.save_entity("input", "a song")
        for media_type, source in (("audio", "mpeg1.mp3"), ("video", "isom.mp4"), ("image", "picture.png")):
            result = SimpleNamespace(metadata={"filesystem_path": str(MEDIA / source)})
            old_code.store_output(run, "workflow_generated", result, media_type, "config", 1)
        return run.run_folder


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")}


def test_repair_makes_a_run_whole_that_files_were_copied_into(tmp_path: Path, recorder: Command) -> None:
    folder = damaged_run(tmp_path)
    assert sorted(files(folder)) == [
        "01_input.txt", "07_output_audio.mp3", "07_output_image.bin", "07_output_video.mp4", "entities.jsonl", "metadata.json",
    ]  # fmt: skip
    found = recorder("verify", "run_1", returns=1, installed=True).stdout
    for name in ("07_output_audio.mp3", "07_output_image.bin", "07_output_video.mp4"):
        assert f"{name} lies in the folder and is not in the index" in found
    before = files(folder)

    dry = recorder("repair", "run_1", returns=1, installed=True).stdout
    assert "--apply" in dry and files(folder) == before

    done = json.loads(recorder("repair", "run_1", "--apply", "--json", installed=True).stdout)
    assert done["applied"] is True
    assert "1 run, 4 entities: nothing wrong" in recorder("verify", "run_1", installed=True).stdout
    assert "Nothing to repair" in recorder("repair", "run_1", "--apply").stdout

    index = json.loads((folder / "metadata.json").read_bytes())["entities"]
    assert [(e["sequence"], e["type"], e["filename"]) for e in index] == [
        (1, "input", "01_input.txt"),
        (7, "output_audio", "07_output_audio.mp3"),
        (8, "output_image", "08_output_image.png"),
        (9, "output_video", "09_output_video.mp4"),
    ]
    assert (folder / "08_output_image.png").read_bytes() == (MEDIA / "picture.png").read_bytes()
    # Nothing is lost: every byte that was there is there, and so is the old index.
    assert set(before.values()) - set(files(folder).values()) == {before["metadata.json"], before["entities.jsonl"]}
    backup = Path(done["backup"])
    assert (backup / "metadata.json").read_bytes() == before["metadata.json"]
    renames = [(action["filename"], action["new_name"]) for action in done["actions"]]
    assert ("07_output_image.bin", "08_output_image.png") in renames
    # The run goes on where it was.
    run = load_recorder("run_1", base_path=tmp_path)
    assert run is not None and run.save_entity("note", "x") == "10_note.txt"


def test_repair_corrects_a_wrong_extension_with_its_entry(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output_audio", (MEDIA / "mpeg1.mp3").read_bytes(), {"k": 1})
        folder = run.run_folder
    for name in ("entities.jsonl", "metadata.json"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("01_output_audio.mp3", "01_output_audio.png"))
    (folder / "01_output_audio.mp3").rename(folder / "01_output_audio.png")
    found = recorder("verify", "run", returns=1).stdout
    assert "01_output_audio.png is no png by its content; its extension should be mp3" in found
    recorder("repair", "run", "--apply")
    recorder("verify", "run")
    entity = json.loads((folder / "metadata.json").read_bytes())["entities"][0]
    assert (entity["filename"], entity["metadata"]["k"]) == ("01_output_audio.mp3", 1)


@pytest.mark.parametrize("journal", [True, False], ids=["journal", "no journal"])
@pytest.mark.parametrize("content", [b"", b'{"entities": [', None], ids=["empty", "torn", "missing"])
def test_repair_builds_a_broken_index_anew(tmp_path: Path, recorder: Command, journal: bool, content: bytes | None) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "text")
        run.save_entity("output_image", (MEDIA / "picture.png").read_bytes())
        folder = run.run_folder
    if not journal:
        (folder / "entities.jsonl").unlink()
    if content is None:
        (folder / "metadata.json").unlink()
    else:
        (folder / "metadata.json").write_bytes(content)
    if journal or content is not None:  # two numbered files alone are no run, unless repair is told that they are
        recorder("verify", "run", returns=1)
    assert "rebuild metadata.json" in recorder("repair", "run", returns=1).stdout
    recorder("repair", "run", "--apply")
    recorder("verify", "run")
    index = json.loads((folder / "metadata.json").read_bytes())["entities"]
    assert [(e["sequence"], e["type"], e["filename"]) for e in index] == [
        (1, "input", "01_input.txt"), (2, "output_image", "02_output_image.png"),
    ]  # fmt: skip


def test_what_cannot_be_mended_is_said(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "text")
        run.save_entity("note", "other text")
        folder = run.run_folder
    (folder / "01_input.txt").unlink()
    (folder / "02_note.txt").write_text("shorter")
    found = recorder("verify", "run", returns=1).stdout
    assert "01_input.txt is in the index and not in the folder" in found
    assert "02_note.txt has 7 bytes and was saved with 10" in found
    (as_json,) = json.loads(recorder("verify", "run", "--json", returns=1).stdout)
    assert [problem["filename"] for problem in as_json["problems"]] == ["01_input.txt", "02_note.txt"]
    assert "left: 01_input.txt" in recorder("repair", "run", "--apply", returns=1).stdout
    assert len(json.loads((folder / "metadata.json").read_bytes())["entities"]) == 2


def test_files_without_a_number_are_shown_and_left(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "text")
        (run.run_folder / "chat_history.json").write_text("[]")
    recorder("verify", "run")
    assert "not part of the run: chat_history.json" in recorder("show", "run").stdout


def test_groups_and_old_runs_are_whole(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("interception", "text", group="prompting_process")
        (run.run_folder / "prompting_process" / "002_more.txt").write_text("x")
    assert "prompting_process/002_more.txt lies in the folder" in recorder("verify", "run", returns=1).stdout
    recorder("repair", "run", "--apply")
    recorder("verify", "run")
    old = tmp_path / "old" / "final"
    old.mkdir(parents=True)
    (old / "01_input.txt").write_text("x")
    (tmp_path / "old" / "metadata.json").write_text(
        json.dumps({"run_id": "old", "entities": [{"sequence": 1, "type": "input", "filename": "final/01_input.txt"}]})
    )
    recorder("verify", "old")
    assert not (tmp_path / "old" / "entities.jsonl").exists()


def test_list_and_show(tmp_path: Path, recorder: Command) -> None:
    for number in range(3):
        with LivePipelineRecorder(f"run_{number}", config_name="demo", base_path=tmp_path / "exports") as run:
            run.save_entity("input", "x" * 1500)
            run.set_state(2, "interception")
    lines = recorder("list", "exports").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["RUN", "run_2", "run_1", "run_0"]  # the newest first
    assert "demo" in lines[1] and "  interception, stage 2  " in lines[1] and "1.5 KB" in lines[1]
    rows = json.loads(recorder("list", "exports", "--json").stdout)
    assert [(row["run_id"], row["entities"], row["size"]) for row in rows] == [(f"run_{n}", 1, 1500) for n in (2, 1, 0)]
    shown = recorder("show", "exports/run_1").stdout
    assert "01_input.txt" in shown and "config_name:    demo" in shown
    detail = json.loads(recorder("show", "exports/run_1", "--json").stdout)
    assert detail["entities"][0]["size"] == 1500 and detail["problems"] == []
    assert "3 runs, 3 entities: nothing wrong." in recorder("verify", "exports").stdout


def test_an_empty_folder_and_bad_input(tmp_path: Path, recorder: Command) -> None:
    (tmp_path / "empty").mkdir()
    assert recorder("list", "empty").stdout == recorder("verify", "empty").stdout == "empty: no run below it\n"
    assert json.loads(recorder("list", "empty", "--json").stdout) == []
    for arguments in (["list", "nowhere"], ["show", "empty"], ["verify", "nowhere"], ["repair", "empty"], ["gallery", "nowhere"]):
        done = recorder(*arguments, returns=2)
        assert arguments[1] in done.stderr and not done.stdout
    assert "usage" in recorder("nonsense", returns=2, installed=True).stderr
    assert recorder("--version", installed=True).stdout.startswith("recorder ")


def test_names_cannot_play_with_the_terminal(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "x")
        (run.run_folder / "03_\x1b[31mred\nline.txt").write_text("x")
    for command in ("show", "verify"):
        out = recorder(command, "run", returns=1).stdout
        assert "\x1b" not in out and "\\x1b[31mred" in out


def test_one_run_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path, recorder: Command) -> None:
    base = tmp_path / "exports"
    for name in ("a", "c"):
        with LivePipelineRecorder(name, base_path=base) as run:
            run.save_entity("input", "x")
    (base / "b").mkdir()
    (base / "b" / "metadata.json").mkdir()
    listed = recorder("list", "exports", returns=2).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["RUN", "c", "a", "b"] and "cannot be read" in listed[3]
    verified = recorder("verify", "exports", returns=2).stdout
    assert "exports/b: cannot be read: " in verified and "2 runs, 2 entities: nothing wrong." in verified
    shown = recorder("gallery", "exports", returns=2)
    assert "exports/b/metadata.json: is a folder" in shown.stderr and shown.stdout == "2 runs in exports/gallery.html\n"
    assert "exports/b cannot be read" in (base / "gallery.html").read_text()
    for command in ("list", "verify"):
        found = json.loads(recorder(command, "exports", "--json", returns=2).stdout)
        assert sorted(run.get("run_id", "") for run in found) == ["", "a", "c"]
        assert [run["folder"] for run in found if "error" in run] == [str(base / "b")]
    assert "is a folder" in recorder("show", "exports/b", returns=2).stderr


@pytest.mark.slow
def test_a_reader_that_stops_reading_is_no_failure(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        for _ in range(3000):
            run.save_entity("note", "x")
    for arguments in (["list"], ["show", "run", "--json"]):
        command = [str(Path(sys.executable).with_name("recorder")), *arguments]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.close()
            assert (process.wait(), process.stderr.read()) == (0, b"")


def test_names_that_the_terminal_cannot_show_are_escaped(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("日本", base_path=tmp_path) as run:
        run.save_entity("input", "x")
    with LivePipelineRecorder("plain", base_path=tmp_path) as run:
        run.save_entity("input", "x")
    lines = recorder("list").stdout.splitlines()
    assert lines[1].index("-") == lines[2].index("-") + 2  # two characters take four columns
    assert "\\u65e5\\u672c" in recorder("list", PYTHONIOENCODING="ascii").stdout


def test_list_says_where_a_run_lies(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path, path_template="{user_id}/{run_id}") as run:
        run.save_entity("input", "x")
    assert recorder("list").stdout.splitlines()[1].split()[-1] == "anonymous/run"
    assert "there are runs below it" in recorder("show", "anonymous", returns=2).stderr
    assert "is no folder" in recorder("show", "anonymous/run/metadata.json", returns=2).stderr


def test_a_run_that_is_being_written_is_fine(tmp_path: Path, recorder: Command) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        for _ in range(300):
            run.save_entity("note", "x")
        recorder("verify", "run")
