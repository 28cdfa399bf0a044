"""What is emitted as the configuration asks for it: the content as a path, no source in the metadata, a comment above the call."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_plugin.finding import FileResult
from recorder import LivePipelineRecorder

COPY = """\
{imports}
from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> str:
    # the sound
    name = "07_output_audio.mp3"
    shutil.copy2({source}, recorder.run_folder / name)
    return name
"""
CASES = [
    # imports, source, configuration, what stands in the result, what does not
    (
        "import shutil\nfrom pathlib import Path\n",
        "source",
        {"content": "path"},
        'name = recorder.save_entity(\n        entity_type="output_audio",\n        content=Path(source),',
        "open(",
    ),
    ("import shutil\n", "source", {"content": "path"}, "import pathlib\n", "open("),
    ("import shutil\n", "source", {"content": "path"}, "content=pathlib.Path(source)", "open("),
    ("import shutil\n\nPath = str\n", "source", {"content": "path"}, "content=pathlib.Path(source)", "open("),
    ("import shutil\n", "source.strip()", {"content": "path"}, "content=pathlib.Path(source_path)", "open("),
    ("import shutil\n", "source", {"source-key": ""}, "content=file_data", "metadata"),
    ("import shutil\n", "source", {"source-key": "copied_from"}, '{"copied_from": source}', "filesystem_path"),
    ("import shutil\n", "source", {"comment": "counted by the recorder"}, "    # counted by the recorder\n", "copy2"),
    ("import shutil\n", "source", {"content": "path", "source-key": ""}, "content=pathlib.Path(source)", "metadata"),
]


@pytest.mark.parametrize(("imports", "source", "config", "there", "gone"), CASES)
def test_what_is_emitted(
    imports: str,
    source: str,
    config: dict[str, str],
    there: str,
    gone: str,
    tmp_path: Path,
    engine: Callable[..., FileResult],
    sound: Callable[..., None],
) -> None:
    before = COPY.format(imports=imports, source=source)
    new = engine(before.encode(), **config).new
    assert new is not None
    after = new.decode()
    assert there in after and gone not in after
    sound(before.encode(), new, False, config)
    audio = tmp_path / "source.mp3"
    audio.write_bytes(b"ID3\x04" + b"\0" * 6 + b"x" * 50)
    module = types.ModuleType("program")
    exec(compile(after, "<program>", "exec"), module.__dict__)
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        name = module.keep(recorder, str(audio))
        assert name == "01_output_audio.mp3"
        assert (recorder.run_folder / name).read_bytes() == audio.read_bytes()


LOGGED = """\
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str, data: bytes) -> None:
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    (recorder.run_folder / "08_blob.dat").write_bytes(data)
"""
LOGS = {"save-method": "log_artifact", "save-parameters": ("name", "path", "meta"), "detects-format": "false"}


@pytest.mark.parametrize(
    ("config", "levels"),
    [(LOGS, ["left", "left"]), (LOGS | {"content": "path"}, ["safe", "left"]), (LOGS | {"content": "bytes"}, ["safe", "safe"])],
    ids=["unknown", "a path", "bytes"],
)
def test_a_method_is_given_what_it_takes(config: dict[str, object], levels: list[str], engine: Callable[..., FileResult]) -> None:
    code = LOGGED.replace("recorder import LivePipelineRecorder", "my_pipeline_recorder import LivePipelineRecorder")
    found = [f for f in engine(code.encode(), mode="check", **config).findings if f.code in ("LPR201", "LPR202")]
    assert [finding.level for finding in found] == levels
    for finding in found:
        assert (finding.level == "left") == ("set `content` in the configuration" in finding.reason)
