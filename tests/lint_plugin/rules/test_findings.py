"""The exact set of findings in small modules: a comment `# LPR201` at a line's end names what is found in that line."""

from __future__ import annotations

import re

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText

HEAD = """\
import json, os, shutil
from os.path import join as pj
from pathlib import Path
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder, src, name, data, cond, items, t):
"""

WRITES = """
shutil.copy(src, recorder.run_folder / name)  # LPR201
shutil.copy2(src, dst=recorder.run_folder / name)  # LPR201
shutil.copyfile(src, str(recorder.run_folder / name))  # LPR201
shutil.copytree(src, recorder.run_folder / "all")  # LPR201
shutil.copy2(src, recorder.run_folder)  # LPR201
shutil.move(src, f"{recorder.run_folder}/{name}")  # LPR201
os.rename(src, str(recorder.run_folder) + "/" + name)  # LPR201
os.replace(src, recorder.run_folder.joinpath(name))  # LPR201
os.link(src, "%s/%s" % (recorder.run_folder, name))  # LPR201
os.symlink(src, "{}/{}".format(recorder.run_folder, name))  # LPR201
Path(src).rename(recorder.run_folder / name)  # LPR201
Path(src).replace(recorder.run_folder / name)  # LPR201
(recorder.run_folder / name).symlink_to(src)  # LPR201
(recorder.run_folder / name).write_bytes(data)  # LPR202
(recorder.run_folder / name).write_text(data)  # LPR202
(recorder.run_folder / name).touch()  # LPR202
(recorder.run_folder / name).open("w")  # LPR202
open(recorder.run_folder / name, "wb")  # LPR202
open(recorder.run_folder / name, mode="a")  # LPR202
open(file=recorder.run_folder / name, mode="r+")  # LPR202
image.save(recorder.run_folder / name)  # LPR202
figure.savefig(str(recorder.run_folder / name))  # LPR202
frame.to_csv(recorder.run_folder / name)  # LPR202
archive.extractall(recorder.run_folder / name)  # LPR202
tree.write(recorder.run_folder / name)  # LPR202
shutil.unpack_archive(src, recorder.run_folder)  # LPR202
open(pj(recorder.run_folder, name), "x")  # LPR202 LPR301
open(Path(recorder.run_folder, name), "w")  # LPR202
open(os.fspath(recorder.run_folder / name), "w")  # LPR202
open((recorder.run_folder / name).resolve(), "w")  # LPR202
open(p := recorder.run_folder / name, "w")  # LPR202
"""

SILENT = """
shutil.copy2(recorder.run_folder / name, src)
shutil.copy2(src, name)
shutil.copy2(*items)
open(recorder.run_folder / name)
open(recorder.run_folder / name, "rb")
open(recorder.run_folder / name, cond)
(recorder.run_folder / name).read_text()
(recorder.run_folder / "metadata.json").exists()
recorder.run_folder.mkdir(exist_ok=True)
str(recorder.run_folder).replace("a", "b")
data.replace(str(recorder.run_folder), "")
data.write(str(recorder.run_folder / name))
print(f"see {recorder.run_folder}")
os.path.join(name, "07_x.mp3")
Path("03_input.txt").write_text(data)
os.path.join(str(recorder.run_folder), name)
", ".join([str(recorder.run_folder)])
re.match(r"03_input", data)
data == "03_input.txt"
recorder.run_folder / name
recorder.run_folder / f"{name}.txt"
recorder.run_folder / "2024_05_report.txt"
recorder.run_folder / "7_x.txt"
recorder.save_entity("03_input.txt", data)
recorder.sequence_number
open(f"{recorder.run_folder}_backup/x", "w")
open(str(recorder.run_folder) + ".zip", "wb")
(recorder.run_folder.parent / name).write_text(data)
"""

LOOKUPS = """
(recorder.run_folder / "03_input.txt").read_text()  # LPR102
open(os.path.join(recorder.run_folder, "03_input.txt"))  # LPR301 LPR102
open(f"{recorder.run_folder}/03_input.txt")  # LPR102
recorder.run_folder.joinpath("final", "12_image.png").exists()  # LPR102
list(recorder.run_folder.glob("03_*"))  # LPR102
x = f"07_output_{t}.mp3"; y = recorder.run_folder / x; y.stat()  # LPR102
"""

NUMBERS = """
shutil.copy2(src, recorder.run_folder / "07_x.mp3")  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / f"07_output_{t}.mp3")  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / f"{t:02d}_x.mp3")  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / f"{t:02d}x.mp3")  # LPR201
shutil.copy2(src, recorder.run_folder / ("%02d_x.mp3" % t))  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / "{:03d}_x.mp3".format(t))  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / (str(t).zfill(2) + "_x.mp3"))  # LPR201 LPR101
shutil.copy2(src, recorder.run_folder / "x.mp3")  # LPR201
shutil.copy2(src, recorder.run_folder / name)  # LPR201
shutil.copy2(src, f"{recorder.run_folder}/07_x.mp3")  # LPR201 LPR101
"""


def lines_of(*blocks: str) -> list[object]:
    return [pytest.param(line, id=line[:60]) for block in blocks for line in block.strip().splitlines()]


@pytest.mark.parametrize("line", lines_of(WRITES, SILENT, LOOKUPS, NUMBERS))
def test_one_line(line: str) -> None:
    code, _, marker = line.partition("  # ")
    source = SourceText((HEAD + "    " + code + "\n").encode())
    found = find(analyse(source, Config(), "a.py"))
    assert [site.code for site in found] == marker.split()


MODULES = {
    "through names": """
        folder = recorder.run_folder
        target = folder / name
        shutil.copy2(src, target)  # LPR201
    """,
    "one of several paths": """
        target = Path("x")
        if cond:
            target = recorder.run_folder / name
        shutil.copy2(src, target)  # LPR201
    """,
    "rebound before the write": """
        target = recorder.run_folder / name
        target = Path("x")
        shutil.copy2(src, target)
    """,
    "with open and dump are one write": """
        with open(recorder.run_folder / "x.json", "w") as handle:  # LPR202
            json.dump(data, handle)
            handle.write("!")
    """,
    "copyfileobj and its open are one write": """
        with open(recorder.run_folder / "x.bin", "wb") as handle:
            shutil.copyfileobj(src, handle)  # LPR201
    """,
    "a chain that picks the extension": """
        if t == "audio":  # LPR401
            ext = "mp3"
        elif t == "video":
            ext = "mp4"
        else:
            ext = "bin"
        shutil.copy2(src, recorder.run_folder / f"07_x.{ext}")  # LPR201 LPR101
    """,
    "a chain with a default before it": """
        ext = "bin"
        if t == "audio":  # LPR401
            ext = "mp3"
        shutil.copy2(src, recorder.run_folder / f"x.{ext}")  # LPR201
    """,
    "a chain over two names is no such chain": """
        if t == "audio":
            ext = "mp3"
        elif cond:
            ext = "mp4"
        else:
            ext = "bin"
        shutil.copy2(src, recorder.run_folder / f"x.{ext}")  # LPR201
    """,
    "a number is read and written": """
        (recorder.run_folder / "02_a.txt").write_text(data)  # LPR202 LPR101
        (recorder.run_folder / "02_a.txt").read_text()  # LPR102
    """,
    "in a nested function": """
        def inner():
            shutil.copy2(src, recorder.run_folder / name)  # LPR201
    """,
    "in a lambda": """
        g = lambda: shutil.copy2(src, recorder.run_folder / name)  # LPR201
    """,
    "other modules of the same names": """
        import mytools as shutil
        shutil.copy2(src, recorder.run_folder / name)
    """,
    "loop over names": """
        for item in items:
            shutil.copy2(item, recorder.run_folder / os.path.basename(item))  # LPR201
    """,
}


def expected_of(text: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.search(r"  # (LPR[\dLPR ]+)$", line)
        found += [(number, code) for code in match[1].split()] if match else []
    return found


@pytest.mark.parametrize("body", MODULES.values(), ids=MODULES)
def test_modules(body: str) -> None:
    text = HEAD + body.strip("\n").replace("\n        ", "\n    ").removeprefix("    ") + "\n"
    source = SourceText(text.encode())
    found = [(source.position(site.start)[0], site.code) for site in find(analyse(source, Config(), "a.py"))]
    assert found == expected_of(text)


ROOTS = """\
from dataclasses import dataclass
from config import JSON_STORAGE_DIR
import settings
def g(run_id, other):
    (JSON_STORAGE_DIR / run_id / "03_input.txt").read_text()  # LPR102
    (settings.JSON_STORAGE_DIR / run_id / "03_input.txt").read_text()  # LPR102
    (JSON_STORAGE_DIR / "03_input.txt").read_text()
    (JSON_STORAGE_DIR / run_id / "x.txt").write_text("")  # LPR202
    (JSON_STORAGE_DIR / "x.txt").write_text("")
    for run in sorted(JSON_STORAGE_DIR.iterdir()):
        (run / "03_input.txt").read_text()  # LPR102
    return [run / "04_output.png" for run in JSON_STORAGE_DIR.glob("*")]  # LPR101
@dataclass
class Session:
    name: str
    path: object
def h(run_id):
    session = Session(run_id, path=JSON_STORAGE_DIR / run_id)
    return (session.path / "03_input.txt").read_text(), (session.name / "03_input.txt")  # LPR102
def i(run_id, STORAGE):
    return STORAGE / run_id / "03_input.txt"
"""


def test_run_roots() -> None:
    config = Config({"run-roots": ("JSON_STORAGE_DIR",)})
    source = SourceText(ROOTS.encode())
    found = [(source.position(site.start)[0], site.code) for site in find(analyse(source, config, "a.py"))]
    assert found == expected_of(ROOTS)
    assert find(analyse(source, Config(), "a.py")) == []


def test_the_recorder_class_itself_writes_below_its_folder() -> None:
    code = """\
import shutil
class LivePipelineRecorder:
    def __init__(self):
        self.run_folder = None
    def keep(self, src):
        shutil.copy2(src, self.run_folder / "07_x.mp3")
        (self.run_folder / "03_input.txt").read_text()
        return self.run_dir  # LPR001
class Mine(LivePipelineRecorder):
    def keep(self, src):
        shutil.copy2(src, self.run_folder / "07_x.mp3")  # LPR201 LPR101
"""
    source = SourceText(code.encode())
    found = [(source.position(site.start)[0], site.code) for site in find(analyse(source, Config(), "a.py"))]
    assert found == expected_of(code)


def test_a_folder_that_is_a_string_may_be_joined() -> None:
    code = HEAD + "    open(os.path.join(recorder.run_folder, name))\n"
    source = SourceText(code.encode())
    assert [s.code for s in find(analyse(source, Config(), "a.py"))] == ["LPR301"]
    assert find(analyse(source, Config({"folder-type": "str"}), "a.py")) == []


OWN_RECORDER = """\
import shutil
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder, source, kind, show):
    ext = "bin"
    if kind == "audio":
        ext = "mp3"
    else:
        ext = "mp4"
    shutil.copy2(source, recorder.run_folder / f"03_x.{ext}")
    (recorder.run_folder / "04_note.txt").read_text()
    show(recorder.run_folder / "05_note.txt")
"""


@pytest.mark.parametrize("own", [False, True])
def test_a_recorder_of_another_kind_is_not_told_to_use_our_methods(own: bool) -> None:
    config = Config({"save-method": "put", "detects-format": "false"} if own else {})
    source = SourceText(OWN_RECORDER.encode())
    messages = {site.code: site.message for site in find(analyse(source, config, "a.py", Facts()))}
    assert ("get_entity_path" not in messages["LPR102"] + messages["LPR101"]) is own
    assert ("finds it from the content" not in messages["LPR401"]) is own
