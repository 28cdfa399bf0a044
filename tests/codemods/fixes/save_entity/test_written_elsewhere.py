"""A write that a function of another module makes is left, with the line that makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = """\
from recorder import LivePipelineRecorder
from files import put, fill


def run(recorder: LivePipelineRecorder, data: bytes) -> None:
    {call}
"""
FILES = """\
def put(at, data):
    at.write_bytes(data)


def fill(folder, data):
    (folder / "07_x.bin").write_bytes(data)
"""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('put(recorder.run_folder / "07_x.bin", data)', "`put()` writes it, at files.py:2"),
        ("fill(recorder.run_folder, data)", "`fill()` writes below it, at files.py:6"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_reason_names_the_line_that_writes(tmp_path: Path, call: str, said: str, jobs: str) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    (tmp_path / "main.py").write_text(MAIN.format(call=call))
    (tmp_path / "other.py").write_text(MAIN.format(call="print(recorder.run_folder)"))
    (tmp_path / "files.py").write_text(FILES)
    command = [str(Path(sys.executable).with_name("recorder-fix")), "--unsafe", "--jobs", jobs, "--output-format", "json", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    (write,) = [finding for finding in json.loads(done.stdout)["findings"] if finding["code"] == "LPR202"]
    assert (write["level"], write["line"]) == ("left", 6)
    assert write["reason"] == f"{said}: let a function give the content back, and save that"
    assert (tmp_path / "main.py").read_text() == MAIN.format(call=call)
