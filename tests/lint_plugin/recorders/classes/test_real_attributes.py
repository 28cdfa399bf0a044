"""LPR001 where the recorder's class is found: every attribute that it does not define, with the nearest real one.

Each row is a small project with the class in `pipeline_recorder.py`; the marked lines of `routes.py` are what both
`recorder-fix --check` and flake8 report.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CLASS = """\
class Base:
    shared = 1
    def status(self): ...

class LivePipelineRecorder(Base):
    __slots__ = ("slot",)
    limit: int
    def __init__(self, run_id):
        self.run_folder = run_id
        self.a, (self.b, *self.c) = run_id
        for self.step in (): pass
    def save_entity(self, entity_type, content, metadata=None): ...
    @property
    def entities(self): ...

def get_recorder(run_id) -> LivePipelineRecorder:
    made = LivePipelineRecorder(run_id)
    made.from_factory = 1
    return made

def load_recorder(run_id):
    return LivePipelineRecorder(run_id)
"""
IMPORT = "from pipeline_recorder import LivePipelineRecorder, get_recorder, load_recorder\n"

# routes.py; `# x` marks an unknown attribute, `# x near` one with a suggestion
SINGLE = {
    "a method with a slip": "def f(r: LivePipelineRecorder): r.save_entitty(1, 2)  # x save_entity",
    "another capital": "def f(r: LivePipelineRecorder): r.Entities  # x entities",
    "nothing near": "def f(r: LivePipelineRecorder): r.zzz  # x",
    "a rename": "def f(r: LivePipelineRecorder): r.run_dir  # x run_folder",
    "of a factory's": "get_recorder(1).stats  # x status",
    "of a factory's without annotation": "load_recorder(1).stats  # x status",
    "in a chain": "def f(r: LivePipelineRecorder): r.entitys[0].name.x  # x entities",
    "in an f-string": 'def f(r: LivePipelineRecorder): return f"{r.statuss}"  # x status',
    "through an attribute": "class A:\n    r: LivePipelineRecorder\ndef f(a: A): a.r.statuss  # x status",
    "on one name of two": "def f(r: LivePipelineRecorder, s): s.zzz; r.zzz  # x",
}
SILENT = {
    "methods, properties, class attributes, annotations, slots": (
        "def f(r: LivePipelineRecorder):\n    r.save_entity(1, 2); r.entities; r.shared; r.limit; r.slot; r.status()"
    ),
    "stores of every kind": "def f(r: LivePipelineRecorder): r.run_folder, r.a, r.b, r.c, r.step",
    "what the factory sets": "def f(r: LivePipelineRecorder): r.from_factory",
    "what every object has": "def f(r: LivePipelineRecorder): r.__class__, r.__dict__, r.__module__, r.__doc__, r.__weakref__",
    "only its name says it": "def f(recorder): recorder.zzz",
    "another class": "class Other: ...\ndef f(r: Other): r.zzz",
    "several classes": "class Other: ...\ndef f(r: LivePipelineRecorder | Other): r.zzz",
    "stored in this module": "def f(r: LivePipelineRecorder): r.extra = 1\ndef g(r: LivePipelineRecorder): r.extra",
    "stored by setattr": "def f(r: LivePipelineRecorder): setattr(r, 'extra', 1)\ndef g(r: LivePipelineRecorder): r.extra",
    "stored on the class": "LivePipelineRecorder.extra = 1\ndef g(r: LivePipelineRecorder): r.extra",
    "asked for first": "def f(r: LivePipelineRecorder):\n    if hasattr(r, 'extra'):\n        r.extra()",
    "asked for with a way out": "def f(r: LivePipelineRecorder):\n    if not hasattr(r, 'extra'): return\n    r.extra()",
    "its absence is handled": "def f(r: LivePipelineRecorder):\n    try: r.extra\n    except (KeyError, AttributeError): pass",
    "its absence is ignored": (
        "from contextlib import suppress\ndef f(r: LivePipelineRecorder):\n    with suppress(AttributeError): r.extra"
    ),
    "of a subclass": "from mine import Mine\ndef f(r: LivePipelineRecorder):\n    if isinstance(r, Mine): r.extra",
    "a subclass with a base that is not found": (
        "from mine import Mixin\nclass Sub(LivePipelineRecorder, Mixin): ...\ndef f(r: Sub): r.extra"
    ),
    "stores are no reads": "def f(r: LivePipelineRecorder): r.extra = 1",
    "in a comment, a string": "def f(r: LivePipelineRecorder):\n    'r.zzz'  # r.zzz",
}

# (pipeline_recorder.py, routes.py): only configured renames can be told
OPEN = {
    "__getattr__": CLASS.replace("    limit: int\n", "    def __getattr__(self, name): ...\n"),
    "a base that is not found": CLASS.replace("class Base:", "from lib import Top\nclass Base(Top):"),
    "a computed base": CLASS.replace("class Base:", "class Base(make()):"),
    "setattr with a computed name": CLASS.replace("self.run_folder = run_id", "self.run_folder = setattr(self, run_id, 1)"),
    "its __dict__ updated": CLASS.replace("self.run_folder = run_id", "self.run_folder = self.__dict__.update(run_id)"),
    "an unknown decorator": CLASS.replace("class LivePipelineRecorder", "@magic\nclass LivePipelineRecorder"),
    "a metaclass": CLASS.replace("LivePipelineRecorder(Base)", "LivePipelineRecorder(Base, metaclass=Magic)"),
    "not a class that can be read": "from .native import LivePipelineRecorder",
}


def reported(folder: Path, *more: str) -> list[tuple[int, str, str]]:
    """What `recorder-fix --check` finds, after flake8 has found the same."""
    command = Path(sys.executable).with_name("recorder-fix")
    done = subprocess.run([command, "--check", "--output-format", "json", *more, "."], cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    findings = json.loads(done.stdout)["findings"]
    flake8 = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "LPR", *more, "."], cwd=folder, capture_output=True, text=True
    )
    assert flake8.stderr == ""
    mine = sorted(f"./{f['path'].removeprefix('./')}:{f['line']}:{f['column']}: {f['code']} {f['message']}" for f in findings)
    assert sorted(flake8.stdout.splitlines()) == mine
    return [(f["line"], f["code"], f["message"]) for f in findings if f["path"].endswith("routes.py")]


def write_projects(folder: Path, projects: Mapping[str, tuple[str, str]]) -> None:
    """One project for each row: the class and the routes."""
    for number, (definition, routes) in enumerate(projects.values()):
        project = folder / f"p{number}"
        project.mkdir()
        (project / "pyproject.toml").write_text("[tool.recorder]\n")
        (project / "pipeline_recorder.py").write_text(definition)
        (project / "routes.py").write_text(IMPORT + routes + "\n")


def marked(code: str) -> list[tuple[int, str, str]]:
    """The findings that the comments of a module say."""
    expected = []
    for number, line in enumerate(code.splitlines(), 1):
        for attribute in re.findall(r"\.(\w+)", line) if "  # x" in line else []:
            if attribute in ("save_entitty", "Entities", "zzz", "run_dir", "stats", "entitys", "statuss"):
                near = line.partition("  # x")[2].strip()
                hint = f"; use `{near}`" if attribute == "run_dir" else f"; did you mean `{near}`?" if near else ""
                expected.append((number, "LPR001", f"recorders have no attribute `{attribute}`{hint}"))
                break
    return expected


def test_single_attributes(tmp_path: Path) -> None:
    code = IMPORT + "\n".join(SINGLE.values()) + "\n"
    (tmp_path / "pipeline_recorder.py").write_text(CLASS)
    (tmp_path / "routes.py").write_text(code)
    found = reported(tmp_path)
    assert found == marked(code)
    assert len(found) == len(SINGLE)


def test_silence(tmp_path: Path) -> None:
    write_projects(
        tmp_path, {name: (CLASS, f"{body}\ndef known(r: LivePipelineRecorder): r.statuss") for name, body in SILENT.items()}
    )
    found = reported(tmp_path)
    # Only the line that each row ends with, so that silence is not blindness.
    assert [message.split("`")[1] for _, _, message in found] == ["statuss"] * len(SILENT)


def test_an_open_class_has_renames_only(tmp_path: Path) -> None:
    routes = "def f(r: LivePipelineRecorder): r.zzz; r.run_dir"
    write_projects(tmp_path, {name: (definition, routes) for name, definition in OPEN.items()})
    assert reported(tmp_path) == [(2, "LPR001", "recorders have no attribute `run_dir`; use `run_folder`")] * len(OPEN)


def test_a_class_that_has_the_old_name(tmp_path: Path) -> None:
    (tmp_path / "pipeline_recorder.py").write_text(CLASS.replace("self.run_folder", "self.run_dir = self.run_folder"))
    (tmp_path / "routes.py").write_text(IMPORT + "def f(r: LivePipelineRecorder): r.run_dir\n")
    assert reported(tmp_path) == []


@pytest.mark.parametrize(
    ("importing", "where", "settings"),
    [
        ("from pipeline_recorder import", "pipeline_recorder.py", ""),
        ("from .pipeline_recorder import", "pipeline_recorder.py", ""),
        ("from app.services.pipeline_recorder import", "app/services/pipeline_recorder.py", ""),
        (
            "from services.pipeline_recorder import",
            "lib/services/pipeline_recorder.py",
            '[tool.recorder]\nsource-roots = ["lib"]\n',
        ),
        ("from app.pipeline_recorder import", "app/pipeline_recorder/__init__.py", ""),
    ],
)
def test_where_the_class_is_looked_for(tmp_path: Path, importing: str, where: str, settings: str) -> None:
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / where).write_text(CLASS)
    (tmp_path / "pyproject.toml").write_text(settings or "[tool.recorder]\n")
    (tmp_path / "routes.py").write_text(f"{importing} LivePipelineRecorder\ndef f(r: LivePipelineRecorder): r.statuss\n")
    assert [message for _, _, message in reported(tmp_path)] == ["recorders have no attribute `statuss`; did you mean `status`?"]


def test_a_reexported_class_and_a_store_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "__init__.py").write_text("from .pipeline_recorder import LivePipelineRecorder\n")
    (tmp_path / "store" / "pipeline_recorder.py").write_text(CLASS)
    (tmp_path / "setup.py").write_text(
        "from store.pipeline_recorder import LivePipelineRecorder\ndef f(r: LivePipelineRecorder): r.extra = 1\n"
    )
    (tmp_path / "routes.py").write_text(
        "from store import LivePipelineRecorder\ndef f(r: LivePipelineRecorder): r.extra; r.run_dir\n"
        "from store.pipeline_recorder import LivePipelineRecorder as P\ndef g(r: P): r.extra; r.statuss\n"
    )
    found = reported(tmp_path)
    assert [(line, message.split("`")[1]) for line, _, message in found] == [(2, "run_dir"), (4, "statuss")]


# Calls of what this distribution ships, in a project that has no source of it.
SHIPPED = """\
from recorder import LivePipelineRecorder, get_recorder
def f(recorder: LivePipelineRecorder):
    recorder.run_foldr  # run_folder
    recorder.save_entitty("a", b"")  # save_entity
    recorder.run_folder, recorder.save_entity("a", b""), recorder.get_entity_path("a"), recorder.__class__
def g(run_id):
    get_recorder(run_id).mark_compleet()  # mark_complete
    with get_recorder(run_id) as r:
        r.metdata  # metadata
"""


@pytest.mark.parametrize("settings", ["", '[tool.recorder]\nsource-roots = ["src"]\n'], ids=["", "outside the source roots"])
def test_the_shipped_class_is_known(tmp_path: Path, settings: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / "routes.py").write_text(SHIPPED)
    expected = [(n, row.rpartition("# ")[2]) for n, row in enumerate(SHIPPED.splitlines(), 1) if "  # " in row]
    found = [(line, message) for line, code, message in reported(tmp_path) if code == "LPR001"]
    assert [(line, message.partition("did you mean `")[2].strip("`?")) for line, message in found] == expected
