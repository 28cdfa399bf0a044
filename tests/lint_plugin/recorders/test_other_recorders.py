"""Recorders of other projects: their own names, folders, save methods and roots, and code that has nothing to do with any."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText

HEAD = """\
import json, os, shutil, tarfile, zipfile
import xml.etree.ElementTree as ET
from pathlib import Path
from recorder import LivePipelineRecorder
"""
MARK = re.compile(r"  # (LPR[\dLPR ]+)$")


def expected_of(text: str) -> list[tuple[int, str]]:
    lines = ((number, MARK.search(line)) for number, line in enumerate(text.splitlines(), 1))
    return [(number, code) for number, match in lines if match for code in match[1].split()]


def found_in(text: str, config: Config) -> list[tuple[int, str]]:
    source = SourceText(text.encode())
    return [(source.position(site.start)[0], site.code) for site in find(analyse(source, config, "a.py"))]


# -- code that is nobody's business --------------------------------------------------------------------------------------

INNOCENT = {
    "a run zipped beside itself": "shutil.make_archive(str(r.run_folder), 'zip', str(r.run_folder))",
    "a file put into an archive": "with zipfile.ZipFile(x, 'w') as z: z.write(r.run_folder / 'a.txt', 'a.txt')",
    "a file put into an open archive": "archive.write(r.run_folder / 'a.txt')",
    "a run added to a tar": "with tarfile.open(x, 'w:gz') as t: t.add(r.run_folder)",
    "an archive read": "tarfile.open(r.run_folder / 'a.tgz', 'r:gz').getnames()",
    "the folder touched": "r.run_folder.touch()",
    "a link to the run": "Path('latest').symlink_to(r.run_folder); os.symlink(r.run_folder, x)",
    "beside the run": "(r.run_folder / '..' / 'index.json').write_text(x)",
    "beside the run, in one text": "open(f'{r.run_folder}/../index.json', 'w')",
    "somewhere else altogether": "(r.run_folder / '/tmp/07_x.txt').write_text(x)",
    "functions by the names of methods": (
        "import copy, dataclasses\ncopy.copy(r.run_folder); dataclasses.replace(r.run_folder / 'a', b=1)"
    ),
    "a file made and removed again": "p = r.run_folder / x\nshutil.rmtree(p.parent / 'y')",
    "a name is compared": "x == '03_input.txt' or x.startswith('03_') or x in ('03_input.txt',)",
    "dates and LoRAs": "[r.run_folder / x for x in ('40_lora', '2024_05_01')]",
    "a URL": "f'https://host/{r.run_folder.name}/03_input.txt'",
    "a regex": "import re; re.search(r'03_input', str(r.run_folder))",
    "a docstring": "'''Reads run_folder / '03_input.txt'.'''",
    "a name from a variable": "(r.run_folder / x).read_text()",
    "another recorder's attribute": (
        "class Base:\n    def __init__(self, recorder: Audio): self.recorder = recorder\n"
        "class Child(Base):\n    def f(self): return self.recorder.run_dir"
    ),
    "a property of another class": "class A:\n    @property\n    def recorder(self): return Audio()\n    def f(self): self.recorder.run_dir",
    "a field of another class": "class Job:\n    recorder: Audio\ndef g(job: Job): job.recorder.run_dir",
    "a field of one of two classes": (
        "class Job:\n    store: LivePipelineRecorder\nclass Task:\n    store: Audio\ndef g(job: Job | Task): job.store.run_dir"
    ),
    "stored elsewhere in the module": "def g(app): app.recorder = Audio()\ndef h(app): app.recorder.run_dir",
    "an attribute that is not always below the run": (
        "class A:\n    def __init__(self, r: LivePipelineRecorder, p): self.p = r.run_folder / 'a'; self.q = p\n"
        "    def f(self): self.q.write_text('x')\n    def g(self): self.p = Path('x'); self.p.write_text('x')"
    ),
}


@pytest.mark.parametrize("body", INNOCENT.values(), ids=INNOCENT)
def test_silence(body: str) -> None:
    text = HEAD + "def f(r: LivePipelineRecorder, x, archive):\n" + textwrap.indent(body, "    ") + "\n"
    assert found_in(text, Config()) == []


FOUND = {
    "the run deleted": "shutil.rmtree(r.run_folder); os.remove(r.run_folder / 'a.txt')  # LPR203 LPR203",
    "with another suffix": "(r.run_folder / x).with_suffix('.txt').write_text(x)  # LPR202",
    "one of two": "(r.run_folder / 'a' if x else Path('b')).write_text(x)  # LPR202",
    "or else": "open(x or r.run_folder / 'a', 'w')  # LPR202",
    "several components in one text": "(r.run_folder / 'final/07_x.mp3').write_bytes(x)  # LPR202 LPR101",
    "read from a sub-folder": "(r.run_folder / 'final/07_x.mp3').read_bytes()  # LPR102",
    "an ElementTree": "ET.parse(x).write(r.run_folder / 'a.xml')  # LPR202",
    "an ElementTree by its name": "tree = ET.ElementTree(x)\ntree.write(r.run_folder / 'a.xml')  # LPR202",
    "a path kept in an attribute": (
        "class A:\n    def __init__(self, r: LivePipelineRecorder): self.folder = None; self.folder = r.run_folder\n"
        "    def f(self): (self.folder / 'a').write_text('x')  # LPR202\n"
        "    def g(self): return self.folder / '03_input.txt'  # LPR101"
    ),
    "a recorder in a field": "class Job:\n    store: LivePipelineRecorder\ndef g(job: Job): job.store.run_dir  # LPR001",
    "a recorder of a base": (
        "class Base:\n    def __init__(self, rec: LivePipelineRecorder): self.rec = rec\n"
        "class Child(Base):\n    def f(self): return self.rec.run_dir  # LPR001"
    ),
    "a recorder that a property returns": (
        "class A:\n    def __init__(self, rec: LivePipelineRecorder): self._rec = rec\n"
        "    @property\n    def rec(self): return self._rec\n    def f(self): return self.rec.run_dir  # LPR001"
    ),
}


@pytest.mark.parametrize("body", FOUND.values(), ids=FOUND)
def test_found(body: str) -> None:
    text = HEAD + "def f(r: LivePipelineRecorder, x, archive):\n" + textwrap.indent(body, "    ") + "\n"
    assert found_in(text, Config()) == expected_of(text)


# -- other names ---------------------------------------------------------------------------------------------------------

OTHER = {
    "recorder-classes": ("RunStore", "AudioStore"),
    "recorder-factories": ("open_run", "runs.start"),
    "recorder-modules": ("store", "store.*"),
    "recorder-names": ("store", "run_store"),
    "folder-attributes": ("session_dir",),
    "renamed-attributes": {"old_dir": "session_dir"},
    "output-folder-attribute": "session_dir",
    "folder-type": "str",
    "save-method": "put",
    "save-parameters": ("kind", "data", "extra"),
    "format-key": "ext",
}
OTHERS_CODE = """\
import os, shutil
from store import RunStore, open_run
from store.audio import AudioStore
def f(a: RunStore, b: AudioStore, store, recorder, src):
    a.old_dir, b.old_dir, store.old_dir, recorder.old_dir  # LPR001 LPR001 LPR001
    open_run(1).old_dir  # LPR001
    a.run_dir, a.run_folder
    shutil.copy2(src, os.path.join(a.session_dir, "07_x.mp3"))  # LPR201 LPR101
    shutil.copy2(src, b.session_dir + "/" + "07_x.mp3")  # LPR201 LPR101
    open(f"{store.session_dir}/03_x.txt")  # LPR102
    shutil.copy2(src, recorder.session_dir + "/07_x.mp3")
"""


def test_other_names_and_folders_that_are_text() -> None:
    assert found_in(OTHERS_CODE, Config(OTHER)) == expected_of(OTHERS_CODE)


@pytest.mark.parametrize(
    ("parameters", "key", "call"),
    [
        (("kind", "data", "extra"), "ext", "a.put(kind='x', data=file_data, extra={'ext': 'mp3', 'filesystem_path': str(src)})"),
        (("type", "content", "meta"), "format", "a.put(type='x', content=file_data, meta={'format': 'mp3', 'filesystem_path': str(src)})"),
    ],
)  # fmt: skip
def test_another_save_method(parameters: tuple[str, str, str], key: str, call: str) -> None:
    config = Config({**OTHER, "save-parameters": parameters, "format-key": key, "detects-format": "false"})
    before = "import shutil\nfrom store import RunStore\ndef keep(a: RunStore, src):\n    shutil.copy2(src, f'{a.session_dir}/07_x.mp3')\n"
    result = process_file(before.encode(), "a.py", config, Facts(), Options(mode="fix"))
    assert result.new is not None
    assert ast.unparse(ast.parse(result.new).body[-1].body[-1]) == call  # type: ignore[attr-defined]


ROOTS = """\
import os
from dataclasses import dataclass
from typing import NamedTuple
from pathlib import Path
from settings import RUNS, settings
def f(run_id, other):
    (RUNS / run_id / "03_input.txt").read_text()  # LPR102
    os.path.join(RUNS, run_id, "03_input.txt")  # LPR101
    f"{RUNS}/{run_id}/03_input.txt"  # LPR101
    settings.RUNS.joinpath(run_id, "03_input.txt")  # LPR101
    (RUNS / "03_input.txt").read_text(), (RUNS / "index.json").write_text("")
    for run in RUNS.iterdir():
        (run / "x.txt").write_text("")  # LPR202
        (run / "03_input.txt").read_text()  # LPR102
        (run.parent / "03_input.txt").read_text()
    for entry in list(reversed(sorted(RUNS.glob("*")))):
        entry / "03_input.txt"  # LPR101
    return [r / "03_input.txt" for r in RUNS.iterdir()]  # LPR101
@dataclass
class Run:
    name: str
    folder: Path
class Pair(NamedTuple):
    folder: Path
class Other:
    folder = Path("x")
def g(run_id, other: Other, run: Run, pair: Pair):
    Run("a", RUNS / run_id)
    run.folder / "03_input.txt", run.name / "03_input.txt"  # LPR101
    other.folder / "03_input.txt"
    pair.folder / "03_input.txt"
"""


def test_roots_of_runs() -> None:
    assert found_in(ROOTS, Config({"run-roots": ("RUNS",)})) == expected_of(ROOTS)
    assert found_in(ROOTS, Config()) == []
