"""Lines of a journal: what counts, what is kept as it is, what is refused."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from recorder import LivePipelineRecorder
from recorder.storage.run_storage import RunStorage

ENTITY = '{"sequence": 1, "type": "input", "filename": "01_input.txt", "timestamp": "t", "metadata": %s}'
FIRST = b'{"format": 1, "run": {"run_id": "run"}}\n'

# What no reader of metadata.json could read, or what has no meaning: kept in the journal, skipped and reported.
DAMAGED = {
    "NaN in metadata": '{"size": 5, "entity": ' + ENTITY % '{"loss": NaN}' + "}",
    "infinity in metadata": '{"size": 5, "entity": ' + ENTITY % '{"loss": 1e999}' + "}",
    "NaN beside": '{"size": 5, "later": NaN, "entity": ' + ENTITY % "{}" + "}",
    "infinity beside": '{"size": 5, "later": 1e999, "entity": ' + ENTITY % "{}" + "}",
    "size holds the key": '{"size": {"entity": 5}, "entity": ' + ENTITY % "{}" + "}",
    "size is true": '{"size": true, "entity": ' + ENTITY % "{}" + "}",
    "sequence is true": '{"entity": ' + (ENTITY % "{}").replace("1,", "true,") + "}",
    "sequence is a float": '{"entity": ' + (ENTITY % "{}").replace("1,", "1.0,") + "}",
    "metadata is a list": '{"entity": ' + ENTITY % "[]" + "}",
    "timestamp is a number": '{"entity": ' + (ENTITY % "{}").replace('"t"', "7") + "}",
    "surrogate bytes": '{"size": 5, "entity": ' + ENTITY % '{"x": "\ud800"}' + "}",
    "a number of 5,000 digits": '{"entity": ' + ENTITY % f'{{"n": {"9" * 5000}}}' + "}",
    "100,000 lists": '{"entity": ' + ENTITY % f'{{"n": {"[" * 100_000}{"]" * 100_000}}}' + "}",
    "104 levels": '{"entity": ' + ENTITY % f'{{"n": {"[" * 101}{"]" * 101}}}' + "}",
    "NaN in the run": '{"run": {"run_id": "run", "lr": NaN}}',
    "NaN in the state": '{"state": {"stage": NaN, "step": "x"}}',
    "infinity in the state": '{"state": {"stage": 1e999, "step": "x"}}',
    "tags are a text": '{"tags": "best"}',
    "NaN in a newer line": '{"what": NaN}',
}
# What is odd and has one meaning all the same.
COUNTED = {
    "key twice": '{"entity": 1, "entity": ' + ENTITY % "{}" + "}",
    "key twice in metadata": '{"entity": ' + ENTITY % '{"a": 1, "a": 2}' + "}",
    "escaped surrogate": '{"entity": ' + ENTITY % '{"x": "\\ud800"}' + "}",
    "103 levels, as deep as can be saved": '{"entity": ' + ENTITY % f'{{"n": {"[" * 100}{"]" * 100}}}' + "}",
    "200 lists beside each other": '{"entity": ' + ENTITY % f'{{"n": [{", ".join(["[]"] * 200)}]}}' + "}",
    "no timestamp and no metadata": '{"entity": {"sequence": 1, "type": "input", "filename": "01_input.txt"}}',
}


def strict(content: bytes) -> Any:
    """JSON as every reader takes it: no NaN, no infinity, no key twice."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    return json.loads(content.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)


def run_with(base: Path, line: str) -> Path:
    folder = base / "run"
    folder.mkdir()
    (folder / "01_input.txt").write_text("hello")
    (folder / "entities.jsonl").write_bytes(FIRST + line.encode("utf-8", "surrogatepass") + b"\n")
    return folder


@pytest.mark.parametrize("line", [*DAMAGED.values(), *COUNTED.values()], ids=[*DAMAGED, *COUNTED])
def test_an_odd_line(line: str, tmp_path: Path) -> None:
    folder = run_with(tmp_path, line)
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        assert recorder.save_entity("more", "y") == "02_more.txt"
    shown = strict((folder / "metadata.json").read_bytes())
    expected = ["02_more.txt"] if line in DAMAGED.values() else ["01_input.txt", "02_more.txt"]
    assert [entity["filename"] for entity in shown["entities"]] == expected
    assert all({"timestamp", "metadata"} <= entity.keys() for entity in shown["entities"])
    assert line.encode("utf-8", "surrogatepass") in (folder / "entities.jsonl").read_bytes(), "it is kept"
    reader = RunStorage(folder, {})
    assert reader.read(lambda index: index.damaged_lines) == (line in DAMAGED.values())


def test_info_cannot_take_the_place_of_the_entities(tmp_path: Path) -> None:
    folder = run_with(tmp_path, '{"run": {"entities": 5, "current_state": 6, "duration": "x"}}')
    LivePipelineRecorder("run", base_path=tmp_path).close()
    shown = strict((folder / "metadata.json").read_bytes())
    assert shown["entities"] == [] and shown["current_state"]["stage"] == 0 and "duration" not in shown


def test_what_a_newer_version_says_is_kept(tmp_path: Path) -> None:
    newer = {
        "a kind": '{"vote": {"filename": "01_input.txt", "by": "x"}}',
        "a key of an entity": '{"size": 5, "sha256": "abc", "later": [1], "entity": ' + ENTITY % "{}" + "}",
        "a key in an entity": '{"entity": ' + (ENTITY % "{}")[:-1].replace("01_input", "03_input") + ', "later": 1}}',
        "a key of the run": '{"run": {}, "later": 1}',
        "a key of the state": '{"state": {"stage": 2, "step": "x", "later": 1}}',
    }
    folder = run_with(tmp_path, "\n".join(newer.values()))
    storage = RunStorage(folder, {"run_id": "run"})
    storage.rewrite(lambda index: index.records)
    storage.close()
    kept = [json.loads(line) for line in (folder / "entities.jsonl").read_text().splitlines()]
    assert kept[0] == json.loads(FIRST)
    assert all(json.loads(line) in kept for line in newer.values())
    index = RunStorage(folder, {}).read(lambda index: index)
    assert index.damaged_lines == 0 and index.records[0].sha256 == "abc"


@pytest.mark.parametrize("call", ["save", "set_state", "open", "rewrite", "change_tags"])
def test_a_newer_format_is_read_and_not_written(call: str, tmp_path: Path) -> None:
    folder = run_with(tmp_path, '{"entity": ' + ENTITY % "{}" + "}")
    journal = folder / "entities.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"format": 1', b'"format": 2'))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    assert len(recorder.get_status()["entities"]) == 1
    calls = {
        "save": lambda: recorder.save_entity("a", "b"),
        "set_state": lambda: recorder.set_state(1, "x"),
        "open": lambda: LivePipelineRecorder("run", base_path=tmp_path),
        "rewrite": lambda: recorder._storage.rewrite(lambda index: index.records),
        "change_tags": lambda: recorder._storage.change_tags(lambda tags: ["x"]),
    }
    with pytest.raises(OSError, match="format 2") as caught:
        calls[call]()
    assert caught.value.filename == str(journal)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".recorder.lock"} == before


CONTENTS = {
    "text": "grüße",
    "bytes": b"\x00\x01" * 3000,
    "memoryview": memoryview(b"abc"),
    "json": {"a": 1},
    "stream": io.BytesIO(b"s" * 3_000_000),
}


@pytest.mark.parametrize("checksums", [True, False])
def test_each_entity_has_its_checksum(checksums: bool, tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path, checksums=checksums)
    (tmp_path / "file").write_bytes(b"f" * 2_000_000)
    for name, content in [*CONTENTS.items(), ("path", tmp_path / "file")]:
        if isinstance(content, io.BytesIO):
            content.seek(0)
        recorder.save_entity(name, content)
    saved = recorder._storage.read(lambda index: {record.filename: record.sha256 for record in index.records})
    assert len(saved) == 6
    for name, sha256 in saved.items():
        content = (recorder.run_folder / name).read_bytes()
        assert sha256 == (hashlib.sha256(content).hexdigest() if checksums else None)


def test_tags(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    recorder._storage.change_tags(lambda tags: ["best", "v2"])
    assert strict((recorder.run_folder / "metadata.json").read_bytes())["tags"] == ["best", "v2"]
    assert RunStorage(recorder.run_folder, {}).read(lambda index: index.tags) == ["best", "v2"]
    recorder._storage.change_tags(lambda tags: [])
    assert "tags" not in strict((recorder.run_folder / "metadata.json").read_bytes())


def test_old_entries_in_the_order_of_names_are_read_by_number(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    names = sorted(f"{number:02d}_a.txt" for number in range(1, 121)) + ["g/002_b.txt", "g/001_b.txt"]
    assert names.index("100_a.txt") < names.index("11_a.txt")
    document = {"run_id": "run", "entities": [{"filename": name} for name in names]}
    (tmp_path / "run" / "metadata.json").write_text(json.dumps(document))
    recorder = LivePipelineRecorder("run", base_path=tmp_path, lazy=True)
    read = [entity["filename"] for entity in recorder.get_status()["entities"]]
    assert read == [f"{number:02d}_a.txt" for number in range(1, 121)] + ["g/001_b.txt", "g/002_b.txt"]
