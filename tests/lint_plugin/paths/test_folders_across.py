"""Run folders that reach a write through a function: as a parameter, as a result, by a name."""

from __future__ import annotations

from typing import Any

import pytest

from lint_plugin.config.settings import Config

HEAD = """\
# file: m.py
import os, shutil
from pathlib import Path
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder, s, name, data):
"""
# Ways through one function.
SHAPES = {
    "divided": 'p = recorder.run_folder\np /= "07_a.mp3"  # LPR101\nshutil.copyfile(s, p)  # LPR201',
    "divided twice": 'p = recorder.run_folder\np /= "a"\np /= name\np.write_bytes(data)  # LPR202',
    "divided by the root": 'p = recorder.run_folder\np /= "/tmp/x"\np.write_bytes(data)',
    "unpacked": 'a, b = recorder.run_folder, "07_a.mp3"  # LPR101\nshutil.copyfile(s, a / b)  # LPR201',
    "unpacked in brackets": "[a, (b, c)] = [1, (2, recorder.run_folder)]\n(c / name).write_bytes(data)  # LPR202",
    "unpacked another": "a, b = recorder.run_folder, s\n(b / name).write_bytes(data)",
    "unpacked from a call": "a, b = name()\n(a / name).write_bytes(data)",
    "two paths at once": 'a = recorder.run_folder\nb, c = a / "b.pt", a / "c.pt"\nb.write_bytes(data)  # LPR202\nc.touch()  # LPR202',
    "divided by a path from the root": '(recorder.run_folder / (Path("/tmp") / "x")).write_bytes(data)',
    "as text": "shutil.copyfile(s, (recorder.run_folder / name).as_posix())  # LPR201",
    "a separator in the middle": 'shutil.copyfile(s, f"{recorder.run_folder}/a{os.sep}07_b.mp3")  # LPR201 LPR101',
    "a percent sign": 'shutil.copyfile(s, "%s/07_%s%%.mp3" % (recorder.run_folder, name))  # LPR201 LPR101',
    "too few for the percent signs": 'shutil.copyfile(s, "%s/07_%s.mp3" % (recorder.run_folder,))',
    "joined text": 'shutil.copyfile(s, "/".join([str(recorder.run_folder), "07_a.mp3"]))  # LPR201 LPR101',
    "joined by sep": "shutil.copyfile(s, os.sep.join((str(recorder.run_folder), name)))  # LPR201",
    "joined by something else": 'shutil.copyfile(s, "_".join([str(recorder.run_folder), name]))',
    "getattr": 'shutil.copyfile(s, getattr(recorder, "run_folder") / "07_a.mp3")  # LPR201 LPR101',
    "getattr with a default": 'shutil.copyfile(s, getattr(recorder, "run_folder", s) / name)  # LPR201',
    "getattr of another": 'shutil.copyfile(s, getattr(recorder, "other") / name)',
    "with_name": 'shutil.copyfile(s, (recorder.run_folder / "x").with_name("07_a.mp3"))  # LPR201 LPR101',
    "with_name in a folder": 'p = (recorder.run_folder / "a" / "x").with_name("07_a.mp3")  # LPR101\nshutil.copyfile(s, p)  # LPR201',
    "with_name of a variable": 'shutil.copyfile(s, (recorder.run_folder / "x").with_name(name))  # LPR201',
    "with_name of what is computed": 'shutil.copyfile(s, (recorder.run_folder / data.pop()).with_name("07_a.mp3"))  # LPR201',
    "with_name of no name": 'shutil.copyfile(s, (recorder.run_folder / "").with_name("07_a.mp3"))  # LPR201',
    "with_stem": 'shutil.copyfile(s, (recorder.run_folder / "x.mp3").with_stem("07_a"))  # LPR201',
    "with_name of the folder": 'shutil.copyfile(s, recorder.run_folder.with_name("07_a.mp3"))',
    "kept in a dict": 'out = {"p": recorder.run_folder / "a.csv"}\ndata.to_csv(out["p"])  # LPR202',
    "another key": 'out = {"p": recorder.run_folder / "a.csv", "q": s}\ndata.to_csv(out["q"])',
    "an absolute part": 'shutil.copyfile(s, recorder.run_folder / "/tmp/x")',
    "an absolute part by join": 'shutil.copyfile(s, os.path.join("x", "/tmp/x"))',
    "an absolute part by name": 'out = "/tmp/x"\nshutil.copyfile(s, recorder.run_folder / out)',
}  # fmt: skip
# Ways through functions of one module: the whole of m.py below the head's imports.
FUNCTIONS = {
    "a function that returns a path": (
        "def where(r: LivePipelineRecorder, name): return r.run_folder / name\n"
        "def g(r: LivePipelineRecorder, s): shutil.copyfile(s, where(r, '07_a.mp3'))  # LPR201 LPR101\n"
    ),
    "by keyword": (
        "def where(r: LivePipelineRecorder, name): return r.run_folder / name\n"
        "def g(r: LivePipelineRecorder, s): shutil.copyfile(s, where(name='a.mp3', r=r))  # LPR201\n"
    ),
    "a method that returns one": (
        "class A:\n    def __init__(self, r: LivePipelineRecorder): self.r = r\n"
        "    def where(self, name): return self.r.run_folder / name\n"
        "    def g(self, s): shutil.copyfile(s, self.where('07_a.mp3'))  # LPR201 LPR101\n"
    ),
    "a function that returns something else": (
        "def where(r: LivePipelineRecorder, name): return name\n"
        "def g(r: LivePipelineRecorder, s): shutil.copyfile(s, where(r.run_folder, '07_a.mp3'))\n"
    ),
    "a parameter": (
        "def keep(folder, s): shutil.copyfile(s, folder / 'a.mp3')  # LPR201\n"
        "def g(r: LivePipelineRecorder, s): keep(r.run_folder, s)\n"
    ),
    "a parameter by keyword": (
        "def keep(s, *, folder: Path | None = None): (folder / 'a').write_text(s)  # LPR202\n"
        "def g(r: LivePipelineRecorder, s): keep(s, folder=r.run_folder)\n"
    ),
    "a parameter that hands on": (
        "def deep(to): (to / 'a').touch()  # LPR202\n"
        "def keep(folder): deep(folder)\n"
        "def g(r: LivePipelineRecorder): keep(r.run_folder)\n"
    ),
    "a method's parameter": (
        "class A:\n    def keep(self, folder): (folder / 'a').touch()  # LPR202\n"
        "    def g(self, r: LivePipelineRecorder): self.keep(r.run_folder)\n"
    ),
    "a folder in the run folder": (
        "def keep(folder): (folder / 'a').touch()  # LPR202\n"
        "def g(r: LivePipelineRecorder): keep(r.run_folder / 'final')\n"
    ),
    "another parameter": (
        "def keep(folder, other): (other / 'a').touch()\n"
        "def g(r: LivePipelineRecorder, s): keep(r.run_folder, s)\n"
    ),
    "annotated with another type": (
        "def keep(folder: Archive): (folder / 'a').touch()\n"
        "def g(r: LivePipelineRecorder): keep(r.run_folder)\n"
    ),
    "called with something else": "def keep(folder): (folder / 'a').touch()\ndef g(s): keep(s.folder)\n",
    "by its name": "def keep(run_folder): (run_folder / 'a').touch()  # LPR202\n",
    "by its name, annotated": "def keep(run_folder: Path): (run_folder / 'a').touch()  # LPR202\n",
    "by its name, another type": "def keep(run_folder: Archive): (run_folder / 'a').touch()\n",
}  # fmt: skip


@pytest.mark.parametrize("code", SHAPES.values(), ids=SHAPES)
def test_shapes(project: Any, code: str) -> None:
    project.write(HEAD + "".join(f"    {line}\n" for line in code.splitlines()))
    assert project.found() == project.marked()


@pytest.mark.parametrize("code", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(project: Any, code: str) -> None:
    project.write(HEAD.rpartition("def f")[0] + code)
    assert project.found() == project.marked()


BRANCHES = """\
# file: m.py
import shutil
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder, s, n):
    if n:
        p = recorder.run_folder / "07_a.mp3"
    elif s:
        p = recorder.run_folder / "08_b.png"
    else:
        p = recorder.run_folder
    p.touch()
"""


def test_of_several_paths_each_name_is_written_and_the_order_is_that_of_the_code(project: Any) -> None:
    project.write(BRANCHES)
    for _ in range(20):  # definitions are compared by identity: in a set they stand in another order each time
        plain, second, write = sorted(project.sites())
        assert [code for _, _, code, _ in (plain, second, write)] == ["LPR101", "LPR101", "LPR202"]
        assert plain[3] == second[3] == "the name is numbered by hand; `save_entity()` gives the next number"


def test_a_path_that_grows_in_a_loop(project: Any) -> None:
    grown = "    p = recorder.run_folder\n    for part in n: p /= part\n    while s: p = p / s\n    p.touch()  # LPR202\n"
    project.write(HEAD.replace("s, name, data", "s, n") + grown)
    assert project.found() == project.marked()


OWN_METHOD = """\
# file: m.py
from recorder import LivePipelineRecorder
from store import Store
class Keeper:
    def save(self, to): (to / "a").touch()  # LPR202
    def export(self, to): print(to)
    def f(self, r: LivePipelineRecorder, store: Store, model):
        self.save(r.run_folder)
        self.export(r.run_folder / "x")
        store.save(r.run_folder / "x")
        model.save(r.run_folder / "x")  # LPR202
# file: store.py
# run_folder
class Store:
    def save(self, to): print(to)
"""


def test_a_method_of_the_projects_own_is_what_its_def_says(project: Any) -> None:
    """Whatever it is called: `save` of a class in sight need not write, and where it does that line is the finding."""
    project.write(OWN_METHOD)
    assert project.found() == project.marked()


ACROSS = """\
# file: steps/save.py
def save_step(run_folder, info):
    with open(run_folder / "steps.json", "w") as f:  # LPR202
        f.write(info)
class Keeper:
    def keep(self, folder): ...
def other(folder):
    (folder / "run_folder").touch()
# file: main.py
from steps.save import save_step, other
def run(recorder, info, folder):
    save_step(recorder.run_folder, info)
    other(folder)
"""


def test_the_message_names_the_call_that_proves_it(project: Any) -> None:
    project.write(ACROSS)
    assert project.found() == project.marked()
    (message,) = (message for _, _, _, message in project.sites())
    assert message.endswith("(`run_folder` is a run folder in the call at main.py:3)")


def test_a_name_counts_only_where_the_project_has_recorders(project: Any) -> None:
    project.write("# file: a.py\ndef save(run_folder): (run_folder / 'a').touch()\n")
    assert project.found() == []
    project.write("# file: b.py\nfrom recorder import get_recorder\nget_recorder(1).run_folder\n")
    assert project.found() == [("a.py", 1, "LPR202")]
    assert project.found(Config({"folder-names": ()})) == []
    assert project.found(Config({"folder-names": ("other",)})) == []


STR = """\
# file: store.py
import os
class LivePipelineRecorder:
    def __init__(self, base, run_id):
        self.run_folder: str = os.path.join(base, run_id)
# file: m.py
import os
from store import LivePipelineRecorder
def index(recorder: LivePipelineRecorder):
    return open(os.path.join(recorder.run_folder, "metadata.json"))
"""


@pytest.mark.parametrize(
    "said",
    [
        "self.run_folder: str = make()",
        "self.run_folder = os.path.join(base, run_id)",
        "self.run_folder = f'{base}/{run_id}'",
        "self.run_folder = str(base)",
    ],
)
def test_a_class_in_sight_says_that_the_folder_is_text(project: Any, said: str) -> None:
    config = Config({"recorder-modules": ("store",)})
    project.write(STR.replace("self.run_folder: str = os.path.join(base, run_id)", said))
    assert project.found(config) == []
    project.write(STR.replace("self.run_folder: str = os.path.join(base, run_id)", "self.run_folder = Path(base)"))
    assert project.found(config) == [("m.py", 4, "LPR301")]
