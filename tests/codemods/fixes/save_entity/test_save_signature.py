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
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
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
        ("save_entity(self, kind, content, metadata=None)", "left", "takes other parameters (kind, content, metadata)"),
        ("save_entity(self, entity_type, content)", "left", "takes other parameters (entity_type, content)"),
        ("save_entity(self, entity_type, content, metadata, owner)", "left", "cannot be called without `owner`"),
        ("save(self, entity_type, content, metadata=None)", "left", "has no method `save_entity`"),
    ],
)
def test_the_class_next_to_its_importer_decides(tmp_path: Path, signature: str, level: str, reason: str) -> None:
    (tmp_path / "pipeline_recorder.py").write_text(CLASS.format(signature=signature))
    caller = tmp_path / "caller.py"
    caller.write_text(CALLER)
    config = Config()
    facts = replace(gather(config, [str(caller)], [str(tmp_path)]), mentions=(), imports={})
    result = process_file(CALLER.encode(), str(caller), config, facts, Options("check"))
    found = [(f.level, f.reason) for f in result.findings if f.code == "LPR201"]
    assert len(found) == 1
    assert found[0][0] == level and reason in found[0][1]


@pytest.mark.parametrize("own", ["", "recorder.py", "recorder/__init__.py"])
def test_a_recorder_module_beside_the_importer_is_not_the_shipped_one(tmp_path: Path, own: str) -> None:
    app = tmp_path / "app"
    app.mkdir()
    if own:
        (app / own).parent.mkdir(exist_ok=True)
        (app / own).write_text("def __getattr__(name): ...\n")
    source = CALLER.replace("from pipeline_recorder", "from recorder")
    (app / "caller.py").write_text(source)
    facts = replace(gather(Config(), [str(app / "caller.py")], [str(tmp_path)]), mentions=(), imports={})
    assert facts.own_recorder is bool(own)
    new = process_file(source.encode(), str(app / "caller.py"), Config(), facts, Options("fix")).new
    assert new is not None and (b'"format": "mp3"' in new) is bool(own)
