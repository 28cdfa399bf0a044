"""Run folders and paths handed to functions of other modules, and the paths that those return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lint_plugin.project.handed_paths as handed_paths
from lint_plugin.source.text import SourceText

HEAD = """\
# file: main.py
from recorder import LivePipelineRecorder
import tools
from tools import *IMPORTED*
def run(recorder: LivePipelineRecorder, other, data):
    folder = recorder.run_folder
    *CALL*
# file: tools.py
import json, os, shutil
from pathlib import Path
"""
# name: (imported, the call, tools.py)
CASES = {
    "a folder, written below": ("put", "put(folder, data)  # LPR202", "def put(to, data): (to / 'a').write_text(data)\n"),
    "a folder, by name": ("put", "put(data, to=folder)  # LPR202", "def put(data, to): (to / 'a').write_text(data)\n"),
    "a folder, by name alone": ("put", "put(data, to=folder)  # LPR202", "def put(data, *, to): (to / 'a').write_text(data)\n"),
    "a folder, copied into": ("put", "put(folder, data)  # LPR201", "def put(to, data): shutil.copy2(data, to)\n"),
    "a folder, opened below": ("put", "put(folder)  # LPR202", "def put(to):\n    with open(os.path.join(to, 'a'), 'w'): pass\n"),
    "a folder, handed on": (
        "put",
        "put(folder)  # LPR202",
        "def deep(at): (at / 'a').touch()\ndef put(to): deep(to / 'sub')\n",
    ),
    "a folder, by the module": ("put", "tools.put(folder)  # LPR202", "def put(to): (to / 'a').touch()\n"),
    "a folder, in a thread": (
        "put",
        "import asyncio; asyncio.to_thread(put, folder)  # LPR202",
        "def put(to): (to / 'a').touch()\n",
    ),
    "a folder, read": ("put", "put(folder)", "def put(to): return (to / 'a').read_text()\n"),
    "a folder, made below": ("put", "put(folder)", "def put(to): (to / 'a').mkdir()\n"),
    "a folder, another parameter": ("put", "put(folder, other)", "def put(to, other): (other / 'a').touch()\n"),
    "something else": ("put", "put(other)", "def put(to): (to / 'a').touch()\n"),
    "a whole path": ("put", "put(folder / 'a', data)  # LPR202", "def put(at, data): at.write_text(data)\n"),
    "a whole path, numbered": (
        "put",
        "put(folder / '07_a.json', data)  # LPR202 LPR101",
        "def put(at, data):\n    with open(at, 'w') as f: json.dump(data, f)\n",
    ),
    "a whole path, copied to": ("put", "put(data, folder / 'a')  # LPR201", "def put(s, at): shutil.move(s, at)\n"),
    "a whole path, handed on": (
        "put",
        "put(folder / 'a')  # LPR202",
        "def deep(at): at.touch()\ndef put(at): deep(at)\n",
    ),
    "a whole path, a file with a token": (
        "put",
        "put(folder / 'a')  # LPR202",
        "# run_folder\ndef put(at): at.touch()\n",
    ),
    "a whole path, read": ("put", "put(folder / 'a')", "def put(at): return open(at).read()\n"),
    "a whole path, two functions of the name": (
        "put",
        "put(folder / 'a')",
        "def put(at): at.touch()\ndef put(at): at.exists()\n",
    ),
    "a path that is returned": (
        "place",
        "place(folder, data).touch()  # LPR202",
        "def place(at, name): return at / name\n",
    ),
    "text that is returned": (
        "place",
        "open(place(folder, data), 'w')  # LPR202",
        "def place(at, name):\n    return os.path.join(at, name)\n",
    ),
    "the folder that is returned": (
        "place",
        "(place(folder) / '07_a.txt').touch()  # LPR202 LPR101",
        "def place(at): return Path(at)\n",
    ),
    "a path that is returned of another": ("place", "place(other, data).touch()", "def place(at, name): return at / name\n"),
    "another path that is returned": ("place", "place(folder).touch()", "def place(at): return Path('/tmp') / at.name\n"),
    "a path of a recorder": (
        "place",
        "place(other).touch()  # LPR202",
        "from recorder import LivePipelineRecorder\ndef place(r: LivePipelineRecorder): return r.run_folder / 'a'\n",
    ),
    "a path that is awaited": ("place", "place(folder).touch()", "async def place(at): return at / 'a'\n"),
}  # fmt: skip


@pytest.mark.parametrize("imported, call, tools", CASES.values(), ids=CASES)
def test_helpers_of_another_module(project: Any, imported: str, call: str, tools: str) -> None:
    project.write(HEAD.replace("*IMPORTED*", imported).replace("*CALL*", call) + tools)
    assert project.found() == project.marked()


JOB = """\
# file: job.py
from recorder import LivePipelineRecorder
class Base:
    def __init__(self, r: LivePipelineRecorder):
        self.r = r
        self.sub = r.run_folder / "sub"
    @property
    def folder(self): return self.r.run_folder
    def log(self): return self.r.run_folder / "log.txt"
    def other(self): return self.r.run_id
class Job(Base):
    def keep(self, at, text): (at / "x").write_text(text)  # LPR202
class Writer:
    def __init__(self, to): self.to = to
    def write(self): (self.to / "a").touch()  # LPR202
"""
# main.py: classes of another module that keep a folder, return a path, or are given one
CLASSES = {
    "a property": "def f(job: Job): (job.folder / '07_a.txt').touch()  # LPR202 LPR101",
    "an attribute": "def f(job: Job): (job.sub / '07_a.txt').touch()  # LPR202 LPR101",
    "a method": "def f(job: Job): job.log().write_text('')  # LPR202",
    "a method of something else": "def f(job: Job): job.other().write_text('')",
    "inherited": "class Mine(Job):\n    def f(self): (self.folder / 'a').touch(), self.log().touch()  # LPR202 LPR202",
    "a container's": "def f(jobs: dict[str, Job]):\n    for job in jobs.values(): open(job.sub / 'a', 'w')  # LPR202",
}


@pytest.mark.parametrize("code", CLASSES.values(), ids=CLASSES)
def test_classes_of_another_module(project: Any, code: str) -> None:
    given = "def given(job: Job, r: LivePipelineRecorder): job.keep(r.run_folder, ''); Writer(r.run_folder).write()\n"
    imports = "from job import Job, Writer\nfrom recorder import LivePipelineRecorder\n"
    project.write(f"{JOB}# file: main.py\n{imports}{given}{code}\n")
    assert project.found() == project.marked()


DIARY = """\
# file: main.py
from recorder import get_recorder
from outputs import note
note(get_recorder(1).run_folder, "x")
# file: outputs.py
from plain import append
def note(run_folder, text):
    target = run_folder / "diary.txt"
    append(target, text)  # LPR202
def other(text, somewhere):
    append(somewhere, text)
# file: plain.py
def append(at, text):
    with at.open("a") as f: f.write(text)
"""


def test_a_parameter_that_is_given_a_folder_is_handed_on(project: Any) -> None:
    project.write(DIARY)
    assert project.found() == project.marked()


def test_the_message_names_the_line_that_writes(project: Any) -> None:
    call = HEAD.replace("*IMPORTED*", "put").replace("*CALL*", "put(folder)")
    project.write(call + "def put(to):\n    to = to\n    (to / 'a').touch()\n")
    (message,) = (message for _, _, _, message in project.sites())
    assert message.endswith("(`put()` writes below it, at tools.py:5)")


def test_files_without_a_token_are_read_only_where_a_call_asks(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    class Noted(SourceText):
        def __init__(self, raw: bytes) -> None:
            read.append(raw)
            super().__init__(raw)

    monkeypatch.setattr(handed_paths, "SourceText", Noted)
    asked = "def put(to): (to / 'a').touch()\n"
    text = HEAD.replace("*IMPORTED*", "put").replace("*CALL*", "put(folder); tools.get(other); idle.do(other)")
    text = text.replace("import tools\n", "import tools, idle\n")
    project.write(text + asked + "# file: idle.py\ndef do(x): (x / 'a').touch()\n")
    assert [code for _, _, code in project.found()] == ["LPR202"]
    assert set(read) == {(Path(project.folder) / "tools.py").read_bytes()}
