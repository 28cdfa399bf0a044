"""A `save_entity()` with another signature is never called blindly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.project.gathering import gather

CALLER = """\
import shutil
from pipeline_recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    name = "07_output_audio.mp3"
    shutil.copy2(source, recorder.run_folder / name)
    print(name)
"""
CLASS = """\
class LivePipelineRecorder:
    def __init__(self):
        self.run_folder = None

    def {signature}:
        ...
"""


@pytest.mark.parametrize(
    ("signature", "level", "reason"),
    [
        ("save_entity(self, entity_type, content, metadata=None)", "safe", ""),
        ("save_entity(self, entity_type, content, metadata=None, *, group=None)", "safe", ""),
        ("save_entity(self, entity_type, content, metadata=None) -> str", "safe", ""),
        ("save_entity(self, entity_type, content, metadata=None) -> 'str | None'", "safe", ""),
        ("save_entity(self, entity_type, content, metadata=None) -> None", "left", "returns nothing, and `name` is read later"),
        ("save_entity(self, entity_type, content, metadata=None) -> dict", "left", "returns `dict`, and `name` is read later"),
        ("save_entity(self, kind, content, metadata=None)", "left", "takes other parameters (kind, content, metadata)"),
        ("save_entity(self, entity_type, content)", "left", "takes other parameters (entity_type, content)"),
        ("save_entity(self, entity_type, content, metadata, owner)", "left", "cannot be called without `owner`"),
        ("save(self, entity_type, content, metadata=None)", "left", "has no method `save_entity`"),
    ],
)
def test_the_class_next_to_its_importer_decides(tmp_path: Path, signature: str, level: str, reason: str) -> None:
    found = decided(tmp_path, CLASS.format(signature=signature))
    assert len(found) == 1
    assert found[0][0] == level and reason in found[0][1]


@pytest.mark.parametrize(
    ("body", "level", "reason"),
    [
        ("        return 'x'", "safe", ""),
        ("        return name_of(entity_type)", "safe", ""),
        ("        raise NotImplementedError", "safe", ""),
        ("        self.n = 1", "left", "returns nothing"),
        ("        return {'filename': 'x'}", "left", "returns `dict`"),
        ("        return self.run_folder / entity_type", "left", "returns `Path`"),
        ("        yield entity_type", "left", "is `async`, a generator or a context manager"),
    ],
)
def test_what_the_save_method_gives(tmp_path: Path, body: str, level: str, reason: str) -> None:
    signature = "save_entity(self, entity_type, content, metadata=None)"
    found = decided(tmp_path, CLASS.format(signature=signature).replace("        ...", body))
    assert len(found) == 1
    assert found[0][0] == level and reason in found[0][1]


def test_an_async_save_method_is_not_called_plainly(tmp_path: Path) -> None:
    signature = "save_entity(self, entity_type, content, metadata=None)"
    (found,) = decided(tmp_path, CLASS.format(signature=signature).replace("def save", "async def save"))
    assert found[0] == "left" and "a plain call of it would save nothing" in found[1]


def decided(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    """Level and reason of the copy, with a recorder class of this text beside it."""
    (tmp_path / "pipeline_recorder.py").write_text(text)
    caller = tmp_path / "caller.py"
    caller.write_text(CALLER)
    config = Config()
    facts = replace(gather(config, [str(caller)], [str(tmp_path)]), mentions=(), imports={}, stand_ins=())
    result = process_file(CALLER.encode(), str(caller), config, facts, Options("check"))
    return [(f.level, f.reason) for f in result.findings if f.code == "LPR201"]


@pytest.mark.parametrize("own", ["", "recorder.py", "recorder/__init__.py"])
def test_a_recorder_module_beside_the_importer_is_not_the_shipped_one(tmp_path: Path, own: str) -> None:
    app = tmp_path / "app"
    app.mkdir()
    if own:
        (app / own).parent.mkdir(exist_ok=True)
        (app / own).write_text("def __getattr__(name): ...\n")
    source = CALLER.replace("from pipeline_recorder", "from recorder")
    (app / "caller.py").write_text(source)
    facts = replace(gather(Config(), [str(app / "caller.py")], [str(tmp_path)]), mentions=(), imports={}, stand_ins=())
    assert facts.own_recorder is bool(own)
    new = process_file(source.encode(), str(app / "caller.py"), Config(), facts, Options("fix")).new
    assert new is not None and (b'"format": "mp3"' in new) is bool(own)
