"""What a rewrite would change for the project's other files: variables, doubles, patches, subclasses, callbacks."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver

MODULE = """\
import os
import shutil

from recorder import LivePipelineRecorder

NAME = "07_output_audio.mp3"


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy2(source, recorder.run_folder / NAME)


def where(recorder: LivePipelineRecorder) -> str:
    return os.fspath(recorder.run_dir)
"""
COPY, RENAME = "LPR201", "LPR001"
TAKEN = "another file takes `NAME` from this one, and may look for the file by it"
CALLS = "which the code would call in that test"
ROWS = [
    ("nothing else", COPY, "a.py", "import m\n", "safe", ""),
    ("name imported", COPY, "a.py", "from m import NAME\n", "left", TAKEN),
    ("everything imported", COPY, "a.py", "from m import *\n", "left", TAKEN),
    ("name reached through the module", COPY, "a.py", "import m\nprint(m.NAME)\n", "left", TAKEN),
    ("module by another name", COPY, "a.py", "import m as mod\nprint(mod.NAME)\n", "left", TAKEN),
    ("another variable imported", COPY, "a.py", "from m import keep\n", "safe", ""),
    (
        "callback set elsewhere",
        COPY,
        "a.py",
        "from recorder import get_recorder\n\nfrom m import keep\n\nR = get_recorder('r', on_saved=keep)\n",
        "left",
        "`keep()` runs while `save_entity()` saves (a.py:5), and would call it again, without end",
    ),
    (
        "double without the save method",
        COPY,
        "test_m.py",
        "from types import SimpleNamespace\nD = SimpleNamespace(run_folder=1)\n",
        "unsafe",
        f"the double at test_m.py:2 has no `save_entity`, {CALLS}",
    ),
    (
        "double class without the save method",
        COPY,
        "tests/a.py",
        "class FakeRecorder:\n    run_folder = 1\n",
        "unsafe",
        f"the double at tests/a.py:1 has no `save_entity`, {CALLS}",
    ),
    (
        "double with the save method",
        COPY,
        "test_m.py",
        "class FakeRecorder:\n    run_folder = 1\n\n    def save_entity(self, entity_type, content, metadata=None):\n        return ''\n",
        "safe",
        "",
    ),
    ("no test", COPY, "args.py", "from types import SimpleNamespace\nD = SimpleNamespace(run_folder=1)\n", "safe", ""),
    (
        "variables of a test",
        COPY,
        "test_m.py",
        "class TestKeep:\n    def test(self, tmp_path):\n        run_folder = tmp_path\n",
        "safe",
        "",
    ),
    (
        "copy patched",
        COPY,
        "test_m.py",
        "from unittest import mock\n\nwith mock.patch('m.shutil.copy2'):\n    pass\n",
        "unsafe",
        "the test at test_m.py:3 patches `copy2`, which the code would no longer call",
    ),
    (
        "copy patched by pytest",
        COPY,
        "test_m.py",
        "import shutil\nimport m\n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(shutil, 'copy2', print)\n",
        "unsafe",
        "the test at test_m.py:6 patches `copy2`, which the code would no longer call",
    ),
    (
        "copy patched for another module",
        COPY,
        "test_n.py",
        "import shutil\nimport n\n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(shutil, 'copy2', print)\n",
        "safe",
        "",
    ),
    (
        "double with the old attribute",
        RENAME,
        "test_m.py",
        "from unittest.mock import MagicMock\nD = MagicMock()\nD.run_dir = 1\n",
        "unsafe",
        "the double at test_m.py:2 has `run_dir` and not `run_folder`: change both",
    ),
    (
        "old attribute patched",
        RENAME,
        "test_m.py",
        "from unittest import mock\nP = mock.patch.object(object, 'run_dir', create=True)\n",
        "unsafe",
        "the double at test_m.py:2 has `run_dir` and not `run_folder`: change both",
    ),
    (
        "subclass with the old attribute",
        RENAME,
        "a.py",
        "from recorder import LivePipelineRecorder\n\n\nclass Mine(LivePipelineRecorder):\n    run_dir = '/x'\n",
        "left",
        "`run_dir` is given to a recorder at a.py:5, so the attribute may exist: rename it there as well",
    ),
]


BESIDE = [
    ("reader", "tools/load.py", 'NAME = "07_output_audio.mp3"\n', "the name is spelled again at tools/load.py:1, and"),
    (
        "page",
        "static/page.html",
        '<audio src="07_output_audio.mp3">\n',
        "the name is spelled again at static/page.html:1, and",
    ),
    ("test", "tests/test_m.py", "from unittest.mock import Mock\nD = Mock(run_folder=1)\n", "the double at tests/test_m.py:2"),
]


@pytest.mark.parametrize("folder", ["src", "scripts"])
@pytest.mark.parametrize(("path", "text", "reason"), [row[1:] for row in BESIDE], ids=[row[0] for row in BESIDE])
def test_files_beside_the_source_roots(folder: str, path: str, text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.recorder]\nsource-roots = ["src"]\n')
    (tmp_path / "src").mkdir()
    for name, content in ((f"{folder}/m.py", MODULE), (path, text)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    with chdir(tmp_path):
        run = Run([folder], Options(mode="check"), resolver=Resolver(), jobs=1)
        (found,) = [f for result in run for f in result.findings if f.code == COPY]
    assert found.level == "unsafe" and found.reason.startswith(reason)


@pytest.mark.parametrize(("code", "path", "text", "level", "reason"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_other_files(code: str, path: str, text: str, level: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    (tmp_path / "m.py").write_text(MODULE)
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    run = Run([str(tmp_path)], Options(mode="check"), resolver=Resolver(), jobs=1)
    found = [f for result in run for f in result.findings if f.code == code and f.path.endswith("m.py")]
    said = [(f.level, f.reason.replace(f"{tmp_path}/", "")) for f in found if f.path == str(tmp_path / "m.py")]
    assert said == [(level, reason)]
