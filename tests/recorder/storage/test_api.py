"""The API of a run: status, state, groups, path templates, lazy folders, hooks, old runs."""

from __future__ import annotations

import copy
import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recorder import DEFAULT_OUTPUTS, LivePipelineRecorder, get_recorder, load_recorder


@pytest.fixture
def run(tmp_path: Path) -> LivePipelineRecorder:
    return LivePipelineRecorder("run", "config", "eco", "kids", "anna", tmp_path, expected_outputs=DEFAULT_OUTPUTS)


def on_disk(run: LivePipelineRecorder) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run.run_folder / "metadata.json").read_bytes())
    return content


def test_a_run_from_start_to_end(run: LivePipelineRecorder, tmp_path: Path) -> None:
    assert run.run_folder == tmp_path / "run"
    assert on_disk(run)["current_state"] == {"stage": 0, "step": "initialized", "progress": "0/6"}
    names = [
        run.save_entity("input", "Hallo"),
        run.save_entity("translation", "hello", {"model": "m"}),
        run.save_prompt_id("abc-1", "audio"),
        run.save_error(3, "TimeoutError", "too slow", {"after": 30}),
    ]
    run.set_state(3, "interception")
    assert names == ["01_input.txt", "02_translation.txt", "03_prompt_id.json", "04_error.json"]
    assert run.sequence_number == 4
    assert json.loads((run.run_folder / "03_prompt_id.json").read_bytes()) == {
        "prompt_id": "abc-1",
        "media_type": "audio",
    }
    error = json.loads((run.run_folder / "04_error.json").read_bytes())
    datetime.fromisoformat(error.pop("timestamp"))
    assert error == {
        "stage": 3,
        "error_type": "TimeoutError",
        "message": "too slow",
        "details": {"after": 30},
    }
    status = run.get_status()
    for entity in status["entities"]:
        assert datetime.fromisoformat(entity.pop("timestamp")).tzinfo == UTC
    assert status == {
        "run_id": "run",
        "current_state": {"stage": 3, "step": "interception", "progress": "2/6"},
        "expected_outputs": list(DEFAULT_OUTPUTS),
        "completed_outputs": ["input", "translation", "prompt_id"],
        "next_expected": "safety",
        "entities": [
            {"sequence": 1, "type": "input", "filename": "01_input.txt", "metadata": {}},
            {
                "sequence": 2,
                "type": "translation",
                "filename": "02_translation.txt",
                "metadata": {"model": "m"},
            },
            {
                "sequence": 3,
                "type": "prompt_id",
                "filename": "03_prompt_id.json",
                "metadata": {"prompt_id": "abc-1", "media_type": "audio"},
            },
            {
                "sequence": 4,
                "type": "error",
                "filename": "04_error.json",
                "metadata": {"stage": 3, "error_type": "TimeoutError"},
            },
        ],
    }
    content = on_disk(run)
    assert content["entities"] == run.get_status()["entities"]
    assert content["current_state"] == status["current_state"]
    assert {key: content[key] for key in ("run_id", "config_name", "execution_mode", "safety_level", "user_id")} == {
        "run_id": "run",
        "config_name": "config",
        "execution_mode": "eco",
        "safety_level": "kids",
        "user_id": "anna",
    }
    run.mark_complete()
    assert on_disk(run)["current_state"]["step"] == run.current_step == "completed"
    assert run.current_stage == 3


def test_run_dir_says_what_it_is_called(run: LivePipelineRecorder) -> None:
    with pytest.raises(AttributeError, match="run_folder") as caught:
        run.run_dir  # type: ignore[attr-defined]  # noqa: B018, LPR001
    assert caught.value.name == "run_dir"
    with pytest.raises(AttributeError) as caught:
        run.nothing  # type: ignore[attr-defined]  # noqa: B018
    assert "run_folder" not in str(caught.value)
    assert not hasattr(run, "run_dir") and getattr(run, "run_dir", 7) == 7
    with pytest.raises(AttributeError):
        copy.copy(run).__deepcopy__  # noqa: B018


def test_the_run_goes_on_as_what_it_is(run: LivePipelineRecorder, tmp_path: Path) -> None:
    again = LivePipelineRecorder("run", "other config", safety_level=None, base_path=tmp_path)
    assert (again.config_name, again.execution_mode, again.safety_level, again.user_id) == (
        "config",
        "eco",
        "kids",
        "anna",
    )
    assert on_disk(again)["config_name"] == "config"


def test_what_the_run_lacks_is_filled_in(tmp_path: Path) -> None:
    LivePipelineRecorder("run", base_path=tmp_path)
    LivePipelineRecorder("run", "config", base_path=tmp_path, expected_outputs=["input", "output_audio"])
    loaded = load_recorder("run", tmp_path)
    assert loaded is not None
    assert loaded.config_name == "config" and loaded.expected_outputs == ["input", "output_audio"]
    again = LivePipelineRecorder("run", base_path=tmp_path)
    assert again.expected_outputs == [
        "input",
        "output_audio",
    ], "the default does not overrule what was asked for"
    again.save_entity("output_audio", b"x")
    assert again.get_status()["current_state"]["progress"] == "1/2"
    assert again.get_status()["next_expected"] == "input"
    again.save_entity("input", "x")
    assert again.get_status()["next_expected"] is None


def test_metadata_is_a_read_only_copy(run: LivePipelineRecorder) -> None:
    run.save_entity("input", "x")
    assert dict(run.metadata) == on_disk(run)
    with pytest.raises(TypeError):
        run.metadata["entities"] = []  # type: ignore[index]
    run.metadata["entities"].clear()
    run.metadata["expected_outputs"].clear()
    assert dict(run.metadata) == on_disk(run)


@pytest.mark.parametrize(
    "which, name",
    [
        ("first", "01_input.txt"),
        ("latest", "05_input.txt"),
        (0, "01_input.txt"),
        (1, "03_input.txt"),
        (2, "05_input.txt"),
        (-1, "05_input.txt"),
        (-3, "01_input.txt"),
        (3, None),
        (-4, None),
    ],
)
def test_get_entity_path(which: Any, name: str | None, run: LivePipelineRecorder) -> None:
    for number in range(5):
        run.save_entity("input" if number % 2 == 0 else "other", "x")
    assert run.get_entity_path("input", which) == (run.run_folder / name if name else None)
    assert run.get_entity_path("unknown", which) is None


def test_get_entity_path_of_what_is_not_there(run: LivePipelineRecorder) -> None:
    assert run.get_entity_path("input") is None
    name = run.save_entity("input", "x")
    (run.run_folder / name).unlink()
    assert run.get_entity_path("input") is None
    with pytest.raises(ValueError, match="which"):
        run.get_entity_path("input", "last")


def test_groups_have_counters_of_their_own(run: LivePipelineRecorder, tmp_path: Path) -> None:
    names = [
        run.save_entity("input", "x"),
        run.save_entity("interception", "a", group="prompting_process"),
        run.save_entity("interception", "b", group="prompting_process"),
        run.save_entity("mask", "c", group="other"),
        run.save_entity("safety", "y"),
    ]
    assert names == [
        "01_input.txt",
        "prompting_process/001_interception.txt",
        "prompting_process/002_interception.txt",
        "other/001_mask.txt",
        "02_safety.txt",
    ]
    assert run.sequence_number == 2
    assert [entity["filename"] for entity in on_disk(run)["entities"]] == names
    assert run.get_entity_path("interception", "latest") == run.run_folder / "prompting_process" / "002_interception.txt"
    (run.run_folder / "other" / "007_dropped.txt").write_text("x")
    again = LivePipelineRecorder("run", base_path=tmp_path)
    assert again.save_entity("interception", "c", group="prompting_process") == "prompting_process/003_interception.txt"
    assert again.save_entity("mask", "d", group="other") == "other/008_mask.txt"
    assert again.save_entity("input", "z") == "03_input.txt"


@pytest.mark.parametrize("group", ["..", "a/b", "../x", "/x", "", ".hidden", "a\0b"])
def test_a_group_cannot_leave_the_run(group: str, run: LivePipelineRecorder) -> None:
    before = sorted(os.listdir(run.run_folder))
    with pytest.raises(ValueError, match="group"):
        run.save_entity("input", "x", group=group)
    assert sorted(os.listdir(run.run_folder)) == before


def test_lazy_makes_the_folder_at_the_first_save(tmp_path: Path) -> None:
    base = tmp_path / "not" / "there"
    run = LivePipelineRecorder("run", "config", base_path=base, lazy=True)
    assert run.get_status()["entities"] == [] and run.sequence_number == 0 and run.get_entity_path("input") is None
    assert run.metadata["config_name"] == "config"
    run.close()
    assert os.listdir(tmp_path) == []
    assert run.save_entity("input", "x") == "01_input.txt"
    assert on_disk(run)["config_name"] == "config"


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.set_state(1, "x"),
        lambda run: run.mark_complete(),
        lambda run: run.save_error(1, "Kind", "message"),
    ],
)
def test_lazy_with_another_first_call(call: Callable[[LivePipelineRecorder], object], tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    call(run)
    assert on_disk(run)["current_state"] == run.get_status()["current_state"]


def test_the_base_stays_when_the_working_directory_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = LivePipelineRecorder("run")
    monkeypatch.chdir("/")
    run.save_entity("input", "x")
    assert (tmp_path / "run" / "01_input.txt").is_file()


TODAY = datetime.now(UTC).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    "template, values, expected",
    [
        ("{run_id}", None, "run"),
        ("{date}/{device_id}/{run_id}", {"device_id": "d7", "date": "2025-11-17"}, "2025-11-17/d7/run"),
        ("{user_id}/{config_name}-{run_id}", None, "anna/config-run"),
        ("runs/{n}/{run_id}.d", {"n": 3}, "runs/3/run.d"),
    ],
)
def test_path_template(template: str, values: Any, expected: str, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", "config", user_id="anna", base_path=tmp_path, path_template=template, path_values=values)
    assert run.run_folder == tmp_path / expected
    run.save_entity("input", "x")
    loaded = load_recorder("run", tmp_path)
    assert loaded is not None and loaded.run_folder == run.run_folder and len(loaded.get_status()["entities"]) == 1
    assert load_recorder("ru", tmp_path) is None


@pytest.mark.parametrize(
    "template, values, names",
    [
        ("{run_id", None, "path_template"),
        ("fixed", None, "run_id"),
        ("{date}", None, "run_id"),
        ("/{run_id}", None, "component"),
        ("../{run_id}", None, "component"),
        ("a//{run_id}", None, "component"),
        ("{run_id}/", None, "component"),
        ("{}/{run_id}", None, "unknown key"),
        ("{device}/{run_id}", None, "device"),
        ("{run_id!r}", None, "plain"),
        ("{run_id:>9}", None, "plain"),
        ("{run_id.__class__}", None, "unknown key"),
        ("{config_name}/{run_id}", None, "config_name"),
        ("{device}/{run_id}", {"device": "../x"}, "device"),
        ("{device}/{run_id}", {"device": ""}, "device"),
        ("{run_id}", {"run_id": "other"}, "redefine"),
    ],
)
def test_a_bad_template_is_refused(template: str, values: Any, names: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=names):
        LivePipelineRecorder("run", base_path=tmp_path, path_template=template, path_values=values)
    assert os.listdir(tmp_path) == []


def test_a_run_goes_on_after_midnight(tmp_path: Path) -> None:
    template = "{date}/{run_id}"
    first = LivePipelineRecorder("run", base_path=tmp_path, path_template=template, path_values={"date": "2020-02-02"})
    first.save_entity("input", "x")
    for other in ("2019-12-31", "not-a-date", "2020-02-02x"):
        (tmp_path / other / "run").mkdir(parents=True)
    LivePipelineRecorder("other", base_path=tmp_path, path_template=template)
    second = LivePipelineRecorder("run", base_path=tmp_path, path_template=template)
    assert second.run_folder == first.run_folder
    loaded = load_recorder("run", tmp_path, path_template=template)
    assert loaded is not None and loaded.run_folder == first.run_folder
    assert (tmp_path / TODAY / "other").is_dir()


def test_one_run_id_of_two_users_is_two_runs(tmp_path: Path) -> None:
    template = "{user_id}/{run_id}"
    anna = get_recorder("run", user_id="anna", base_path=tmp_path, path_template=template)
    assert get_recorder("run", base_path=tmp_path) is anna
    assert get_recorder("run", user_id="anna", base_path=tmp_path, path_template=template) is anna
    bert = get_recorder("run", user_id="bert", base_path=tmp_path, path_template=template)
    assert bert is not anna and bert.run_folder == tmp_path / "bert" / "run"
    assert get_recorder("run", user_id="bert", base_path=tmp_path, path_template=template) is bert
    for recorder in (anna, bert):
        recorder.mark_complete()


@pytest.mark.parametrize(
    "name, value",
    [
        ("expected_outputs", "input"),
        ("expected_outputs", [1]),
        ("trusted_hosts", "example.org"),
        ("lock_timeout", "30"),
        ("lock_timeout", None),
        ("download_timeout", -1),
        ("job_timeout", float("nan")),
        ("max_download_bytes", True),
        ("on_saved", 3),
        *[
            ("comfyui_url", url)
            for url in ("", "nope", "127.0.0.1:8188", "ftp://127.0.0.1", "http://", "http://[::1", "http://h:x", None)
        ],
        ("swarmui_url", "nope"),
        ("path_values", [("date", "2020-02-02")]),
        ("path_template", None),
    ],  # fmt: skip
)
def test_a_parameter_that_is_none_is_refused_before_anything_is_made(name: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        LivePipelineRecorder("run", base_path=tmp_path, **{name: value})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("stage", "step", "named"),
    [(1, None, "step"), (1, 2, "step"), (None, "x", "stage"), (True, "x", "stage"), ([1], "x", "stage")],
)
def test_a_state_that_is_none_is_refused_and_changes_nothing(stage: Any, step: Any, named: str, tmp_path: Path) -> None:
    run = LivePipelineRecorder("run", base_path=tmp_path)
    run.set_state("late", "sketch")
    before = (run.run_folder / "metadata.json").read_bytes()
    with pytest.raises(TypeError, match=f"{named} must be"):
        run.set_state(stage, step)
    assert (run.run_folder / "metadata.json").read_bytes() == before
    assert (run.current_stage, run.current_step) == ("late", "sketch")


def test_on_saved_gets_a_copy_and_may_save(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def hook(entity: dict[str, Any]) -> None:
        seen.append(copy.deepcopy(entity))
        entity["metadata"]["changed"] = True
        if entity["type"] == "input":
            run.save_entity("thumbnail", "t")

    run = LivePipelineRecorder("run", base_path=tmp_path, on_saved=hook)
    run.save_entity("input", "x", {"a": 1})
    assert [entity["filename"] for entity in seen] == ["01_input.txt", "02_thumbnail.txt"]
    assert seen == run.get_status()["entities"]


def test_a_failing_hook_cannot_lose_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def hook(entity: dict[str, Any]) -> None:
        raise RuntimeError("the hook is broken")

    run = LivePipelineRecorder("run", base_path=tmp_path, on_saved=hook)
    assert run.save_entity("input", "x") == "01_input.txt"
    assert (run.run_folder / "01_input.txt").read_text() == "x" and len(on_disk(run)["entities"]) == 1
    assert "the hook is broken" in caplog.text and "01_input.txt" in caplog.text


def test_save_from_filesystem(run: LivePipelineRecorder, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "source").write_text("x")
    assert run.save_from_filesystem(str(tmp_path / "source"), "input", {"seed": 1}) == "01_input.bin"
    assert run.save_from_filesystem(str(tmp_path / "missing"), "input") is None
    assert run.save_from_filesystem(str(tmp_path / "source"), "../input") is None
    assert run.save_from_filesystem(str(tmp_path / "source"), "input", {"a": {1}}) is None
    assert [entity["type"] for entity in run.get_status()["entities"]] == ["input", "error", "error", "error"]
    error = json.loads((run.run_folder / "02_error.json").read_bytes())
    assert error["error_type"] == "FileNotFoundError" and error["details"]["filesystem_path"] == str(tmp_path / "missing")
    assert caplog.text.count("Failed to save from") == 3


@pytest.mark.parametrize(
    "details, kept",
    [
        (None, None),
        ({"a": 1}, {"a": 1}),
        (ValueError("x"), "ValueError('x')"),
        ({"bytes": b"x"}, "{'bytes': b'x'}"),
    ],
)
def test_an_error_is_recorded_whatever_its_details(details: Any, kept: Any, run: LivePipelineRecorder) -> None:
    name = run.save_error("stage 4", "Kind", "message", details)
    assert json.loads((run.run_folder / name).read_bytes())["details"] == kept


def test_closing_is_no_end(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "x")
    assert run.save_entity("input", "y") == "02_input.txt"
    run.mark_complete()
    run.save_entity("input", "z")
    run.close()
    run.close()
    assert len(on_disk(run)["entities"]) == 3


def test_files_are_closed_with_the_recorder(tmp_path: Path) -> None:
    descriptors = Path("/dev/fd") if Path("/dev/fd").is_dir() else tmp_path
    gc.disable()  # whoever drops a recorder need not wait for the garbage collector
    before = len(os.listdir(descriptors))
    for number in range(30):
        LivePipelineRecorder(f"run{number}", base_path=tmp_path).save_entity("input", "x")
    after = len(os.listdir(descriptors))
    gc.enable()
    assert after < before + 10


def test_sequences_count_files_of_six_digits_at_most(run: LivePipelineRecorder, tmp_path: Path) -> None:
    for name in ("20251117120000_photo.png", "12_x.txt", "x_99.txt", "notes.txt"):
        (run.run_folder / name).write_text("x")
    assert LivePipelineRecorder("run", base_path=tmp_path).save_entity("input", "x") == "13_input.txt"


def test_an_untouched_run_is_not_written_when_opened(run: LivePipelineRecorder, tmp_path: Path) -> None:
    run.save_entity("input", "x")
    run.close()
    watched = [run.run_folder / name for name in ("metadata.json", "entities.jsonl")]
    before = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in watched]
    LivePipelineRecorder("run", base_path=tmp_path).close()
    assert [(path.stat().st_mtime_ns, path.stat().st_ino) for path in watched] == before


def test_a_stale_snapshot_is_brought_up_to_date_when_opened(run: LivePipelineRecorder, tmp_path: Path) -> None:
    stale = (run.run_folder / "metadata.json").read_bytes()
    run.save_entity("input", "x")
    run.close()
    (run.run_folder / "metadata.json").write_bytes(stale)
    loaded = load_recorder("run", tmp_path)
    assert loaded is not None and len(loaded.get_status()["entities"]) == 1
    assert (run.run_folder / "metadata.json").read_bytes() == stale, "loading writes nothing"
    get_recorder("run", base_path=tmp_path).mark_complete()
    assert len(on_disk(run)["entities"]) == 1


OLD = {
    "run_id": "old",
    "timestamp": "2025-11-01T10:00:00",
    "schema": "dada",
    "execution_mode": "eco",
    "safety_level": "kids",
    "current_state": {"stage": 4, "step": "output", "progress": "2/6"},
    "extra": {"kept": [1]},
    "entities": [
        {
            "sequence": 1,
            "type": "input",
            "filename": "01_input.txt",
            "timestamp": "2025-11-01T10:00:01",
            "metadata": {"value": float("nan")},
            "more": "kept",
        },
        {"type": "output_image", "filename": "07_output_image.png"},
        {"filename": "08_final_image.png", "metadata": None},
        {"no": "file name"},
    ],
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A run as the described class left it, with a file in final/ and one that the index does not know."""
    folder = tmp_path / "old"
    (folder / "final").mkdir(parents=True)
    (folder / "01_input.txt").write_text("input")
    (folder / "07_output_image.png").write_text("image")
    (folder / "final" / "08_final_image.png").write_text("final")
    (folder / "final" / "09_unknown.png").write_text("unknown")
    (folder / "metadata.json").write_text(json.dumps(OLD))
    return folder


def test_an_old_run_loads_and_stays_as_it_is(old: Path) -> None:
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    for run in (load_recorder("old", old.parent), LivePipelineRecorder("old", base_path=old.parent)):
        assert run is not None
        assert run.config_name == "dada" and run.user_id == "anonymous" and (run.current_stage, run.current_step) == (4, "output")
        assert [(entity["sequence"], entity["type"]) for entity in run.get_status()["entities"]] == [
            (1, "input"),
            (7, "output_image"),
            (8, "final_image"),
        ]
        assert run.get_entity_path("final_image") == old / "final" / "08_final_image.png"
        assert run.sequence_number == 9
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before


def test_an_old_run_goes_on(old: Path) -> None:
    run = LivePipelineRecorder("old", base_path=old.parent)
    assert run.save_entity("output_audio", b"x") == "10_output_audio.bin"
    content = on_disk(run)
    assert content["schema"] == content["config_name"] == "dada" and content["extra"] == {"kept": [1]}
    assert content["timestamp"] == "2025-11-01T10:00:00"
    assert content["entities"][0] == {
        "sequence": 1,
        "type": "input",
        "filename": "01_input.txt",
        "timestamp": "2025-11-01T10:00:01",
        "metadata": {"value": "NaN"},
        "more": "kept",
    }
    again = load_recorder("old", old.parent)
    assert again is not None and again.get_status()["entities"] == content["entities"]
    assert again.current_stage == 4


@pytest.mark.parametrize("content", [b"", b'{"entities": [{"seq', b"[]", b"7", b'{"entities": 7}', b"\xff\xfe\x00", b"{}"])
def test_a_broken_index_of_an_old_run_is_kept_aside(content: bytes, old: Path, caplog: pytest.LogCaptureFixture) -> None:
    (old / "metadata.json").write_bytes(content)
    loaded = load_recorder("old", old.parent)
    assert loaded is not None and loaded.get_status()["entities"] == []
    assert (old / "metadata.json").read_bytes() == content
    run = LivePipelineRecorder("old", base_path=old.parent)
    assert run.save_entity("input", "x") == "10_input.txt"
    if content != b"{}":
        assert (old / "metadata.json.broken").read_bytes() == content
        assert "metadata.json" in caplog.text and "recorder repair" in caplog.text
    assert (old / "01_input.txt").read_text() == "input"


@pytest.mark.parametrize("filename", ["../../secret", "/etc/passwd", "a/../../../secret"])
def test_an_index_cannot_name_a_file_outside(filename: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "base" / "run").mkdir(parents=True)
    entity = {"sequence": 1, "type": "input", "filename": filename}
    (tmp_path / "base" / "run" / "metadata.json").write_text(json.dumps({"entities": [entity]}))
    run = load_recorder("run", tmp_path / "base")
    assert run is not None and run.get_entity_path("input") is None
    assert "outside" in caplog.text


def test_a_hundred_and_twenty_saves_keep_their_order(run: LivePipelineRecorder) -> None:
    for number in range(120):
        run.save_entity("x", str(number))
    entities = run.get_status()["entities"]
    assert [entity["sequence"] for entity in entities] == list(range(1, 121))
    assert [(run.run_folder / entity["filename"]).read_text() for entity in entities] == [str(n) for n in range(120)]


def test_debug_logging_is_quiet(run: LivePipelineRecorder, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run.save_entity("input", "x")
        run.set_state(1, "y")
    assert caplog.records == []


def test_the_renamed_attribute_is_named_and_nothing_else_is_guessed(tmp_path: Path) -> None:
    program = f"from recorder import LivePipelineRecorder\nLivePipelineRecorder('x', base_path={str(tmp_path)!r}).run_dir"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.rstrip().endswith("object has no attribute 'run_dir'; the run's folder is run_folder")
