"""The defects of a plain recorder, one scenario each.

Every scenario runs twice: the shipped recorder passes it, and one written straight from the description does
not.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, get_recorder, live, load_recorder

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + (b"\xff\xfb\x90\x00" + bytes(413)) * 4
ABSOLUTE = "an absolute path"
CYCLE: list[object] = []
CYCLE.append(CYCLE)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)


class PlainRecorder:
    """The class that the audit describes, as one would write it from that description."""

    _all: dict[str, PlainRecorder] = {}

    def __init__(self, run_id: str, config_name: str | None = None, *, base_path: Path) -> None:
        self.run_id = run_id
        self.run_folder = Path(base_path) / run_id
        self.run_folder.mkdir(parents=True, exist_ok=True)
        self.sequence_number = 0
        self.metadata: dict[str, Any] = {
            "run_id": run_id,
            "config_name": config_name,
            "entities": [],
            "current_state": {"stage": 0, "step": "initialized"},
        }
        self._all[run_id] = self
        self._write()

    def _write(self) -> None:
        (self.run_folder / "metadata.json").write_text(json.dumps(self.metadata, indent=2))

    def save_entity(self, entity_type: str, content: Any, metadata: dict[str, Any] | None = None) -> str:
        self.sequence_number = len(self.metadata["entities"]) + 1
        default = {str: "txt", dict: "json"}.get(type(content), "png")
        name = f"{self.sequence_number:02d}_{entity_type}.{(metadata or {}).get('format', default)}"
        data = (
            json.dumps(content).encode()
            if isinstance(content, dict)
            else (content.encode() if isinstance(content, str) else content)
        )
        (self.run_folder / name).write_bytes(data)
        self.metadata["entities"].append(
            {
                "sequence": self.sequence_number,
                "type": entity_type,
                "filename": name,
                "timestamp": datetime.now().isoformat(),
                "metadata": metadata or {},
            }
        )
        self._write()
        return name

    def set_state(self, stage: int, step: str) -> None:
        self.metadata["current_state"] = {"stage": stage, "step": step}
        self._write()

    def mark_complete(self) -> None:
        self.set_state(5, "completed")

    def save_from_filesystem(self, path: str, entity_type: str) -> str | None:
        try:
            return self.save_entity(entity_type, Path(path).read_bytes())
        except OSError:
            return None

    def get_status(self) -> dict[str, Any]:
        return self.metadata

    @classmethod
    def load(cls, run_id: str, base_path: Path) -> PlainRecorder:
        return cls(run_id, base_path=base_path)


class Shipped(LivePipelineRecorder):
    @classmethod
    def load(cls, run_id: str, base_path: Path) -> LivePipelineRecorder | None:
        return load_recorder(run_id, base_path)


def index_of(run: Any) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = json.loads((run.run_folder / "metadata.json").read_bytes())["entities"]
    return entities


def files_of(run: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.run_folder.iterdir() if path.name[:1].isdigit()}


Make = Callable[..., Any]


def a_restart_keeps_the_index(make: Make, base: Path) -> None:
    make("run", base_path=base).save_entity("input", "first")
    again = make("run", base_path=base)
    assert [entity["filename"] for entity in index_of(again)] == ["01_input.txt"]
    again.save_entity("input", "second")
    assert sorted(files_of(again).values()) == [b"first", b"second"]
    assert len(index_of(again)) == 2


def loading_writes_nothing(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x")
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in run.run_folder.iterdir()}
    assert len(make.load("run", base).get_status()["entities"]) == 1
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in run.run_folder.iterdir()} == before


def loading_an_unknown_run_makes_nothing(make: Make, base: Path) -> None:
    assert make.load("unknown", base) is None
    assert os.listdir(base) == []


def no_file_is_ever_overwritten(make: Make, base: Path) -> None:
    """A half-saved file: it lies there and the index does not know it."""
    make("run", base_path=base)
    (base / "run" / "01_input.txt").write_text("half-saved")
    assert make("run", base_path=base).save_entity("input", "new") == "02_input.txt"
    assert (base / "run" / "01_input.txt").read_text() == "half-saved"


def a_file_dropped_in_later_is_not_overwritten(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x")
    (run.run_folder / "02_input.txt").write_text("dropped in")
    run.save_entity("input", "y")
    assert files_of(run) == {"01_input.txt": b"x", "02_input.txt": b"dropped in", "03_input.txt": b"y"}


def a_value_that_json_refuses_is_refused_first(make: Make, base: Path, value: object) -> None:
    run = make("run", base_path=base)
    with pytest.raises(TypeError, match="metadata"):
        run.save_entity("input", "x", {"value": value})
    assert files_of(run) == {}
    run.save_entity("input", "y")
    assert files_of(run) == {"01_input.txt": b"y"}
    assert len(index_of(run)) == 1


def content_that_json_refuses_is_refused_first(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    with pytest.raises(TypeError, match=r"content\['a'\]\[1\]"):
        run.save_entity("input", {"a": [1, b"2"]})
    assert files_of(run) == {} and run.sequence_number == 0


def paths_and_times_are_converted(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x", {"path": Path("a/b"), "when": datetime(2025, 11, 17, 12)})
    assert index_of(run)[0]["metadata"] == {"path": str(Path("a/b")), "when": "2025-11-17T12:00:00"}


def a_poller_never_reads_an_invalid_index(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x", {"padding": "p" * 200_000})
    stop, invalid, reads = threading.Event(), [], 0

    def poll() -> None:
        nonlocal reads
        while not stop.is_set():
            try:
                json.loads((run.run_folder / "metadata.json").read_bytes())
            except ValueError as error:
                invalid.append(error)
            reads += 1

    poller = threading.Thread(target=poll)
    poller.start()
    while reads < 150 and not invalid:
        run.set_state(reads, f"step {reads}")
    stop.set()
    poller.join()
    assert invalid == []


def two_recorders_of_one_run_agree(make: Make, base: Path) -> None:
    first, second = make("run", base_path=base), make("run", base_path=base)
    names = [run.save_entity("input", "x") for run in (first, second, first, second)]
    assert names == ["01_input.txt", "02_input.txt", "03_input.txt", "04_input.txt"]
    assert [entity["filename"] for entity in index_of(first)] == names
    assert len(first.get_status()["entities"]) == 4


def threads_get_numbers_of_their_own(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for _ in range(10):
            run.save_entity(f"thread{number}", "x")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(int(name.split("_")[0]) for name in files_of(run))
    assert numbers == list(range(1, 81))


def bytes_written_grow_with_the_saves_only(make: Make, base: Path) -> None:
    """Rewriting the whole index at every save is quadratic; counted in bytes and not by the clock."""
    run = make("run", base_path=base)
    written: list[int] = []
    ticks = count()
    real_replace, folder = os.replace, run.run_folder
    with pytest.MonkeyPatch.context() as patch:

        def replace(source: Any, target: Any) -> None:
            written.append(os.path.getsize(source))
            real_replace(source, target)

        def write_text(path: Path, text: str) -> int:
            written.append(len(text))
            return path.write_bytes(text.encode())

        patch.setattr(os, "replace", replace)
        patch.setattr(time, "perf_counter", lambda: next(ticks) * 20e-6)
        patch.setattr(Path, "write_text", write_text)
        for _ in range(300):
            run.save_entity("input", "x")
    whole = (folder / "metadata.json").stat().st_size
    assert sum(written) < 100 * whole


def media_get_their_own_extension(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    assert run.save_entity("output_music", MP3) == "01_output_music.mp3"
    assert run.save_entity("output_image", PNG, {"format": "jpg"}) == "02_output_image.png"


def a_run_id_cannot_leave_the_folder(make: Make, base: Path, value: Any) -> None:
    inner = base / "a" / "b"
    if value is ABSOLUTE:
        value = str(base / "absolute")
    with pytest.raises(ValueError, match="run_id"):
        make(value, base_path=inner)
    assert os.listdir(base) == []


def an_entity_type_cannot_leave_the_folder(make: Make, base: Path, value: Any) -> None:
    run = make("run", base_path=base)
    with pytest.raises(ValueError, match="entity_type"):
        run.save_entity(value, "x")
    assert files_of(run) == {} and index_of(run) == [] and sorted(os.listdir(base)) == ["run"]


def an_active_or_malformed_extension_is_refused(make: Make, base: Path, value: Any) -> None:
    run = make("run", base_path=base)
    with pytest.raises(ValueError, match="format"):
        run.save_entity("input", "<script>", {"format": value})
    assert files_of(run) == {} and index_of(run) == []


def a_failure_leaves_a_trace(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    assert run.save_from_filesystem(str(base / "missing.mp3"), "output_audio") is None
    assert [entity["type"] for entity in index_of(run)] == ["error"]


def numbers_sort_beyond_a_hundred(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    for _ in range(101):
        run.save_entity("x", "y")
    run.mark_complete()
    loaded = make.load("run", base)
    assert [entity["sequence"] for entity in loaded.get_status()["entities"]] == list(range(1, 102))
    assert (loaded.get_entity_path("x", "latest")).name == "101_x.txt"


def timestamps_are_utc_with_zone(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x")
    stamp = datetime.fromisoformat(index_of(run)[0]["timestamp"])
    assert stamp.utcoffset() == timedelta(0)


def what_is_handed_out_is_a_copy(make: Make, base: Path) -> None:
    run = make("run", base_path=base)
    run.save_entity("input", "x", {"key": ["value"]})
    status = run.get_status()
    status["entities"][0]["metadata"]["key"].append("changed")
    status["entities"].clear()
    status["current_state"]["step"] = "changed"
    again = run.get_status()
    assert again["entities"][0]["metadata"] == {"key": ["value"]}
    assert again["current_state"]["step"] == "initialized"


def a_finished_recorder_is_let_go(make: Make, base: Path) -> None:
    if make is Shipped:
        run = get_recorder("run", base_path=base)
        assert get_recorder("run", base_path=base) is run
        run.mark_complete()
        assert live.find((str(base), "run")) is None
    else:
        make("run", base_path=base).mark_complete()
        assert "run" not in make._all


SCENARIOS: list[Callable[[Make, Path], None]] = [
    a_restart_keeps_the_index,
    loading_writes_nothing,
    loading_an_unknown_run_makes_nothing,
    no_file_is_ever_overwritten,
    a_file_dropped_in_later_is_not_overwritten,
    content_that_json_refuses_is_refused_first,
    paths_and_times_are_converted,
    a_poller_never_reads_an_invalid_index,
    two_recorders_of_one_run_agree,
    threads_get_numbers_of_their_own,
    bytes_written_grow_with_the_saves_only,
    media_get_their_own_extension,
    a_failure_leaves_a_trace,
    numbers_sort_beyond_a_hundred,
    timestamps_are_utc_with_zone,
    what_is_handed_out_is_a_copy,
    a_finished_recorder_is_let_go,
]
REFUSED: list[tuple[Callable[[Make, Path, Any], None], list[Any]]] = [
    (
        a_value_that_json_refuses_is_refused_first,
        [b"bytes", {1, 2}, math.nan, object(), {"deep": [math.inf]}, {1: "a key that is no str"}, CYCLE],
    ),
    (
        a_run_id_cannot_leave_the_folder,
        [
            "../../x",
            ABSOLUTE,
            "a/b",
            "a\\b",
            "..",
            ".",
            "",
            ".hidden",
            "a\0b",
            "a\nb",
            " a",
            "x" * 300,
            "\ud800",
            7,
        ],
    ),
    (
        an_entity_type_cannot_leave_the_folder,
        ["../x", "a/b", "a\\b", "..", "", "a\0", "/etc/x", "\ud800", "x" * 300, None],
    ),
    (
        an_active_or_malformed_extension_is_refused,
        [
            "html",
            "htm",
            "xhtml",
            "svg",
            "js",
            "exe",
            "a/b",
            "../../x",
            "a" * 21,
            "tar.gz.html",
            "HTML",
            "p g",
            3,
            ["png"],
        ],
    ),
]
CASES = [pytest.param(scenario, id=scenario.__name__) for scenario in SCENARIOS] + [
    pytest.param(partial(scenario, value=value), id=f"{scenario.__name__}-{number}")
    for scenario, values in REFUSED
    for number, value in enumerate(values)
]


@pytest.mark.parametrize("scenario", CASES)
def test_the_shipped_recorder_passes(scenario: Callable[[Make, Path], None], tmp_path: Path) -> None:
    scenario(Shipped, tmp_path)


@pytest.mark.parametrize("scenario", CASES)
def test_a_plain_recorder_does_not(scenario: Callable[[Make, Path], None], tmp_path: Path) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        scenario(PlainRecorder, tmp_path)
