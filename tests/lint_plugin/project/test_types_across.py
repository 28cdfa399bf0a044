"""Recorders that only another file of the project says are such."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lint_plugin.config.settings import Config

DEPS = """\
# file: deps.py
import contextlib
import functools
from typing import Annotated, Iterator, NamedTuple, Optional, TypeAlias, TypeVar
from recorder import LivePipelineRecorder, get_recorder
from pydantic import BaseModel
def current(run_id) -> LivePipelineRecorder:
    return get_recorder(run_id)
def quoted(run_id) -> "LivePipelineRecorder | None": ...
def unannotated(run_id):
    if run_id:
        return get_recorder(run_id)
    return None
def through(run_id):
    return unannotated(run_id)
@functools.lru_cache
def cached(run_id):
    return current(run_id)
async def awaited(run_id) -> LivePipelineRecorder: ...
def yielding() -> Iterator[LivePipelineRecorder]:
    yield current(1)
@contextlib.contextmanager
def recording(run_id) -> Iterator[LivePipelineRecorder]:
    yield current(run_id)
def pair(run_id) -> tuple[LivePipelineRecorder, str]: ...
def every() -> list[LivePipelineRecorder]: ...
def other(run_id) -> "AudioRecorder": ...
def either(run_id):
    return get_recorder(run_id) if run_id else run_id
CURRENT = get_recorder("global")
GLOBAL: Optional[LivePipelineRecorder] = None
RUNS: dict[str, LivePipelineRecorder] = {}
Rec: TypeAlias = LivePipelineRecorder
Dep = Annotated[LivePipelineRecorder, "depends"]
R = TypeVar("R", bound=LivePipelineRecorder)
make = functools.partial(get_recorder, base_path="x")
class Mine(LivePipelineRecorder): ...
class Worker:
    count = 1
    def __init__(self, rec: LivePipelineRecorder, run_id):
        self.rec = rec
        self.made = get_recorder(run_id)
        self.name = run_id
    @property
    def prop(self) -> LivePipelineRecorder: ...
    def get(self): return self.rec
    @classmethod
    def new(cls) -> "Worker": ...
class Manager:
    workers: list[Worker]
    def __init__(self):
        self.worker = Worker.new()
class AudioRecorder:
    recorder: "AudioRecorder"
class Step(NamedTuple):
    rec: LivePipelineRecorder
"""

# What a routes.py does with them; each row is an expression that is a recorder.
PROVED = {
    "annotated function": "current(1)",
    "quoted annotation": "quoted(1)",
    "every return is one": "unannotated(1)",
    "through another function": "through(1)",
    "cached": "cached(1)",
    "awaited": "(await awaited(1))",
    "a tuple's part": "pair(1)[0]",
    "an item": "every()[0]",
    "next of an iterator": "next(iter(every()))",
    "a module's variable": "CURRENT",
    "a module's variable that is None first": "GLOBAL",
    "an item of a mapping": "RUNS['a']",
    "got from a mapping": "RUNS.get('a')",
    "popped": "RUNS.pop('a', None)",
    "a call of an alias": "Rec('a')",
    "a partial": "make('x')",
    "a subclass": "Mine('a')",
    "an attribute": "Worker(x, 1).rec",
    "an attribute that the class makes": "Worker(x, 1).made",
    "a property": "Worker(x, 1).prop",
    "a method": "Worker(x, 1).get()",
    "a class method's result": "Worker.new().rec",
    "an attribute of an attribute": "Manager().worker.rec",
    "an item's attribute": "Manager().workers[0].made",
    "a field": "Step(x).rec",
    "in a thread": "(await asyncio.to_thread(current, 1))",
    "in an executor": "(await loop.run_in_executor(None, current, 1))",
    "entered": "stack.enter_context(recording(1))",
    "if there is one": "(current(1) if x else None)",
    "or": "(GLOBAL or current(1))",
    "and": "(x and current(1))",
    "walrus": "(made := current(1))",
}
NOT = {
    "another class": "other(1)",
    "maybe something else": "either(1)",
    "a coroutine": "awaited(1)",
    "a context manager": "recording(1)",
    "the list": "every()",
    "the mapping": "RUNS",
    "the function": "current",
    "an attribute of another type": "Worker(x, 1).name",
    "the worker": "Worker(x, 1)",
    "another part": "pair(1)[1]",
    "an attribute named like one": "AudioRecorder().recorder",
}
# Code in which `r` is one.
STATEMENTS = {
    "annotated by an alias": "def f(r: Rec): r.run_dir  # LPR001",
    "annotated by Annotated": "def f(r: Dep): r.run_dir  # LPR001",
    "annotated by a type variable": "def f(r: R): r.run_dir  # LPR001",
    "annotated by a subclass": "def f(r: Mine): r.run_dir  # LPR001",
    "annotated by a list of subclasses": "def f(rs: list[Mine]):\n    for r in rs: r.run_dir  # LPR001",
    "an attribute's attribute": "def f(m: Manager): m.worker.rec.run_dir  # LPR001",
    "a loop over attributes": "def f(m: Manager):\n    for w in m.workers: w.rec.run_dir  # LPR001",
    "a dependency": "def f(r=Depends(current)): r.run_dir  # LPR001",
    "a dependency that yields": "def f(r=Depends(yielding)): r.run_dir  # LPR001",
    "a dependency that is awaited": "def f(r=Depends(awaited)): r.run_dir  # LPR001",
    "with": "with recording(1) as r: r.run_dir  # LPR001",
    "unpacked": "r, name = pair(1)\nr.run_dir  # LPR001",
    "values of a mapping": "for r in RUNS.values(): r.run_dir  # LPR001",
    "items of a mapping": "for key, r in RUNS.items(): r.run_dir, key.run_dir  # LPR001",
    "enumerated": "for n, r in enumerate(every()): r.run_dir  # LPR001",
    "zipped": "for n, r in zip(x, every()): r.run_dir  # LPR001",
    "sorted": "for r in sorted(every(), key=x): r.run_dir  # LPR001",
    "in a comprehension": "x = [r.run_dir for r in every()]  # LPR001",
    "keys of a mapping": "for r in RUNS: r.run_dir",
    "isinstance": "def f(r):\n    if isinstance(r, Mine) and r.run_dir: r.run_dir  # LPR001 LPR001",
    "not isinstance": "def f(r):\n    if not isinstance(r, Mine): r.run_dir",
    "not isinstance, left": "def f(r):\n    if not isinstance(r, Mine):\n        return\n    r.run_dir  # LPR001",
    "bound anew after isinstance": "def f(r):\n    if isinstance(r, Mine):\n        r = 1\n        r.run_dir",
    "case": "match x:\n    case Mine() as r: r.run_dir  # LPR001\n    case r: r.run_dir",
    "an own subclass of a subclass": "class Own(Mine):\n    def f(self): self.run_dir  # LPR001",
    "an own class with a base of the project": "class Own(Worker):\n    def f(self): self.rec.run_dir  # LPR001",
    "an alias of an alias": "Other = Rec\ndef f(r: Other): r.run_dir  # LPR001",
    "type of": "def f(cls: type[Mine]): cls(1).run_dir  # LPR001",
    "a callable": "from collections.abc import Callable\ndef f(make: Callable[[], Mine]): make().run_dir  # LPR001",
    "stored in a container": "class Own:\n    def __init__(self): self.runs = [current(1)]\n    def f(self): self.runs[0].run_dir  # LPR001",
}  # fmt: skip
IMPORTS = {
    "by name": "from deps import *\nfrom deps import {names}\n",
    "re-exported": "from package import {names}\n",
}
NAMES = (
    "AudioRecorder, CURRENT, Dep, GLOBAL, Manager, Mine, R, RUNS, Rec, Step, Worker, awaited, cached, current, either, every, make, "
    "other, pair, quoted, recording, through, unannotated, yielding"
)


def routes(body: str, imports: str = "from deps import {names}\n") -> str:
    return (
        f"{DEPS}# file: package/__init__.py\nfrom deps import {NAMES}\n# file: routes.py\n{imports.format(names=NAMES)}{body}\n"
    )


def test_expressions(project: Any) -> None:
    body = "".join(
        f"    {text}.run_dir{'  # LPR001' if text in PROVED.values() else ''}\n" for text in {**PROVED, **NOT}.values()
    )
    project.write(routes(f"async def f(x, stack, loop):\n{body}"))
    assert project.found() == project.marked()


@pytest.mark.parametrize("imports", ["from package import {names}\n", "from .deps import {names}\n"])
def test_expressions_however_they_are_imported(project: Any, imports: str) -> None:
    body = "".join(
        f"    {text}.run_dir{'  # LPR001' if text in PROVED.values() else ''}\n" for text in {**PROVED, **NOT}.values()
    )
    project.write(routes(f"async def f(x, stack, loop):\n{body}", imports))
    assert project.found() == project.marked()


def test_through_the_module(project: Any) -> None:
    project.write(
        DEPS + "# file: routes.py\nimport deps\ndeps.current(1).run_dir  # LPR001\ndeps.CURRENT.run_dir  # LPR001\n"
        "def f(r: deps.Mine): r.run_dir  # LPR001\ndef g(w: 'deps.Worker'): w.rec.run_dir  # LPR001\ndeps.other(1).run_dir\n"
    )
    assert project.found() == project.marked()


@pytest.mark.parametrize("code", STATEMENTS.values(), ids=STATEMENTS)
def test_statements(project: Any, code: str) -> None:
    project.write(routes(code))
    assert project.found() == project.marked()


def test_order_of_files_does_not_matter(project: Any) -> None:
    body = "".join(f"    {text}.run_dir\n" for text in {**PROVED, **NOT}.values())
    project.write(routes(f"async def f(x, stack, loop):\n{body}"))
    paths = [str(path) for path in sorted(project.folder.rglob("*.py"))]
    first = project.facts(Config(), paths)
    for seed in range(5):
        random.Random(seed).shuffle(paths)
        again = project.facts(Config(), paths)
        assert (again.names, again.members, again.others) == (first.names, first.members, first.others)


# A name means what the file that imports it sees, not what another file of the same name has.
TWINS = """\
# file: one/tools.py
from recorder import get_recorder
def make(run_id):
    return get_recorder(run_id)
# file: one/routes.py
from tools import make
make(1).run_dir  # LPR001
# file: two/tools.py
def make(run_dir):
    return run_dir
# file: two/routes.py
from tools import make
make(1).run_dir
# file: three/a.py
from .b import make
make(1).run_dir
# file: three/b.py
from .a import make
RUN = make.run_dir
"""
# On weak evidence nothing is said of an attribute that another class has.
OWN = """\
# file: app/store.py
class RunRecorder:
    def __init__(self, root):
        self.run_dir = root
# file: app/main.py
def report(recorder):
    (recorder.run_dir / "report.md").write_text("")
def proved(recorder: "LivePipelineRecorder"):
    return recorder.run_dir  # LPR001
"""
OWN_PROPERTY = """\
# file: a.py
class Trainer:
    @property
    def run_dir(self): ...
def report(recorder, app):
    return recorder.run_dir, app.recorder.run_dir
"""
OWN_FIELD = """\
# file: a.py
@dataclass
class Options:
    run_dir: str
# file: b.py
class A:
    def f(self): return self.recorder.run_dir
"""
RECORDERS_ALONE = """\
# file: a.py
class LivePipelineRecorder:
    def f(self): self.run_dir = 1
# file: b.py
def report(recorder):
    return recorder.run_dir  # LPR001
"""


@pytest.mark.parametrize("text", [TWINS, OWN, OWN_PROPERTY, OWN_FIELD, RECORDERS_ALONE])
def test_projects(project: Any, text: str) -> None:
    project.write(text)
    assert project.found() == project.marked()
