"""Recorders by way of frameworks, base classes and containers that are filled later: what a type or a constructor says is proof."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "from recorder import LivePipelineRecorder, get_recorder\n"
BASE = """\
# file: base.py
from recorder import LivePipelineRecorder, get_recorder
class Worker:
    def __init__(self, run_id):
        self.made = get_recorder(run_id)
    def rec(self) -> LivePipelineRecorder: ...
    @property
    def prop(self) -> LivePipelineRecorder: ...
    async def later(self) -> LivePipelineRecorder: ...
    @classmethod
    def of(cls, run_id) -> LivePipelineRecorder: ...
class Deeper(Worker):
    pass
"""

ROWS = {
    # inherited from a class of another module
    "an inherited attribute": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    def f(self): self.made.run_dir  # LPR001",
    "an inherited method": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    def f(self): self.rec().run_dir  # LPR001",
    "an inherited property": BASE + "# file: m.py\nimport base\nclass W(base.Worker):\n    def f(self): self.prop.run_dir  # LPR001",
    "an inherited method, awaited": BASE
    + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    async def f(self): (await self.later()).run_dir  # LPR001",
    "an inherited class method": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    def f(self): self.of(1).run_dir  # LPR001",
    "inherited twice": BASE + "# file: m.py\nfrom base import Deeper\nclass W(Deeper):\n    def f(self): self.made.run_dir  # LPR001",
    "inherited through a third module": BASE
    + "# file: mid.py\nfrom base import Deeper\nclass Mid(Deeper):\n    pass\n"
    + "# file: m.py\nfrom mid import Mid\nclass W(Mid):\n    def f(self): self.made.run_dir  # LPR001",
    "inherited, from outside": BASE
    + "# file: mid.py\nfrom base import Worker\nclass Mid(Worker):\n    pass\n"
    + "# file: m.py\nfrom mid import Mid\ndef f(w: Mid): w.prop.run_dir, Mid(1).made.run_dir  # LPR001 LPR001",
    "inherited, super": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    def rec(self): return super().rec()\n"
    "    def f(self): self.rec().run_dir, super().prop.run_dir  # LPR001 LPR001",
    "inherited, overridden": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker):\n    made: 'Other'\n    def f(self): self.made.run_dir",
    "a generic base": BASE + "# file: m.py\nfrom base import Worker\nclass W(Worker[int]):\n    def f(self): self.made.run_dir  # LPR001",
    "a package below src/": "# file: src/app/deps.py\n" + HEAD + "def current(): return get_recorder('x')\n"
    "# file: tests/test_a.py\nfrom app.deps import current\ndef test_a(): current().run_dir  # LPR001",
    # containers filled later
    "a dict filled later": "# file: m.py\n" + HEAD + "RUNS = {}\ndef put(k): RUNS[k] = get_recorder(k)\ndef f(k): RUNS[k].run_dir  # LPR001",
    "a dict filled later, get": "# file: m.py\n" + HEAD + "RUNS = {}\ndef put(k): RUNS[k] = get_recorder(k)\ndef f(k): RUNS.get(k).run_dir  # LPR001",
    "a dict filled later, values": "# file: m.py\n" + HEAD
    + "class A:\n    def __init__(self): self.runs = {}\n    def put(self, k): self.runs[k] = get_recorder(k)\n"
    + "    def f(self):\n        for r in self.runs.values(): r.run_dir  # LPR001",
    "a dict filled later, items": "# file: m.py\n" + HEAD
    + "class A:\n    def __init__(self): self.runs = dict()\n    def put(self, k): self.runs[k] = get_recorder(k)\n"
    + "    def f(self):\n        for k, r in self.runs.items(): r.run_dir  # LPR001",
    "a dict filled by setdefault": "# file: m.py\n" + HEAD
    + "RUNS = {}\ndef put(k): return RUNS.setdefault(k, get_recorder(k))\ndef f(k): RUNS[k].run_dir, put(k).run_dir  # LPR001 LPR001",
    "a dict filled by update": "# file: m.py\n" + HEAD
    + "class A:\n    def __init__(self): self.runs = {}\n    def put(self, k): self.runs.update({k: get_recorder(k)})\n"
    + "    def f(self, k): self.runs.pop(k).run_dir  # LPR001",
    "a list filled later": "# file: m.py\n" + HEAD
    + "def f(k):\n    runs = []\n    for one in k: runs.append(get_recorder(one))\n    runs[0].run_dir  # LPR001\n    for r in runs: r.run_dir  # LPR001",
    "a list filled in a class": "# file: m.py\n" + HEAD
    + "class A:\n    def __init__(self): self.runs = list()\n    def put(self, r: LivePipelineRecorder): self.runs.append(r)\n"
    + "    def f(self): [r.run_dir for r in self.runs]  # LPR001",
    "a defaultdict": "# file: m.py\n" + HEAD + "from collections import defaultdict\nRUNS = defaultdict(lambda: get_recorder('x'))\ndef f(k): RUNS[k].run_dir  # LPR001",
    "a dict of another module": "# file: reg.py\n" + HEAD + "RUNS = {}\ndef put(k): RUNS[k] = get_recorder(k)\n"
    "# file: m.py\nfrom reg import RUNS\ndef f(k): RUNS[k].run_dir  # LPR001",
    "a dict filled with others": "# file: m.py\n" + HEAD
    + "RUNS = {}\ndef put(k, o): RUNS[k] = get_recorder(k)\ndef other(k, o): RUNS[k] = o\ndef f(k): RUNS[k].run_dir",
    "a weak dict": "# file: m.py\n" + HEAD + "import weakref\nRUNS = weakref.WeakValueDictionary()\ndef put(k): RUNS[k] = get_recorder(k)\ndef f(k): RUNS[k].run_dir  # LPR001",
    # pytest
    "a fixture": "# file: test_a.py\n" + HEAD + "import pytest\n@pytest.fixture\ndef rec(tmp_path): return get_recorder('x')\ndef test_a(rec): rec.run_dir  # LPR001",
    "a fixture that yields": "# file: test_a.py\n" + HEAD
    + "import pytest\n@pytest.fixture(scope='module')\ndef rec():\n    with get_recorder('x') as r: yield r\n"
    + "class TestA:\n    def test_a(self, rec): rec.run_dir  # LPR001",
    "a fixture of a conftest": "# file: tests/conftest.py\n" + HEAD + "import pytest\n@pytest.fixture\ndef rec() -> LivePipelineRecorder: ...\n"
    "# file: tests/deep/test_a.py\ndef test_a(rec): rec.run_dir  # LPR001",
    "a fixture by name": "# file: test_a.py\n" + HEAD + "from pytest import fixture\n@fixture(name='rec')\ndef make(): return get_recorder('x')\ndef test_a(rec): rec.run_dir  # LPR001",
    "a fixture of a fixture": "# file: test_a.py\n" + HEAD + "import pytest\n@pytest.fixture\ndef rec(): return get_recorder('x')\n"
    "@pytest.fixture\ndef folder(rec): return rec.run_dir  # LPR001",
    "a fixture named recorder": "# file: test_a.py\nimport pytest\n@pytest.fixture\ndef recorder(): return Audio()\ndef test_a(recorder): recorder.run_dir",
    "no test": "# file: test_a.py\n" + HEAD + "import pytest\n@pytest.fixture\ndef rec(): return get_recorder('x')\ndef helper(rec): rec.run_dir",
    # FastAPI and others
    "Depends": "# file: m.py\n" + HEAD + "def current(): return get_recorder('x')\ndef f(rec=Depends(current)): rec.run_dir  # LPR001",
    "Annotated Depends": "# file: m.py\n" + HEAD
    + "from typing import Annotated\ndef current(): return get_recorder('x')\ndef f(rec: Annotated[object, Depends(current)]): rec.run_dir  # LPR001",
    "Annotated Depends, an alias": "# file: deps.py\n" + HEAD
    + "from typing import Annotated, Any\ndef current(): return get_recorder('x')\nRec = Annotated[Any, Depends(current)]\n"
    + "# file: m.py\nfrom deps import Rec\ndef f(rec: Rec): rec.run_dir  # LPR001",
    "Depends on a class": "# file: m.py\n" + HEAD + "def f(rec: LivePipelineRecorder = Depends()): rec.run_dir  # LPR001",
    "Depends on a method": "# file: m.py\n" + HEAD + "class S:\n    def rec(self) -> LivePipelineRecorder: ...\ns = S()\ndef f(rec=Depends(s.rec)): rec.run_dir  # LPR001",
    "Flask's g": "# file: m.py\n" + HEAD + "from flask import g\ndef before(): g.rec = get_recorder('x')\ndef f(): g.rec.run_dir  # LPR001",
    "Flask's g of another module": "# file: a.py\n" + HEAD + "from flask import g\ndef before(): g.rec = get_recorder('x')\n"
    "# file: m.py\nfrom flask import g\ndef f(): g.rec.run_dir  # LPR001",
    "a request's state": "# file: m.py\n" + HEAD
    + "def start(app): app.state.rec = get_recorder('x')\ndef f(request): request.app.state.rec.run_dir  # LPR001",
    "an app's state of another module": "# file: a.py\n" + HEAD + "def start(app): app.state.rec = get_recorder('x')\n"
    "# file: m.py\ndef f(request): request.app.state.rec.run_dir  # LPR001",
    "a state that others set as well": "# file: m.py\n" + HEAD
    + "def start(app): app.state.rec = get_recorder('x')\ndef other(app): app.state.rec = Audio()\ndef f(request): request.app.state.rec.run_dir",
    # the language's own ways
    "cached_property": "# file: m.py\n" + HEAD
    + "from functools import cached_property\nclass A:\n    @cached_property\n    def rec(self): return get_recorder('x')\n    def f(self): self.rec.run_dir  # LPR001",
    "__enter__": "# file: m.py\n" + HEAD
    + "class A:\n    def __enter__(self) -> LivePipelineRecorder: ...\n    def __exit__(self, *a): ...\ndef f():\n    with A() as rec: rec.run_dir  # LPR001",
    "__enter__ that returns one": "# file: m.py\n" + HEAD
    + "class A:\n    def __enter__(self):\n        self.rec = get_recorder('x')\n        return self.rec\ndef f(a: A, s):\n    with a as rec: rec.run_dir  # LPR001\n"
    + "    s.enter_context(A()).run_dir  # LPR001",
    "__enter__ of another module": "# file: a.py\n" + HEAD + "class A:\n    def __enter__(self): return get_recorder('x')\n"
    "# file: m.py\nfrom a import A\ndef f():\n    with A() as rec: rec.run_dir  # LPR001",
    "__enter__ that returns self": "# file: m.py\n" + HEAD
    + "class A:\n    def __init__(self): self.rec = get_recorder('x')\n    def __enter__(self): return self\ndef f():\n    with A() as a: a.rec.run_dir  # LPR001",
    "__aenter__": "# file: m.py\n" + HEAD
    + "class A:\n    async def __aenter__(self) -> LivePipelineRecorder: ...\nasync def f():\n    async with A() as rec: rec.run_dir  # LPR001",
    "__iter__": "# file: m.py\n" + HEAD
    + "class A:\n    def __iter__(self):\n        yield get_recorder('x')\ndef f(a: A):\n    for rec in a: rec.run_dir  # LPR001",
    "__getitem__": "# file: m.py\n" + HEAD
    + "class A:\n    def __getitem__(self, key) -> LivePipelineRecorder: ...\n    def get(self, key): return self[key]\n"
    + "def f(a: A, k): a[k].run_dir, a.get(k).run_dir  # LPR001 LPR001",
    "__call__": "# file: m.py\n" + HEAD + "class A:\n    def __call__(self, key) -> LivePipelineRecorder: ...\nmake = A()\ndef f(k): make(k).run_dir  # LPR001",
    "contextmanager": "# file: m.py\n" + HEAD
    + "from contextlib import contextmanager\n@contextmanager\ndef run():\n    rec = get_recorder('x')\n    yield rec\ndef f():\n    with run() as rec: rec.run_dir  # LPR001",
    "asynccontextmanager": "# file: m.py\n" + HEAD
    + "import contextlib\n@contextlib.asynccontextmanager\nasync def run():\n    yield get_recorder('x')\nasync def f():\n    async with run() as rec: rec.run_dir  # LPR001",
    "a dataclass field": "# file: m.py\n" + HEAD + "@dataclass\nclass J:\n    rec: LivePipelineRecorder\ndef f(j: J): j.rec.run_dir  # LPR001",
    "a dataclass field of another module": "# file: a.py\n" + HEAD + "@dataclass\nclass J:\n    rec: LivePipelineRecorder\n"
    "# file: m.py\nfrom a import J\ndef f(j: J): j.rec.run_dir  # LPR001",
    "a dataclass field with a factory": "# file: m.py\n" + HEAD
    + "from dataclasses import field\n@dataclass\nclass J:\n    rec: object = field(default_factory=lambda: get_recorder('x'))\n    def f(self): self.rec.run_dir  # LPR001",
    "dataclasses.replace": "# file: m.py\n" + HEAD
    + "from dataclasses import replace\n@dataclass\nclass J:\n    rec: LivePipelineRecorder\ndef f(j: J): replace(j, rec=1).rec.run_dir  # LPR001",
    "a NamedTuple's part": "# file: m.py\n" + HEAD
    + "class S(NamedTuple):\n    n: int\n    rec: LivePipelineRecorder\ndef f(s: S):\n    s.rec.run_dir  # LPR001\n    n, r = s\n    r.run_dir, s[1].run_dir, n.run_dir  # LPR001 LPR001",
    "a case with a field": "# file: m.py\n" + HEAD
    + "@dataclass\nclass J:\n    rec: LivePipelineRecorder\ndef f(x):\n    match x:\n        case J(rec=r): r.run_dir  # LPR001",
    "a TypedDict": "# file: m.py\n" + HEAD + "class S(TypedDict):\n    rec: LivePipelineRecorder\n    n: int\ndef f(s: S): s['rec'].run_dir, s['n'].run_dir  # LPR001",
    "a ContextVar": "# file: m.py\n" + HEAD
    + "from contextvars import ContextVar\nNOW: ContextVar[LivePipelineRecorder | None] = ContextVar('now')\ndef f(): NOW.get().run_dir  # LPR001",
    "a ContextVar by its call": "# file: m.py\n" + HEAD
    + "from contextvars import ContextVar\nNOW = ContextVar[LivePipelineRecorder]('now')\ndef f(): NOW.get(None).run_dir  # LPR001",
    "a ContextVar that is set": "# file: m.py\n" + HEAD
    + "from contextvars import ContextVar\nNOW = ContextVar('now', default=None)\ndef start(): NOW.set(get_recorder('x'))\ndef f(): NOW.get().run_dir  # LPR001",
    "a ContextVar of another module": "# file: a.py\n" + HEAD
    + "from contextvars import ContextVar\nNOW: ContextVar[LivePipelineRecorder] = ContextVar('now')\n"
    + "# file: m.py\nimport a\ndef f(): a.NOW.get().run_dir  # LPR001",
    "a weak reference": "# file: m.py\n" + HEAD
    + "import weakref\nclass A:\n    def __init__(self, r: LivePipelineRecorder): self.ref = weakref.ref(r)\n    def f(self): self.ref().run_dir  # LPR001",
    "a weak proxy": "# file: m.py\n" + HEAD + "import weakref\ndef f(r: LivePipelineRecorder): weakref.proxy(r).run_dir  # LPR001",
    "a module's __getattr__": "# file: a.py\n" + HEAD
    + "def __getattr__(name) -> LivePipelineRecorder: ...\n# file: m.py\nimport a\na.current.run_dir  # LPR001",
    "a thread's own": "# file: m.py\n" + HEAD
    + "import threading\nLOCAL = threading.local()\ndef start(): LOCAL.rec = get_recorder('x')\ndef f(): LOCAL.rec.run_dir  # LPR001",
    "the type of one": "# file: m.py\n" + HEAD + "def f(r: LivePipelineRecorder): type(r)('x').run_dir, r.__class__('x').run_dir  # LPR001 LPR001",
    "a queue filled later": "# file: m.py\n" + HEAD
    + "import queue\nQ = queue.Queue()\ndef put(k): Q.put(get_recorder(k))\ndef f(): Q.get().run_dir  # LPR001",
    "a queue that is awaited": "# file: m.py\n" + HEAD
    + "import asyncio\nQ = asyncio.Queue()\nasync def put(k): await Q.put(get_recorder(k))\nasync def f(): (await Q.get()).run_dir  # LPR001",
    "mapped": "# file: m.py\n" + HEAD + "def f(ks):\n    for r in map(get_recorder, ks): r.run_dir  # LPR001",
    "gathered": "# file: m.py\n" + HEAD
    + "import asyncio\nasync def make(k) -> LivePipelineRecorder: ...\nasync def f():\n    a, b = await asyncio.gather(make(1), make(2))\n    a.run_dir, b.run_dir  # LPR001 LPR001",
    "a task": "# file: m.py\n" + HEAD
    + "import asyncio\nasync def make(k) -> LivePipelineRecorder: ...\nasync def f():\n    t = asyncio.create_task(make(1))\n    (await t).run_dir, t.result().run_dir  # LPR001 LPR001",
}  # fmt: skip


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS)
def test_ways_to_a_recorder(project: Any, text: str) -> None:
    project.write(text + "\n")
    assert project.found() == project.marked()
