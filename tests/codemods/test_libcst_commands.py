"""The two LibCST commands, run by LibCST's own tool, make the edits that recorder-fix makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


BLOCK = (Path(__file__).parent.parent / "data" / "seed_block.py").read_text()
ROUTES = """\
from recorder import get_recorder


def stream(run_id):
    recorder = get_recorder(run_id)
    if not recorder.run_dir.exists():  # gone
        return None
    return (recorder  # the run's
            .run_dir / 'metadata.json')
"""
RENAME = "codemods.rename_attribute.RenameRecorderAttribute"
SAVE = "codemods.save_entity.CopyToSaveEntity"


def codemod(folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", command, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def recorder_fix(folder: Path, *arguments: str) -> None:
    command = Path(sys.executable).with_name("recorder-fix")
    subprocess.run([command, *arguments], cwd=folder, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("source", "command", "codes", "newline"),
    [(ROUTES, RENAME, "LPR001", "\n"), (BLOCK, SAVE, "LPR2", "\r\n"), (ROUTES, SAVE, "LPR2", "\n")],
    ids=["rename", "block", "nothing to save"],
)
def test_same_bytes_as_recorder_fix(tmp_path: Path, source: str, command: str, codes: str, newline: str) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "file.py").write_bytes(source.replace("\n", newline).encode())
    recorder_fix(ours, "--select", codes, "file.py")
    done = codemod(theirs, command, "file.py")
    assert done.returncode == 0, done.stderr
    after = (theirs / "file.py").read_bytes()
    assert after == (ours / "file.py").read_bytes()
    assert (after != source.replace("\n", newline).encode()) == (source is not ROUTES or command == RENAME)


def test_unsafe_fixes_on_request_and_what_is_left_as_warning(tmp_path: Path) -> None:
    source = "def folder(recorder):\n    return recorder.run_dir\n"
    (tmp_path / "file.py").write_text(source)
    done = codemod(tmp_path, RENAME, "file.py")
    assert (tmp_path / "file.py").read_text() == source
    assert "LPR001" in done.stderr and "only its name says" in done.stderr
    codemod(tmp_path, RENAME, "--unsafe", "file.py")
    assert (tmp_path / "file.py").read_text() == source.replace("run_dir", "run_folder")


def test_what_the_project_ignores_is_left(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder.per-file-ignores]\n'file.py' = ['LPR2']\n")
    (tmp_path / "file.py").write_text(BLOCK)
    done = codemod(tmp_path, SAVE, "file.py")
    assert (done.returncode, (tmp_path / "file.py").read_text()) == (0, BLOCK)


def test_a_wrong_configuration_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\nsave-methd = 'x'\n")
    (tmp_path / "file.py").write_text(ROUTES)
    done = codemod(tmp_path, RENAME, "file.py")
    assert "pyproject.toml:2: unknown key 'save-methd' in [tool.recorder]" in done.stderr
    assert done.returncode == 1
    assert (tmp_path / "file.py").read_text() == ROUTES


COPY = """\
import os
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy2(source, recorder.run_dir / "07_output_audio.mp3")
    print(recorder.run_dir.name, os.sep)
"""


def test_both_commands_in_turn_come_to_what_recorder_fix_makes(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "file.py").write_text(COPY)
    recorder_fix(ours, "file.py")
    for command in (SAVE, RENAME):
        assert codemod(theirs, command, "file.py").returncode == 0
    assert (theirs / "file.py").read_text() == (ours / "file.py").read_text() != COPY


@pytest.mark.parametrize(
    ("other", "text", "word"),
    [
        ("player.js", 'play(folder + "/07_output_audio.mp3");\n', "save_entity"),
        ("other.py", "from file import shutil\n\nshutil.which('x')\n", "import shutil"),
    ],
)
def test_other_files_of_the_project_count(tmp_path: Path, other: str, text: str, word: str) -> None:
    results = []
    for name in ("ours", "theirs"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text("[tool.recorder]\n")
        (folder / "file.py").write_text(COPY)
        (folder / other).write_text(text)
        if name == "ours":
            recorder_fix(folder, "--select", "LPR2", "file.py")
        else:
            assert codemod(folder, SAVE, "file.py").returncode == 0
        results.append((folder / "file.py").read_text())
    assert results[0] == results[1]
    assert (word in results[0]) == (word == "import shutil")
