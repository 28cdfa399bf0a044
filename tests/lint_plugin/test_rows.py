"""The audit's rows: what trials on real code showed to be missed, each as it was found and in three variants of its kind.

A row is the code of one function or class (`# file: NAME` begins another module); the marks say what is found in it.
"""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """\
# file: m.py
import asyncio, contextlib, functools, io, logging, os, pathlib, shutil, subprocess, threading
from pathlib import Path
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, NewType, Optional, TypeAlias, TypeVar
from recorder import LivePipelineRecorder, get_recorder, load_recorder
R = LivePipelineRecorder
"""

# Recorders that were not seen: every row ends in `.run_dir` on one.
RECORDERS = {
    "an alias as annotation": (
        "Rec: TypeAlias = LivePipelineRecorder\ndef f(x: Rec): x.run_dir  # LPR001",
        "Rec = LivePipelineRecorder\ndef f(x: 'Rec'): x.run_dir  # LPR001",
        "Maybe = Optional[LivePipelineRecorder]\ndef f(*, x: Maybe = None): x.run_dir  # LPR001",
        "Rec = LivePipelineRecorder\nMaybe = Rec | None\nclass A:\n    x: Maybe\n    def f(self): self.x.run_dir  # LPR001",
    ),
    "a type variable": (
        "T = TypeVar('T', bound=LivePipelineRecorder)\ndef f(x: T): x.run_dir  # LPR001",
        "T = TypeVar('T', bound='LivePipelineRecorder')\ndef f(x: T | None): x.run_dir  # LPR001",
        "New = NewType('New', LivePipelineRecorder)\ndef f(x: New): x.run_dir  # LPR001",
        "T = TypeVar('T', bound=LivePipelineRecorder)\ndef f(cls: type[T]): cls('a').run_dir  # LPR001",
    ),
    "an item of a parameter": (
        "def f(x: dict[str, LivePipelineRecorder], key): x[key].run_dir  # LPR001",
        "def f(x: 'list[LivePipelineRecorder]'): x[-1].run_dir  # LPR001",
        "def f(x: dict[str, dict[str, R]], key): x[key]['a'].run_dir  # LPR001",
        "def f(x: dict[str, tuple[int, R]], key): x[key][1].run_dir  # LPR001",
    ),
    "an item of a module's mapping": (
        "RUNS: dict[str, LivePipelineRecorder] = {}\ndef f(key):\n    x = RUNS[key]\n    x.run_dir  # LPR001",
        "RUNS: dict[str, R] = {}\ndef f(key):\n    if (x := RUNS.get(key)): x.run_dir  # LPR001",
        "RUNS: dict[str, R] = {}\ndef f(key): RUNS.setdefault(key, get_recorder(key)).run_dir  # LPR001",
        "class A:\n    def __init__(self): self.runs: dict[str, R] = {}\n    def f(self, key): self.runs[key].run_dir  # LPR001",
    ),
    "every item": (
        "def f(xs: list[LivePipelineRecorder]):\n    for x in xs: yield x.run_dir  # LPR001",
        "def f(xs: dict[str, R]):\n    for key, x in xs.items(): yield x.run_dir  # LPR001",
        "def f(xs: tuple[R, ...]): return [x.run_dir for x in reversed(xs)]  # LPR001",
        "def f(xs: list[R]): return max(xs, key=len).run_dir, min(1, xs[0]).run_dir  # LPR001",
        "async def f(xs: 'AsyncIterator[R]'):\n    async for x in xs: x.run_dir  # LPR001",
    ),
    "the rest of a call": (
        "def f(*xs: R):\n    for x in xs: yield x.run_dir  # LPR001",
        "def f(*xs: R): return xs[0].run_dir  # LPR001",
        "def f(**xs: R):\n    for x in xs.values(): yield x.run_dir  # LPR001",
        "def f(key, **xs: R): return xs[key].run_dir  # LPR001",
        "def f(*xs: R, **ys: R): return xs.count(1), ys.values(), ys.pop('a', None)",
        "def f(*recorder, **recorders): return recorder.count(1), recorders.run_dir",
    ),
    "isinstance": (
        "def f(x: object):\n    if isinstance(x, LivePipelineRecorder): return x.run_dir  # LPR001",
        "def f(x: object):\n    assert isinstance(x, (R, LivePipelineRecorder))\n    x.run_dir  # LPR001",
        "def f(self):\n    if not isinstance(self.x, R): raise TypeError\n    self.x.run_dir  # LPR001",
        "def f(x): return x.run_dir if isinstance(x, LivePipelineRecorder) else None  # LPR001",
    ),
    "case": (
        "def f(x):\n    match x:\n        case LivePipelineRecorder() as y: y.run_dir  # LPR001",
        "def f(x):\n    match x:\n        case R(): x.run_dir  # LPR001",
        "def f(x):\n    match x:\n        case (R() as y, z): y.run_dir, z.run_dir  # LPR001",
        "def f(x):\n    match x:\n        case {'run': R() as y}: y.run_dir  # LPR001",
    ),
    "unpacked": (
        "def f():\n    x, other = get_recorder('x'), 1\n    x.run_dir, other  # LPR001",
        "def f():\n    [other, (x, y)] = 1, (get_recorder('x'), 2)\n    x.run_dir, y.run_dir  # LPR001",
        "def pair() -> tuple[int, R]: ...\ndef f():\n    n, x = pair()\n    x.run_dir  # LPR001",
        "def pair(): return 1, get_recorder('x')\ndef f():\n    n, x = pair()\n    x.run_dir  # LPR001",
    ),
    "entered on a stack": (
        "def f():\n    with contextlib.ExitStack() as s:\n        x = s.enter_context(get_recorder('x'))\n        x.run_dir  # LPR001",
        "async def f():\n    async with contextlib.AsyncExitStack() as s:\n        x = await s.enter_async_context(get_recorder('x'))\n        x.run_dir  # LPR001",
        "@contextlib.contextmanager\ndef run():\n    yield get_recorder('x')\ndef f(s):\n    x = s.enter_context(run())\n    x.run_dir  # LPR001",
        "def f(s: contextlib.ExitStack): s.enter_context(contextlib.closing(load_recorder('x'))).run_dir  # LPR001",
    ),
    "made by an own function": (
        "def make(): return get_recorder('x')\ndef f():\n    x = make()\n    x.run_dir  # LPR001",
        "async def make(): return get_recorder('x')\nasync def f(): (await make()).run_dir  # LPR001",
        "def make(key):\n    x = None\n    if key: x = get_recorder(key)\n    return x\ndef f(): make('a').run_dir  # LPR001",
        "class A:\n    @staticmethod\n    def make(key): return load_recorder(key)\n    def f(self): self.make('a').run_dir  # LPR001",
    ),
    "a method that is annotated": (
        "class A:\n    def rec(self) -> LivePipelineRecorder: ...\n    def f(self): self.rec().run_dir  # LPR001",
        "class A:\n    @property\n    def rec(self) -> 'R | None': ...\ndef f(a: A): a.rec.run_dir  # LPR001",
        "class A:\n    @classmethod\n    def rec(cls) -> R: ...\ndef f(): A.rec().run_dir  # LPR001",
        "class A:\n    @functools.cached_property\n    def rec(self): return get_recorder('x')\n    def f(self): self.rec.run_dir  # LPR001",
    ),
    "an attribute of an attribute": (
        "class B:\n    def __init__(self, rec: R): self.rec = rec\n"
        "class A:\n    def __init__(self, b: 'B'): self.b = b\n    def f(self): self.b.rec.run_dir  # LPR001",
        "class B:\n    rec: R\nclass A:\n    b: 'Optional[B]' = None\ndef f(a: A): a.b.rec.run_dir  # LPR001",
        "class B:\n    def __init__(self): self.rec = get_recorder('x')\nclass A:\n    def __init__(self): self.b = B()\ndef f(): A().b.rec.run_dir  # LPR001",
        "class B:\n    rec: R\nclass A:\n    bs: list[B]\n    def f(self):\n        for b in self.bs: b.rec.run_dir  # LPR001",
    ),
    "across modules": (
        "from deps import current\ndef f(run_id):\n    x = current(run_id)\n    x.run_dir  # LPR001\n"
        "# file: deps.py\nfrom recorder import LivePipelineRecorder\ndef current(run_id) -> LivePipelineRecorder: ...",
        "from deps import current\nasync def f(x: Annotated[Any, 0], run_id):\n    x = await current(run_id)\n    x.run_dir  # LPR001\n"
        "# file: deps.py\nfrom recorder import get_recorder\nasync def current(run_id): return get_recorder(run_id)",
        "import app.deps as d\ndef f(run_id): d.current(run_id).run_dir  # LPR001\n"
        "# file: app/deps.py\nfrom recorder import get_recorder\ncurrent = functools.partial(get_recorder, base_path='x')",
        "from app import CURRENT\ndef f(run_id): CURRENT.run_dir  # LPR001\n"
        "# file: app/__init__.py\nfrom .deps import RUN as CURRENT\n# file: app/deps.py\nimport recorder\nRUN = recorder.get_recorder('x')",
    ),
    "with all that a module has": (
        "from app import current\ndef f(run_id): current(run_id).run_dir  # LPR001\n"
        "# file: app/__init__.py\nfrom .deps import *\n# file: app/deps.py\nfrom recorder import get_recorder\ndef current(x): return get_recorder(x)",
        "from app import current\ndef f(run_id): current(run_id).run_dir  # LPR001\n"
        "# file: app/__init__.py\nfrom .a import *\nfrom .b import *\n# file: app/a.py\nfrom .deps import *\n# file: app/b.py\nx = 1\n"
        "# file: app/deps.py\nfrom recorder import get_recorder\ndef current(x): return get_recorder(x)",
        "from app import Mine\ndef f(x: Mine): x.run_dir  # LPR001\n"
        "# file: app/__init__.py\nfrom .mine import *\n# file: app/mine.py\nimport recorder\nclass Mine(recorder.LivePipelineRecorder): pass",
        "# file: n.py\nfrom app import *\ndef f(run_id): current(run_id).run_dir  # LPR001\n"
        "# file: app.py\nfrom recorder import get_recorder\ndef current(x): return get_recorder(x)",
        "# file: n.py\nfrom recorder import *\ndef f(x: LivePipelineRecorder, y: 'LivePipelineRecorder | None'):\n"
        "    x.run_dir  # LPR001\n    y.run_dir  # LPR001\n    get_recorder('a').run_dir  # LPR001",
        "# file: n.py\nfrom app import *\nfrom other import *\ndef f(run_id): current(run_id).run_dir\n# file: other.py\n"
        "# file: app.py\nfrom recorder import get_recorder\ndef current(x): return get_recorder(x)",
        # Either module may bring it.
        "from app import current\ndef f(run_id): current(run_id).run_dir\n"
        "# file: app/__init__.py\nfrom .deps import *\nfrom .other import *\n# file: app/other.py\ndef current(x): ...\n"
        "# file: app/deps.py\nfrom recorder import get_recorder\ndef current(x): return get_recorder(x)",
        "from app import _current\ndef f(run_id): _current(run_id).run_dir\n"
        "# file: app/__init__.py\nfrom .deps import *\n# file: app/deps.py\nfrom recorder import get_recorder\ndef _current(x): return get_recorder(x)",
    ),
}  # fmt: skip

# Paths and writes that were not seen, called look-ups, or given an untrue reason. `r` is a recorder, `s` a source.
WRITES = {
    "one of several names": (
        "p = '07_a.mp3' if d else '08_b.mp3'  # LPR101 LPR101\nshutil.copyfile(s, r.run_folder / p)  # LPR201",
        "if d:\n    p = '07_a'  # LPR101\nelse:\n    p = '08_b'  # LPR101\nshutil.copyfile(s, r.run_folder / f'{p}.mp3')  # LPR201",
        "p = {'a': '07_a.mp3', 'b': 'b.mp3'}  # LPR101\nshutil.copyfile(s, r.run_folder / p[n])  # LPR201",
        "p = {'a': '07_a.mp3'}.get(n, '08_b.mp3')  # LPR101 LPR101\nshutil.copyfile(s, r.run_folder / p)  # LPR201",
        "for p in ('07_a.mp3', 'b.mp3', '08_c.mp3'):  # LPR101 LPR101\n    shutil.copyfile(s, r.run_folder / p)  # LPR201",
        "match d:\n    case 1: p = '07_a.mp3'  # LPR101\n    case _: p = 'a.mp3'\nshutil.copyfile(s, r.run_folder / p)  # LPR201",
        "def g(p='07_a.mp3'):  # LPR101\n    shutil.copyfile(s, r.run_folder / p)  # LPR201",
        "p = n or '07_a.mp3'  # LPR101\n(r.run_folder / p).write_bytes(d)  # LPR202",
        "p = 'a_07' if d else f'{n}_07.mp3'\n(r.run_folder / p).write_bytes(d)  # LPR202",
    ),
    "divided": (
        "p = r.run_folder\np /= '07_a.mp3'  # LPR101\nshutil.copyfile(s, p)  # LPR201",
        "p = r.run_folder / 'a'\np /= n\np.write_bytes(d)  # LPR202",
        "p = Path(r.run_folder)\np /= f'07_{n}.mp3'  # LPR101\nopen(p, 'wb')  # LPR202",
        "p = r.run_folder\nfor part in n: p /= part\np.touch()  # LPR202",
    ),
    "unpacked": (
        "folder, name = r.run_folder, '07_a.mp3'  # LPR101\nshutil.copyfile(s, folder / name)  # LPR201",
        "folder, epochs = r.run_folder, n\nlast, best = folder / 'last.pt', folder / 'best.pt'\nlast.write_bytes(d)  # LPR202\nbest.write_bytes(d)  # LPR202",
        "(a, folder), b = (n, r.run_folder), d\nopen(f'{folder}/x', 'w')  # LPR202",
        "folder, _ = str(r.run_folder), n\nos.rename(s, folder + '/a')  # LPR201",
    ),
    "joined text": (
        "shutil.copyfile(s, '/'.join([str(r.run_folder), '07_a.mp3']))  # LPR201 LPR101",
        "p = os.sep.join((str(r.run_folder), n))\nopen(p, 'w')  # LPR202",
        "open('/'.join([str(r.run_folder), 'sub', f'07_{n}.mp3']), 'wb')  # LPR202 LPR101",
        "shutil.move(s, os.path.sep.join([os.fspath(r.run_folder), 'a.mp3']))  # LPR201",
    ),
    "a function that returns the path": (
        "shutil.copyfile(s, where(r, '07_a.mp3'))  # LPR201 LPR101",
        "p = where(name=n, r=r)\np.write_bytes(d)  # LPR202",
        "open(str(where(r, 'a')), 'w')  # LPR202",
        "(where(r, 'sub') / '07_a.mp3').touch()  # LPR202 LPR101",
    ),
    "getattr": (
        "shutil.copyfile(s, getattr(r, 'run_folder') / '07_a.mp3')  # LPR201 LPR101",
        "folder = getattr(r, 'run_folder', None)\nif folder: (folder / n).touch()  # LPR202",
        "open(os.path.join(getattr(r, 'run_folder'), n), 'w')  # LPR202",
        "with open(f\"{getattr(r, 'run_folder')}/07_{n}.txt\", 'w') as h: h.write(d)  # LPR202 LPR101",
    ),
    "in a thread": (
        "asyncio.to_thread(shutil.copy2, s, r.run_folder / '07_a.mp3')  # LPR201 LPR101",
        "threading.Thread(target=shutil.move, args=(s, r.run_folder / '07_a.mp3')).start()  # LPR201 LPR101",
        "asyncio.to_thread((r.run_folder / n).write_bytes, d)  # LPR202",
        "n.submit(shutil.copyfile, s, str(r.run_folder / '07_a.mp3'))  # LPR201 LPR101",
    ),
    "in an executor": (
        "asyncio.get_running_loop().run_in_executor(None, shutil.copy2, s, r.run_folder / '08_a.mp3')  # LPR201 LPR101",
        "n.run_in_executor(None, functools.partial(shutil.copy2, s, r.run_folder / '08_a.mp3'))  # LPR201 LPR101",
        "n.run_in_executor(d, (r.run_folder / '08_a.txt').write_text, d)  # LPR202 LPR101",
        "p = r.run_folder / n\nasyncio.get_event_loop().run_in_executor(None, os.replace, s, p)  # LPR201",
    ),
    "a partial": (
        "functools.partial(shutil.copy2, s, r.run_folder / '09_a.mp3')()  # LPR201 LPR101",
        "put = functools.partial(shutil.copy2, s)\nput(r.run_folder / '09_a.mp3')  # LPR201 LPR101",
        "put = functools.partial(open, mode='w')\nput(r.run_folder / '09_a.txt')  # LPR202 LPR101",
        "functools.partial(shutil.copyfile, dst=r.run_folder / n)(s)  # LPR201",
        "functools.partial(shutil.copy2, s)(r.run_folder / '09_a.mp3')  # LPR201 LPR101",
    ),
    "an alias of a writer": (
        "copy(s, r.run_folder / '10_a.mp3')  # LPR201 LPR101",
        "put = os.replace\nput(s, r.run_folder / n)  # LPR201",
        "a = copy\na(s, r.run_folder / '10_a.mp3')  # LPR201 LPR101",
        "write = (r.run_folder / n).write_bytes\nwrite(d)  # LPR202",
    ),
    "a mode that can only write": (
        "open(r.run_folder / '11_a.mp3', mode)  # LPR202 LPR101",
        "m = 'a'\nopen(r.run_folder / '11_a.mp3', m)  # LPR202 LPR101",
        "open(file=r.run_folder / n, mode=WRITING)  # LPR202",
        "(r.run_folder / '11_a.mp3').open(mode)  # LPR202 LPR101",
    ),
    "one writing mode or another": (
        "open(r.run_folder / '12_a.mp3', 'wb' if isinstance(d, bytes) else 'w')  # LPR202 LPR101",
        "m = 'wb' if d else 'w'\nopen(r.run_folder / n, m)  # LPR202",
        "(r.run_folder / '12_a.mp3').open('x' if d else 'w')  # LPR202 LPR101",
        "open(r.run_folder / n, 'w' + ('b' if d else ''))  # LPR202",
    ),
    "a raw file": (
        "io.FileIO(r.run_folder / '13_a.mp3', 'w')  # LPR202 LPR101",
        "io.open(r.run_folder / n, 'wb')  # LPR202",
        "io.FileIO(str(r.run_folder / n), mode='a')  # LPR202",
        "io.TextIOWrapper(io.FileIO(r.run_folder / '13_a.txt', 'x'))  # LPR202 LPR101",
    ),
    "a descriptor": (
        "os.write(os.open(r.run_folder / '14_a.mp3', os.O_WRONLY | os.O_CREAT), d)  # LPR202 LPR101",
        "os.open(r.run_folder / n, flags=os.O_RDWR)  # LPR202",
        "how = os.O_WRONLY\nos.open(str(r.run_folder / n), how)  # LPR202",
        "os.fdopen(os.open(r.run_folder / '14_a.mp3', os.O_CREAT | os.O_EXCL | os.O_WRONLY), 'wb')  # LPR202 LPR101",
    ),
    "removals": (
        "os.remove(r.run_folder / n['filename'])  # LPR203",
        "(r.run_folder / n['thumb']).unlink()  # LPR203",
        "shutil.rmtree(r.run_folder)  # LPR203",
        "for p in r.run_folder.glob('*.tmp'): os.unlink(p)  # LPR203",
    ),
    "a log": (
        "logging.FileHandler(r.run_folder / 'run.log')  # LPR202",
        "logging.basicConfig(filename=r.run_folder / 'run.log')  # LPR202",
        "import logging.handlers; logging.handlers.RotatingFileHandler(r.run_folder / n)  # LPR202",
        "logging.FileHandler(filename=str(r.run_folder / n), mode='w')  # LPR202",
    ),
    "libraries": (
        "from omegaconf import OmegaConf; OmegaConf.save(d, r.run_folder / 'config.yaml')  # LPR202",
        "import h5py; h5py.File(r.run_folder / 'data.h5', 'w')  # LPR202",
        "import cv2; cv2.VideoWriter(str(r.run_folder / 'clip.avi'), n, 30, (1, 1))  # LPR202",
        "import torch; torch.jit.save(d, r.run_folder / 'model.pt'); d.save_weights(r.run_folder / n)  # LPR202 LPR202",
    ),
    "commands": (
        "subprocess.run(['cp', 'a.mp4', r.run_folder / 'a.mp4'], check=True)  # LPR201",
        "subprocess.run(['ffmpeg', '-i', s, str(r.run_folder / '07_a.mp4')], check=True)  # LPR202 LPR101",
        "cmd = ['mv', s, str(r.run_folder)]\nsubprocess.check_call(cmd)  # LPR201",
        "subprocess.Popen(['ffmpeg', '-y', '-i', s, f'{r.run_folder}/07_{n}.mp4'])  # LPR202 LPR101",
    ),
    "a file kept in a dict": (
        "out = {'path': r.run_folder / '31_a.csv'}  # LPR101\nd.to_csv(out['path'])  # LPR202",
        "out = dict(path=r.run_folder / 'a.csv')\nd.to_csv(out['path'])  # LPR202",
        "out = {}\nout['path'] = r.run_folder / '31_a.csv'  # LPR101\nd.to_csv(out['path'])  # LPR202",
        "outs = [r.run_folder / 'a.csv', s]\nd.to_csv(outs[0])  # LPR202",
    ),
    "a handle that is closed by hand": (
        "fd = open(r.run_folder / '30_a.txt', 'w')  # LPR202 LPR101\nfd.write('x')\nfd.close()",
        "fd = (r.run_folder / n).open('ab')  # LPR202\nfd.write(d)",
        "self.fd = open(r.run_folder / '30_a.txt', 'w')  # LPR202 LPR101",
        "with open(s) as a, open(r.run_folder / '25_a.txt', 'w') as b: b.write(a.read())  # LPR202 LPR101",
    ),
    "in a function within": (
        "folder = r.run_folder\ndef inner(): shutil.copy2(s, folder / '22_a.png')  # LPR201 LPR101\ninner()",
        "def inner(folder): shutil.copy2(s, folder / '22_a.png')  # LPR201 LPR101\ninner(r.run_folder)",
        "n.map(lambda x: shutil.copy2(x, r.run_folder / '22_a.png'))  # LPR201 LPR101",
        "async def inner(): (r.run_folder / n).write_bytes(d)  # LPR202\nasyncio.run(inner())",
    ),
}  # fmt: skip
WRITES_HEAD = """\
copy = shutil.copy2
WRITING = "w"
def where(r: LivePipelineRecorder, name): return r.run_folder / name
def f(self, r: LivePipelineRecorder, s, n, d, mode="wb"):
"""

# Rows that need a module, or a class, of their own.
MODULES = {
    "a name in the class": (
        "class K:\n    NAME = '07_a.mp3'  # LPR101\n    def __init__(self, r: R): self.r = r\n"
        "    def f(self, s): shutil.copy2(s, self.r.run_folder / self.NAME)  # LPR201",
        "class K:\n    NAME = '07_a.mp3'  # LPR101\n    @classmethod\n    def f(cls, r: R, s): shutil.copy2(s, r.run_folder / cls.NAME)  # LPR201",
        "class K:\n    NAME = '07_a.mp3'  # LPR101\ndef f(r: R, s): shutil.copy2(s, r.run_folder / K.NAME)  # LPR201",
        "class B:\n    NAME: str = '07_a.txt'  # LPR101\nclass K(B):\n    def f(self, r: R): (r.run_folder / self.NAME).touch()  # LPR202",
    ),
    "a folder set once": (
        "class W:\n    def __init__(self, run_id):\n        self.rec = get_recorder(run_id)\n        self.folder = self.rec.run_folder\n"
        "    def f(self, s): shutil.copy2(s, self.folder / '03_a.jpg')  # LPR201 LPR101",
        "class W:\n    def __init__(self, rec: R): self.folder = rec.run_folder / 'sub'\n"
        "    def f(self): (self.folder / '03_a.jpg').touch()  # LPR202 LPR101",
        "class W:\n    def __init__(self, rec: R): self.rec, self.path = rec, str(rec.run_folder)\n"
        "    def f(self): open(self.path + '/a', 'w')  # LPR202",
        "class B:\n    def __init__(self, rec: R): self.folder = rec.run_folder\n"
        "class W(B):\n    def f(self): (self.folder / 'a').touch()  # LPR202",
    ),
    "a folder as parameter": (
        "def save(run_folder, info):\n    with open(run_folder / 's.json', 'w') as h: h.write(info)  # LPR202\ndef f(r: R): save(r.run_folder, '')",
        "def save(info, *, to): (to / 's.json').write_text(info)  # LPR202\ndef f(r: R): save('', to=r.run_folder)",
        "class A:\n    def save(self, at): (at / 's.json').touch()  # LPR202\n    def f(self, r: R): self.save(r.run_folder)",
        "from steps import save\ndef f(r: R): save(r.run_folder, '')\n"
        "# file: steps.py\n# run_folder\ndef save(at, info): (at / 's.json').write_text(info)  # LPR202",
    ),
    "copied into a folder that is given": (
        "def put(folder, s): shutil.copy2(s, folder / '26_a.png')  # LPR201 LPR101\ndef f(r: R, s): put(r.run_folder, s)",
        "def put(folder, s): shutil.copy2(s, folder)  # LPR201\ndef f(r: R, s): put(r.run_folder, s)",
        "def deep(to, s): shutil.move(s, to / 'a.png')  # LPR201\ndef put(at, s): deep(at, s)\ndef f(r: R, s): put(s=s, at=r.run_folder)",
        "def put(s, folder=None): shutil.copy2(s, os.path.join(folder, '26_a.png'))  # LPR201 LPR101\ndef f(r: R, s): put(s, r.run_folder)",
    ),
    "a method of the recorder's subclass": (
        "class Mine(LivePipelineRecorder):\n    def keep(self, s): shutil.copy2(s, self.run_folder / '00_a.png')  # LPR201 LPR101",
        "class Mine(LivePipelineRecorder): pass\ndef f(r: Mine, s): shutil.copy2(s, r.run_folder / '06_a.png')  # LPR201 LPR101",
        "class Mine(R):\n    async def keep(self): (self.run_folder / 'a').touch()  # LPR202",
        "from base import Base\nclass Mine(Base):\n    def keep(self): (self.run_folder / 'a').touch()  # LPR202\n"
        "# file: base.py\nfrom recorder import LivePipelineRecorder\nclass Base(LivePipelineRecorder): pass",
    ),
    "a helper that writes": (
        "def dump(path, value):\n    with open(path, 'w') as h: h.write(value)\ndef f(r: R): dump(r.run_folder / '05_s.json', '')  # LPR202 LPR101",
        "class A:\n    def dump(self, path): Path(path).touch()\n    def f(self, r: R): self.dump(r.run_folder / 'a')  # LPR202",
        "from tools import dump\ndef f(r: R): dump('', to=r.run_folder / 'a')  # LPR202\n# file: tools.py\ndef dump(value, to): to.write_text(value)",
        "def low(p): p.touch()\ndef dump(path): low(path)\ndef f(r: R): dump(str(r.run_folder / '05_s.json'))  # LPR202 LPR101",
    ),
    "handed on to a third file": (
        "from mid import put\ndef f(r: R): put(r.run_folder)  # LPR202\n"
        "# file: mid.py\nfrom low import dump\ndef put(to):\n    for n in range(3): dump(n, to)\n"
        "# file: low.py\ndef dump(n, at): (at / str(n)).touch()",
        "from mid import put\ndef f(r: R): put(r.run_folder / '05_a.csv')  # LPR202 LPR101\n"
        "# file: mid.py\nfrom low import dump\ndef put(to): dump(str(to))\n# file: low.py\ndef dump(path): open(path, 'w')",
        "import mid\ndef f(r: R): mid.put(to=r.run_folder / 'sub')  # LPR201\n"
        "# file: mid.py\nimport low\ndef put(to): low.Low().dump(to)\n"
        "# file: low.py\nimport shutil\nclass Low:\n    def dump(self, at): shutil.copy('x', at / 'a')",
        "import mid\ndef f(r: R): mid.put(r.run_folder / 'a')\n"
        "# file: mid.py\nimport low\ndef put(to): low.read(to)\n# file: low.py\ndef read(at): return at.read_text()",
    ),
    "a method of a class without a token": (
        "from store import Store\ndef f(r: R, s: Store): s.dump(1, r.run_folder / 'a')  # LPR202\n"
        "# file: store.py\nclass Store:\n    def dump(self, value, at): at.write_text(value)",
        "import store\ndef f(r: R): store.Store().dump(r.run_folder)  # LPR202\n"
        "# file: store.py\nclass Base:\n    def dump(self, at): (at / 'a').touch()\nclass Store(Base): ...",
        "from store import Store\ndef f(r: R): Store.put(r.run_folder / '06_a')  # LPR202 LPR101\n"
        "# file: store.py\nclass Store:\n    @staticmethod\n    def put(at): at.touch()",
        "from store import Store\nclass K:\n    def __init__(self): self.store = Store()\n"
        "    def f(self, r: R): self.store.atomic(path=r.run_folder / 'a')  # LPR201\n"
        "# file: store.py\nimport os\nclass Store:\n    def atomic(self, path): os.replace(str(path) + '.part', path)",
        "from store import Store\ndef f(r: R, s: Store): s.read(r.run_folder / 'a'), s.other(r.run_folder)\n"
        "# file: store.py\nclass Store:\n    def read(self, at): return at.read_text()",
    ),
    "a class without a token that is made with a path": (
        "from sink import Sink\ndef f(r: R): Sink(r.run_folder).put(1)  # LPR202\n# file: sink.py\nclass Sink:\n"
        "    def __init__(self, folder): self.folder = folder\n    def put(self, n): (self.folder / str(n)).touch()",
        "from sink import Sink\ndef f(r: R): return Sink(path=r.run_folder / '07_a.txt')  # LPR202 LPR101\n"
        "# file: sink.py\nclass Sink:\n    def __init__(self, path): self.handle = open(path, 'a')",
        "import sink\ndef f(r: R): return sink.Sink(1, r.run_folder / 'a')  # LPR202\n"
        "# file: sink.py\nfrom dataclasses import dataclass\n@dataclass\nclass Sink:\n    n: int\n    path: Path\n"
        "    def put(self): self.path.write_text(str(self.n))",
        "from sink import Sink\ndef f(r: R): return Sink(r.run_folder / 'a')\n"
        "# file: sink.py\nclass Sink:\n    def __init__(self, path): self.text = open(path).read()",
    ),
    "a field that is given a path": (
        "@dataclass\nclass Out:\n    path: Path\n    def write(self): self.path.write_text('')  # LPR202\n"
        "def f(r: R): Out(r.run_folder / '07_a.txt').write()  # LPR101",
        "class Out(NamedTuple):\n    n: int\n    folder: Path\ndef f(r: R):\n    out = Out(1, folder=r.run_folder)\n"
        "    (out.folder / '08_a').touch()  # LPR202 LPR101",
        "@dataclass\nclass Base:\n    folder: Path\n@dataclass\nclass Out(Base):\n    log: Path\n"
        "def f(r: R): g(Out(r.run_folder, r.run_folder / 'log'))\n"
        "def g(out: Out): open(out.log, 'a'), (out.folder / 'x').touch()  # LPR202 LPR202",
        "class Out:\n    def __init__(self, path): self.path = path\n    def write(self): open(self.path, 'w')  # LPR202\n"
        "def f(r: R): Out(r.run_folder / 'a').write()",
        "@dataclass\nclass Out:\n    live: R\n    folder: Path\n    @classmethod\n"
        "    def of(cls, live: R): return cls(live, live.run_folder)\n    def a(self): (self.folder / 'a').touch()  # LPR202",
        "@dataclass\nclass Out:\n    path: Path\n    def read(self): return self.path.read_text()\n"
        "def f(r: R): Out(r.run_folder / 'a').read()",
    ),
    "kept by an object of another module": (
        "from model import Job\ndef f(r: R):\n    job = Job('a', r.run_folder)\n    g(job)\n"
        "def g(job: Job): (job.folder / '08_a').touch()  # LPR202 LPR101\n"
        "# file: model.py\nfrom dataclasses import dataclass\n@dataclass\nclass Job:\n    name: str\n    folder: Path",
        "from layout import Layout\ndef f(r: R):\n    lay = Layout(r.run_folder)\n"
        "    lay.log.touch(), lay.frame(3).write_bytes(b'')  # LPR202 LPR202\n"
        "# file: layout.py\nclass Layout:\n    def __init__(self, folder): self.folder = folder\n"
        "    @property\n    def log(self): return self.folder / 'log'\n    def frame(self, n): return self.folder / 'a' / str(n)",
        "from scope import Scope\nfrom tools import dump\ndef f(s: Scope): dump(s.folder)  # LPR202\n"
        "def g(r: R): f(Scope(r.run_folder))\n# file: scope.py\n# run_folder\nclass Scope:\n"
        "    def __init__(self, folder): self.folder = folder\n# file: tools.py\ndef dump(at): (at / 'a').touch()",
        "from scope import Scope\ndef f(s: Scope): s.frames.mkdir(), s.frame(1).touch()  # LPR202\n"
        "def g(r: R): f(Scope(r.run_folder))\n# file: scope.py\nclass Scope:\n    def __init__(self, folder): self.folder = folder\n"
        "    @property\n    def frames(self): return self.folder / 'frames'\n    def frame(self, n): return self.frames / str(n)",
    ),
    "named by a helper of another module": (
        "from layout import place\ndef f(r: R): place(r.run_folder, '02_a.txt').touch()  # LPR202 LPR101\n"
        "# file: layout.py\ndef place(folder, name): return folder / name",
        "from layout import place\ndef f(r: R): open(place(name='02_a.txt', folder=r.run_folder), 'w')  # LPR202 LPR101\n"
        "# file: layout.py\nimport os\ndef place(folder, name): return os.path.join(folder, 'sub', name)",
        "from layout import place\ndef f(r: R): place(r.run_folder, 1).touch()  # LPR202\n"
        "# file: layout.py\ndef place(folder, n):\n    if n: return folder / 'a'\n    return folder / 'b'",
        "from layout import place\ndef f(r: R): place(r.run_folder, 1).touch()\n"
        "# file: layout.py\ndef place(folder, n):\n    if n: return folder / 'a'\n    return '/tmp'",
    ),
    "an attribute misspelled where no class is named": (
        "# file: use.py\nfrom deps import Context\ndef f(c: Context): c.run.run_folder, c.run.run_foldr  # LPR001\n"
        "# file: deps.py\nfrom recorder import LivePipelineRecorder\nclass Context:\n    run: LivePipelineRecorder",
        "# file: use.py\nimport deps\ndef f(): deps.current().run_folder, deps.current().sav_entity  # LPR001\n"
        "# file: deps.py\nfrom recorder import get_recorder\ndef current(): return get_recorder('x')",
        "# file: use.py\nfrom deps import RUN\ndef f(): RUN.run_folder, RUN.metadat  # LPR001\n"
        "# file: deps.py\nfrom recorder import get_recorder\nRUN = get_recorder('x')",
        "# file: use.py\nfrom deps import Base\nclass Step(Base):\n    def f(self): self.run.run_folder, self.run.closee  # LPR001\n"
        "# file: deps.py\nfrom recorder import LivePipelineRecorder\nclass Base:\n    run: LivePipelineRecorder",
    ),
    "state changed from outside": (
        "def f(r: R):\n    r.metadata['models_used'] = {}  # LPR003\n    r._save_metadata()  # LPR001 LPR003\n    r.sequence_number += 1  # LPR003",
        "class A:\n    def __init__(self, r: R): self.r = r\n    def f(self): self.r.metadata.update(a=1)  # LPR003",
        "def f():\n    meta = get_recorder('x').metadata\n    meta['a'] = 1  # LPR003",
        "def f(r: R):\n    for one in r.metadata['entities']: one['a'] = 1  # LPR003",
    ),
    "a class of the project's own with run_dir": (
        "from store import RunRecorder\ndef main():\n    recorder = RunRecorder('runs/1')\n    report(recorder)\n"
        "def report(recorder): return (recorder.run_dir / 'a').read_text()\n"
        "# file: store.py\nclass RunRecorder:\n    def __init__(self, root): self.run_dir = Path(root)",
        "def report(recorder): return recorder.run_dir\n# file: a/store.py\n@dataclass\nclass Run:\n    run_dir: Path",
        "class A:\n    def f(self): return self.recorder.run_dir\n# file: store.py\nclass Store:\n    @property\n    def run_dir(self): ...",
        "class LightningRecorder:\n    run_dir = 'x'\ndef f(app): return app.recorder.run_dir",
    ),
}  # fmt: skip


def variants(table: dict[str, tuple[str, ...]]) -> list[Any]:
    """Each row as it was found (0), and its variants."""
    return [pytest.param(code, id=f"{row} {number}") for row, codes in table.items() for number, code in enumerate(codes)]


@pytest.mark.parametrize("code", variants(RECORDERS | MODULES))
def test_modules(project: Any, code: str) -> None:
    project.write(f"{HEAD}{code}\n")
    assert project.found() == project.marked()


@pytest.mark.parametrize("code", variants(WRITES))
def test_lines_of_a_function(project: Any, code: str) -> None:
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    project.write(f"{HEAD}{WRITES_HEAD}{lines}")
    assert project.found() == project.marked()
