"""LPR103 looks at every save of the project, in files with and without a token of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse, find
from lint_plugin.project.gathering import gather
from lint_plugin.source.text import SourceText

READER = """\
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder):
    return recorder.get_entity_path("output_imgae")
"""
SAVERS = {
    "a save in a file without a token": ('def keep(r, data): r.save_entity("output_image", data)', ["LPR103"]),
    "by name": ('def keep(r, data): r.save_entity(content=data, entity_type="output_image")', ["LPR103"]),
    "the very type": ('def keep(r, data): r.save_entity("output_imgae", data)', []),
    "a computed type": ("def keep(r, kind, data): r.save_entity(kind, data)", []),
    "a save that is handed on": ("def keep(r): return r.save_entity", []),
    "no save": ("def keep(r): pass", []),
    "a file that cannot be read": ("def keep(r: r.save_entity(", []),
    "a download of any medium": ("def keep(r, m): return r.download_and_save_from_url('u', m, {})", []),
}


@pytest.mark.parametrize(("saver", "codes"), SAVERS.values(), ids=SAVERS)
def test_the_saves_of_the_project(tmp_path: Path, saver: str, codes: list[str]) -> None:
    (tmp_path / "reader.py").write_text(READER)
    (tmp_path / "saver.py").write_text(saver + "\n")
    path = str(tmp_path / "reader.py")
    for roots, wanted in (([str(tmp_path)], codes), ([], [])):  # without roots the project is not known
        facts = gather(Config(), [path], roots)
        sites = find(analyse(SourceText(READER.encode()), Config(), path, facts))
        assert [site.code for site in sites] == wanted
