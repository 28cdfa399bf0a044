"""Every reason, on the smallest code that shows it: each is true, names the line in the way and says what would have to change.

What the tables of this folder (`test_rows_left`, `test_rows_unsafe`) show already is not repeated here. A reason that is written
in the code and stands in none of these tables fails the last test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import test_other_files
import test_rows_left
import test_rows_unsafe
from fix_rows import Row

import codemods
from codemods.edits import Leave
from codemods.fixes.save_entity.target import target_of
from codemods.fixes.source_text import code_of
from codemods.proofs.module_facts import ModuleFacts
from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse
from lint_plugin.finding import FileResult
from lint_plugin.source.text import SourceText


def shown(reason: str, before: str, level: str, code: str, signature: str = Row.signature, **config: object) -> Row:
    """A row that is named by its reason."""
    return Row(reason, before, level, code, reason, signature=signature, config=config)


REASONS = [
    shown(
        "`src.encode()` is bytes, and a `Path` is made of text: decode it",
        'shutil.copy2(src.encode(), recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        content="path",
    ),
    shown(
        "`LivePipelineRecorder.save_entity` is `async`, a generator or a context manager: a plain call of it would save nothing",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    async def save_entity(self, entity_type, content, metadata=None): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`LivePipelineRecorder.save_entity` returns nothing, and `name` is read later as the name or path of the file",
        'name = "07_x.mp3"\nshutil.copy2(src, recorder.run_folder / name)\nreturn name',
        "left",
        "LPR201",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save_entity(self, entity_type, content, metadata=None) -> None: ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`os` is not always the module of that name here: import it at the top",
        'from compat import os\nshutil.move(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
    ),
    shown(
        "the place of `run_dir` at line 9 cannot be told for certain: rename it by hand",
        "return recorder.\uff52un_dir",  # a full-width r, which Python reads as a plain one
        "left",
        "LPR001",
    ),
    shown(
        "the place of `name` at line 12 cannot be told for certain: give the value a name first",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
return saved, \uff4eame""",
        "left",
        "LPR201",
    ),
    shown(
        "`name` cannot be taken out of line 9, which has a comment or runs on: set it on a line of its own",
        """\
name, other = ("07_x.mp3",  # the sound
    kind)
shutil.copy2(src, recorder.run_folder / name)
return name, other""",
        "left",
        "LPR201",
    ),
    shown(
        "no recorder takes an entity type of more than 200 bytes: shorten the name",
        f'shutil.copy2(src, recorder.run_folder / "07_{"x" * 201}.mp3")',
        "left",
        "LPR201",
    ),
    shown(
        "the number in front at line 12, `step`, has several values: write one for each",
        """\
step = "07"
if kind:
    step = "08"
shutil.copy2(src, recorder.run_folder / f"{step}_x.mp3")""",
        "left",
        "LPR201",
    ),
    shown(
        "line 11 takes the number out of `name`, and the recorder gives another one",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return name[:2]""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "`self.run_folder` is set elsewhere, so its value at line 16 is not known for certain: build the path where it is written",
        '    shutil.copy2(src, self.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class Job:
    def start(self, recorder: LivePipelineRecorder):
        self.run_folder = recorder.run_folder

    def again(self, recorder: LivePipelineRecorder):
        self.run_folder = recorder.run_folder

    def keep(self, src):""",
    ),
    shown(
        "what `gone` holds is not known: build the name where the file is written",
        "shutil.copy2(src, recorder.run_folder / gone)",
        "left",
        "LPR201",
    ),
    shown(
        "the file is named by its old name at line 10",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")\nreturn recorder.run_folder / "07_x.mp3"',
        "unsafe",
        "LPR201",
    ),
    shown(
        "`name` is read at line 11; it belongs to the module, where others may read it as well: move the code into a function",
        "pass",
        "left",
        "LPR201",
        signature="""\
recorder: LivePipelineRecorder = get()
name = "07_x.mp3"
shutil.copy2("a", recorder.run_folder / name)
print(name)


def program():""",
    ),
    shown(
        "`LivePipelineRecorder` has no method `save_entity`: set `save-method` in the configuration",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save(self, entity_type, content, metadata=None): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`LivePipelineRecorder.save_entity` cannot be called without `device`: give the parameter a default",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save_entity(self, entity_type, content, metadata, device): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`MP3` is no extension that a recorder takes: only small letters and digits, ten at most",
        'shutil.copy2(src, recorder.run_folder / "07_x.MP3")',
        "left",
        "LPR201",
    ),
    shown(
        "both `again` (line 12) and `dest` (line 12) are read after the write: read one of them",
        """\
dest = recorder.run_folder / "07_x.mp3"
again = dest
shutil.copy2(src, again)
return dest, again""",
        "left",
        "LPR201",
    ),
    shown(
        "both `again` (line 12) and `name` (line 12) are read after the write: read one of them",
        """\
name = "07_x.mp3"
again = name
shutil.copy2(src, recorder.run_folder / again)
return name, again""",
        "left",
        "LPR201",
    ),
    shown(
        "`box` is not proved to be a str: writing others raises, the recorder stores them",
        '(recorder.run_folder / "07_x.txt").write_text(box, encoding="utf-8")',
        "unsafe",
        "LPR202",
        signature="def program(recorder: LivePipelineRecorder, box):",
    ),
    shown(
        "`dest` from line 10 may be used elsewhere, where a str may be expected",
        """\
global dest
dest = os.path.join(recorder.run_folder, kind)""",
        "unsafe",
        "LPR301",
    ),
    shown("`dest` is declared as `str` at line 9", "dest: str = os.path.join(recorder.run_folder, kind)", "unsafe", "LPR301"),
    shown(
        "`dest` is read at line 10 for what is written, before the entity has a name",
        """\
dest = recorder.run_folder / "07_x.txt"
dest.write_text(str(dest), encoding="utf-8")""",
        "left",
        "LPR202",
    ),
    shown(
        "`dest` may be unbound at line 11: it is set at line 10, on some branches only",
        """\
if kind:
    dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)""",
        "left",
        "LPR201",
    ),
    shown(
        "`dest` may come from the import of everything at line 8: build the name where the file is written",
        "shutil.copy2(src, recorder.run_folder / dest)",
        "left",
        "LPR201",
        signature="""\
from kinds import *


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "every name that the rewrite would use (f, fh, file_handle, opened_file) is taken: rename one of these variables",
        """\
f = fh = file_handle = opened_file = kind
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return f, fh, file_handle, opened_file""",
        "left",
        "LPR201",
    ),
    shown(
        "it goes with the write at line 9, which is left: line 9 gives the copy `follow_symlinks`, which an entity has not: leave it out",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3", follow_symlinks=False)',
        "left",
        "LPR101",
    ),
    shown(
        "it stands in `save_entity()` itself, which the rewrite would call again, without end",
        """\
    with open(recorder.run_folder / "07_x.bin", "wb") as out:
        out.write(src.encode())""",
        "left",
        "LPR202",
        signature="""\
class Mine(LivePipelineRecorder):
    def save_entity(self, recorder: LivePipelineRecorder, src: str):""",
    ),
    shown(
        "`kind and dest` at line 10 is one of several values",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, kind and dest)""",
        "left",
        "LPR201",
    ),
    shown(
        "`kind.pop()` in the name may do something: give its value a name first",
        'shutil.copy2(src, recorder.run_folder / f"07_{kind.pop()}.mp3")',
        "left",
        "LPR201",
    ),
    shown(
        "line 10 gives the handle `out` to `src.save`: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    src.save(out)""",
        "left",
        "LPR202",
    ),
    shown(
        "line 10 gives the handle `out` to `src.to_csv`: let it write to an `io.StringIO` and give its text to `save_entity()`",
        """\
with open(recorder.run_folder / "07_x.csv", "w", encoding="utf-8") as out:
    src.to_csv(out)""",
        "left",
        "LPR202",
    ),
    shown(
        "line 10 gives the handle `out` to `src.tofile`: give the array's `tobytes()` to `save_entity()`",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    src.tofile(out)""",
        "left",
        "LPR202",
    ),
    shown(
        "line 10 makes the name again from the number, which the recorder gives itself",
        """\
shutil.copy2(src, recorder.run_folder / f"{n:02d}_x.mp3")
return recorder.run_folder / f"{n:02d}_x.mp3"
""",
        "left",
        "LPR201",
        signature="def program(recorder: LivePipelineRecorder, src: str, n: int):",
    ),
    shown(
        "line 10 uses `dest` as a string, which a Path is not",
        """\
dest = os.path.join(recorder.run_folder, kind)
dest += kind""",
        "left",
        "LPR301",
    ),
    shown(
        "line 10 uses the handle `out` in what is written",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(out.name.encode())""",
        "left",
        "LPR202",
    ),
    shown(
        "line 10 writes a file of the same name as well: there was one file, and there will be an entity for each",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
shutil.copy2(kind, recorder.run_folder / "07_x.mp3")""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "line 11 is no plain `json.dump(content, file)`: give it these two arguments in this order",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w", encoding="utf-8") as out:
    json.dump(out, {})""",
        "left",
        "LPR202",
    ),
    shown(
        "line 11 patches `copy2`, which the rewrite would no longer call",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
from unittest.mock import patch


@patch("shutil.copy2")
def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "line 13 may read `name` unseen (`locals()`, `eval`)",
        """\
name = "07_x.mp3"
def later():
    shutil.copy2(src, recorder.run_folder / name)
later()
return eval(kind)""",
        "left",
        "LPR201",
    ),
    shown(
        "line 8 makes it as `SimpleNamespace(...)`, a stand-in that may have other attributes",
        "return recorder.run_dir",
        "left",
        "LPR001",
        signature="""\
recorder: LivePipelineRecorder = SimpleNamespace(run_folder=1)


def program(src):""",
    ),
    shown(
        "line 9 awaits the copy: only a plain call is rewritten",
        'await shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="async def program(recorder: LivePipelineRecorder, src: str, kind: str):",
    ),
    shown("line 9 divides a str, which fails today", "return os.path.join(recorder.run_folder, kind) / kind", "unsafe", "LPR301"),
    shown(
        "line 9 joins it to `Path(src)`, which may expect a str",
        "return Path(src) / os.path.join(recorder.run_folder, kind)",
        "unsafe",
        "LPR301",
    ),
    shown(
        "line 9 gives it to `onerror` as well, which may expect a str",
        "shutil.rmtree(os.path.join(recorder.run_folder, kind), onerror=src)",
        "unsafe",
        "LPR301",
    ),
    shown(
        "line 9 gives options that an entity has not: leave them out",
        '(recorder.run_folder / "07_x.txt").write_text(kind, **src)',
        "left",
        "LPR202",
    ),
    shown(
        "line 9 keeps the handle: only `with open(...)` around one write can be rewritten",
        """\
out = open(recorder.run_folder / "07_x.bin", "wb")
out.write(kind.encode())""",
        "left",
        "LPR202",
    ),
    shown(
        "line 9 prints it; a Path prints the same but for odd names",
        'print(f"{os.path.join(recorder.run_folder, kind)}")',
        "unsafe",
        "LPR301",
    ),
    shown(
        "line 9 uses what `shutil.copy` returns, which would be a Path",
        "return shutil.copy(src, os.path.join(recorder.run_folder, kind))",
        "unsafe",
        "LPR301",
    ),
    shown(
        "`n`, from which the name's number is read, is handed on at line 10; the recorder counts for itself",
        """\
shutil.copy2(src, recorder.run_folder / f"{n.value:02d}_x.mp3")
return n""",
        "unsafe",
        "LPR201",
        signature="def program(recorder: LivePipelineRecorder, src: str, n):",
    ),
    shown(
        "`n`, the name's number, is handed on at line 10; the recorder counts for itself",
        """\
shutil.copy2(src, recorder.run_folder / f"{n:02d}_x.mp3")
return n""",
        "unsafe",
        "LPR201",
        signature="def program(recorder: LivePipelineRecorder, src: str, n: int):",
    ),
    shown(
        "`name` is bound inside an expression at line 9: assign it on a line of its own",
        """\
if (name := "07_x.mp3"):
    shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        "LPR201",
    ),
    shown(
        "`name` is looked up by its name at line 11 (`locals()`)",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return "name" in locals()""",
        "left",
        "LPR201",
    ),
    shown(
        "`name` is read at line 12, and belongs to another function: build the name where the file is written",
        """\
name = "07_x.mp3"
def later():
    shutil.copy2(src, recorder.run_folder / name)
    print(name)
later()""",
        "left",
        "LPR201",
    ),
    shown(
        "`name` is set at line 10, on some branches only: build the name where the file is written",
        """\
if kind:
    name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        "LPR201",
    ),
    shown(
        "no rename of `run_foldr` is configured: add it to `renamed-attributes`, or correct the name",
        "return recorder.run_foldr",
        "left",
        "LPR001",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save_entity(self, entity_type, content, metadata=None): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`os` is not always imported here: import it at the top",
        """\
if kind:
    import os
shutil.move(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        "LPR201",
    ),
    shown(
        "`program()` runs while `save_entity()` saves (line 8), and would call it again, without end",
        'Path(recorder.run_folder / "07_x.txt").write_text(kind, encoding="utf-8")',
        "left",
        "LPR202",
        signature="""\
def saved(name): return program(LivePipelineRecorder(on_saved=program), name, name)
def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`recorder.run_folder if kind else src` at line 9 is the recorder's Path on some branches only: set it on all",
        "return os.path.join(recorder.run_folder if kind else src, kind)",
        "left",
        "LPR301",
    ),
    shown(
        "`run_dir` is assigned at line 9, so the attribute may exist: rename it there as well",
        "recorder.run_dir = kind",
        "left",
        "LPR001",
    ),
    shown(
        "`save()` writes it, at line 9; only a plain call is rewritten",
        'save(recorder.run_folder / "07_x.bin")',
        "left",
        "LPR202",
        signature="""\
def save(path):
    path.write_bytes(b"x")


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`save_entity()` takes `content: Path`, and would be given bytes: set `content` in the configuration to what `save_entity()` takes",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save_entity(self, entity_type, content: Path, metadata=None): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "`save_from_filesystem` hides errors, and `dest` is used at line 11",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
print(dest)""",
        "left",
        "LPR201",
        **{"helper-method": "save_from_filesystem"},
    ),
    shown(
        "`save_from_filesystem` takes files only",
        '(recorder.run_folder / "07_x.bin").write_bytes(kind.encode())',
        "left",
        "LPR202",
        **{"helper-method": "save_from_filesystem"},
    ),
    shown(
        "`self` is a recorder at line 10, and saving may be what calls this method",
        '    (self.run_folder / "07_x.bin").write_bytes(b"x")',
        "left",
        "LPR202",
        signature="""\
class Mine(LivePipelineRecorder):
    def keep(self):""",
    ),
    shown(
        "`self.folder` is set at line 10 from `recorder.run_folder`, and not from a recorder that line 13 has: "
        "begin the path with that recorder's folder",
        '    shutil.copy2(src, self.folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class Mine:
    def __init__(self, recorder: LivePipelineRecorder):
        self.folder = recorder.run_folder

    def keep(self, src):""",
    ),
    shown(
        "line 13 makes it as `FakeJob(...)`, a stand-in that may have other attributes",
        "return FakeJob(recorder).recorder.run_dir",
        "left",
        "LPR001",
        signature="""\
class FakeJob:
    def __init__(self, r: LivePipelineRecorder) -> None:
        self.recorder = r

def program(recorder: LivePipelineRecorder):""",
    ),
    shown(
        "`self.folder` is set elsewhere, so its value at line 13 is not known for certain: build the path where it is written",
        '    shutil.copy2(src, self.folder / "07_x.mp3")',
        "left",
        "LPR201",
        signature="""\
class Mine:
    def start(self, recorder: LivePipelineRecorder):
        self.folder = recorder.run_folder

    def keep(self, src):""",
    ),
    shown(
        "`src.kind` may change at line 11, before the file is saved: keep its value in a variable",
        """\
name = f"07_{src.kind}.mp3"
keep = recorder.run_folder / name
src.change()
shutil.copy2(src, keep)""",
        "left",
        "LPR201",
    ),
    shown(
        "`start`, the beginning of the name with its number, is read at line 11 as well",
        """\
start = "07_out"
shutil.copy2(src, recorder.run_folder / f"{start}_x.mp3")
return start""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "`str(kind)` may print otherwise than in an f-string: it is not proved to be a plain str",
        'shutil.copy2(src, recorder.run_folder / ("07_x_" + str(kind) + ".mp3"))',
        "unsafe",
        "LPR201",
    ),
    shown(
        "`tarfile.open` writes to the path itself: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
        """\
with tarfile.open(recorder.run_folder / "07_x.tar", "w") as out:
    out.add(src)""",
        "left",
        "LPR202",
        signature="""\
import tarfile


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "the beginning of the name with its number is spelled again at line 10",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return kind.startswith("07_")""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the beginning of the name with its number is spelled again at line 10",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return recorder.run_folder.glob(f"{len(kind):02d}_*")""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the beginning of the name with its number is spelled again at line 10",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return kind.startswith("{:02d}_".format(len(kind)))""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the beginning of the name with its number is spelled again at line 10",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return recorder.run_folder.glob(str(len(kind)).zfill(2) + "_*")""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the name is spelled again at line 10, and the recorder gives another one",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return (f"07_{kind}.mp3")""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the class at line 8 defines `run_dir`, so the attribute may exist: rename it there as well",
        "return recorder.run_dir",
        "left",
        "LPR001",
        signature="""\
class FakeRecorder:
    run_dir = None


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
    shown(
        "the expressions of the name at line 9 hold a backslash, a comment or a line break, which an f-string cannot repeat: give their values names first",
        'shutil.copy2(src, recorder.run_folder / "07_{}_x.mp3".format(kind.split("\\n")[0]))',
        "left",
        "LPR201",
    ),
    shown(
        "the extension at line 9 runs over several lines: give its value a name first",
        """\
shutil.copy2(src, recorder.run_folder / ("07_x." + kind.removeprefix(
    "."
)))""",
        "left",
        "LPR201",
    ),
    shown(
        "the file is looked up under its old name at line 10",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return open(recorder.run_folder / "07_x.mp3", "rb").read()""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the file is read at line 10 for what is written, before the entity exists",
        """\
old = "07_x.bin"
(recorder.run_folder / "07_x.bin").write_bytes((recorder.run_folder / old).read_bytes())""",
        "left",
        "LPR202",
    ),
    shown(
        "the handle `out` is looked up by its name at line 11 (`locals()`)",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(b"x")
return "out" in locals()""",
        "left",
        "LPR202",
    ),
    shown(
        "the name at line 9 has no extension that is known: write one",
        'shutil.copy2(src, recorder.run_folder / "07_x.verylongextension")',
        "left",
        "LPR201",
    ),
    shown(
        "the name is spelled again at line 10, and the recorder gives another one",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return "07_x.mp3"
""",
        "unsafe",
        "LPR201",
    ),
    shown(
        "the name is spelled again at line 9 for what is written, before the entity has a name",
        '(recorder.run_folder / "07_x.txt").write_text("07_x.txt", encoding="utf-8")',
        "left",
        "LPR202",
    ),
    shown(
        "the name is spelled again at line 9 for what is written, before the entity has a name",
        '(recorder.run_folder / "07_x.bin").write_bytes((recorder.run_folder / "07_x.bin").read_bytes())',
        "left",
        "LPR202",
    ),
    shown(
        "the recorder does not find the extension itself: its value is passed on as the format",
        """\
if kind == "audio":
    ext = "mp3"
else:
    ext = "mp4"
shutil.copy2(src, recorder.run_folder / f"07_out.{ext}")""",
        "left",
        "LPR401",
    ),
    shown(
        "the recorder is an expression (`src.take().recorder`), evaluated twice: give it a name first",
        """\
rec = src.take()
name = "07_x.mp3"
shutil.copy2(src, src.take().recorder.run_folder / name)""",
        "left",
        "LPR201",
    ),
    shown(
        "the `with` at line 9 gives the handle no name of its own: write `as file`",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as src.out:
    src.out.write(b"x")""",
        "left",
        "LPR202",
    ),
    shown(
        "there is no recorder at line 9, only the folder of all runs: get the run's recorder first",
        '(ROOT / "run" / "07_x.bin").write_bytes(b"x")',
        "left",
        "LPR202",
        signature="def program(ROOT: Path):",
        **{"run-roots": ["ROOT"]},
    ),
    shown(
        "there may be no such entity, and what should happen then only a person knows: ask for its path, and handle None",
        'return (recorder.run_folder / "03_input.txt").read_text()',
        "left",
        "LPR102",
    ),
    shown(
        "what goes through `os.open` cannot be told from the call: save it with `save_entity()`",
        'os.open(recorder.run_folder / "07_x.bin", os.O_WRONLY)',
        "left",
        "LPR202",
    ),
    shown(
        "what should be kept of a run only a person knows: keep its files, or let `recorder prune` remove whole runs",
        'os.remove(recorder.run_folder / "03_input.txt")',
        "left",
        "LPR203",
    ),
    shown(
        "where the value should go instead only a person knows: into `metadata=` of a save, or an entity of its own",
        'recorder.metadata["x"] = 1',
        "left",
        "LPR003",
    ),
    shown(
        "whether `path` of `log()` takes bytes is not known: set `content` in the configuration to what `log()` takes",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        "LPR201",
        **{"save-method": "log", "save-parameters": ["entity_type", "path", "metadata"]},
    ),
    shown(
        "which value is meant only a person knows: give the call what its definition asks for",
        "recorder.save_entity(colour=1)",
        "left",
        "LPR002",
        signature="""\
class LivePipelineRecorder:
    run_folder: Path
    def save_entity(self, entity_type, content, metadata=None): ...


def program(recorder: LivePipelineRecorder, src: str, kind: str):""",
    ),
]

MAIN = """\
from recorder import LivePipelineRecorder
from files import fill, place


def keep(recorder: LivePipelineRecorder, data: bytes):
    {body}
"""
ELSEWHERE: list[tuple[str, str, str, str]] = [  # body, files.py, code, reason
    (
        '(recorder.run_folder / "07_x.bin").write_bytes(data)',
        "from recorder import LivePipelineRecorder\n\n\ndef there(recorder: LivePipelineRecorder) -> bool:\n"
        '    return (recorder.run_folder / "07_x.bin").exists()\n',
        "LPR202",
        "the file is looked up under its old name at files.py:5",
    ),
    (
        "fill(recorder.run_folder, data)",
        "def fill(folder, data):\n    (folder / '07_x.bin').write_bytes(data)\n",
        "LPR202",
        "`fill()` writes below it, at files.py:2: let a function give the content back, and save that",
    ),
    (
        "fill(recorder.run_folder, data)",
        "def fill(run_folder, data):\n    (run_folder / '07_x.bin').write_bytes(data)\n",
        "LPR202",
        "no recorder is known here, only the folder (`run_folder` is a run folder in the call at main.py:6): hand the recorder over",
    ),
    (
        "return recorder.run_dir",
        "from recorder import LivePipelineRecorder\n\n\ndef make(recorder: LivePipelineRecorder):\n    recorder.run_dir = 1\n",
        "LPR001",
        "`run_dir` is given to a recorder at files.py:5, so the attribute may exist: rename it there as well",
    ),
    (
        '(recorder.run_folder / "07_x.bin").write_bytes(data)',
        "NAME = '07_x.bin'\n",
        "LPR202",
        "the name is spelled again at files.py:1, and the recorder gives another one",
    ),
    (
        "(place(recorder.run_folder) / '07_x.bin').write_bytes(data)",
        "def place(folder):\n    return folder\n",
        "LPR202",
        "the path comes from `place()` at line 6: build it where it is written",
    ),
]
ELSEWHERE.append(
    (
        'return recorder.get_entity_path("picture")',
        "from recorder import LivePipelineRecorder\n\n\ndef make(r: LivePipelineRecorder):\n    r.save_entity('image', b'')\n",
        "LPR103",
        "whether the look-up or the save has the right name only a person knows: give both the same type",
    )
)


UNCERTAIN = "the path at line 9 may be another one: build it where it is written"
ROOMS = ("fixes/**/*.py", "proofs/**/*.py")


@pytest.mark.parametrize("row", REASONS, ids=lambda row: row.name)
def test_reason(row: Row, engine: Callable[..., FileResult]) -> None:
    checked = engine(row.program.encode(), mode="check", **row.config)
    first = next(finding for finding in checked.findings if finding.code == row.code)
    assert (first.level, first.reason) == (row.level, row.reason)
    if row.level == "left":
        fixed = engine(row.program.encode(), unsafe=True, select=(row.code,), **row.config)
        assert all(not finding.fixed or finding.line != first.line for finding in fixed.findings)


@pytest.mark.parametrize(("body", "files", "code", "reason"), ELSEWHERE, ids=[row[3] for row in ELSEWHERE])
def test_reason_in_another_file(
    body: str, files: str, code: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    (tmp_path / "main.py").write_text(MAIN.format(body=body))
    (tmp_path / "files.py").write_text(files)
    results = Run(["."], Options(mode="check"), resolver=Resolver(), jobs=1)
    found = [f for result in results for f in result.findings if f.code == code]
    assert reason in [finding.reason for finding in found]


def test_a_path_that_is_uncertain_for_what_nobody_has_thought_of() -> None:
    program = Row("", 'shutil.copy2(src, recorder.run_folder / "07_x.mp3")', "left").program
    analysis = analyse(SourceText(program.encode()), Config(), "m.py", Facts())
    (write,) = analysis.writes
    with pytest.raises(Leave, match=UNCERTAIN):
        target_of(ModuleFacts(analysis), replace(write, path=replace(write.path, may=True)))


def test_an_expression_whose_text_is_another_one() -> None:
    """On Python 3.11 the places in f-strings over several lines are wrong, if they are nested."""
    (statement,) = ast.parse("f(a + b)").body
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    with pytest.raises(Leave, match="the place of `a [+] b` at line 1 cannot be told for certain: give the value a name first"):
        code_of(SourceText(b"f(a + c)"), statement.value.args[0])


def written_reasons(*globs: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every text of some modules of the fixer that is a sentence, or a part of one, with its place."""
    root = Path(codemods.__file__).parent
    for path in sorted(path for glob in globs for path in root.glob(glob)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asserted = {raised for node in ast.walk(tree) if isinstance(node, ast.Raise) for raised in _of_lookup(node)}
        skipped = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)} | asserted
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [str(v.value) if isinstance(v, ast.Constant) else None for v in node.values]
                skipped |= {inner for inner in ast.walk(node) if isinstance(inner, (ast.Constant, ast.JoinedStr))}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
                parts = [node.value]
            else:
                continue
            text = "".join(part or "" for part in parts)
            listed = _is_list(tree, node)
            if len(re.findall(r"[a-z]{2,}", text)) >= 3 and " " in text and not listed:
                pattern = "".join(".+?" if part is None else re.escape(part) for part in parts)
                yield f"{path.name}:{node.lineno} {text}", re.compile(pattern)


def _of_lookup(node: ast.Raise) -> Iterator[ast.AST]:
    """The texts of errors that are no reasons: they mean a fault of the program."""
    if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name) and node.exc.func.id == "LookupError":
        yield from ast.walk(node)


def _is_list(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a text is a pattern, or a table of names: a constant of the module, or split into words."""
    named = [one.value for one in tree.body if isinstance(one, ast.Assign)]
    calls = [call.func for call in ast.walk(tree) if isinstance(call, ast.Call)]
    split = [inner for f in calls if isinstance(f, ast.Attribute) and f.attr == "split" for inner in ast.walk(f.value)]
    patterns = [inner for call in ast.walk(tree) if isinstance(call, ast.Call) and _compiles(call) for inner in call.args]
    return any(node in found for found in (named, split, patterns))


def _compiles(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "compile"


def test_every_reason_is_shown() -> None:
    reasons = [row.reason for row in (*test_rows_left.ROWS, *test_rows_unsafe.ROWS, *REASONS)]
    reasons += [UNCERTAIN, *(row[-1] for row in (*ELSEWHERE, *test_other_files.ROWS))]
    assert [place for place, pattern in written_reasons(*ROOMS) if not any(pattern.search(reason) for reason in reasons)] == []


def test_no_reason_is_vague() -> None:
    assert [place for place, _ in written_reasons(*ROOMS) if re.search(r"or the like|and so on|etc\b|somehow", place)] == []
