"""What counts as a recorder: proof, a name that suggests one, proof of the opposite."""

from __future__ import annotations

import ast

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse
from lint_plugin.source.text import SourceText

IMPORT = "from my_app.services.pipeline_recorder import LivePipelineRecorder, get_recorder, load_recorder\n"

# (code, level, origin); the expression judged is the one before `.run_dir`.
CASES = {
    "annotated parameter": (IMPORT + "def f(r: LivePipelineRecorder): r.run_dir", "strong", "LivePipelineRecorder"),
    "quoted annotation": (IMPORT + "def f(r: 'LivePipelineRecorder'): r.run_dir", "strong", "LivePipelineRecorder"),
    "optional": (
        IMPORT + "from typing import Optional\ndef f(r: Optional[LivePipelineRecorder]): r.run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "union with None": (IMPORT + "def f(r: LivePipelineRecorder | None = None): r.run_dir", "strong", "LivePipelineRecorder"),
    "quoted union": (IMPORT + "def f(r: 'LivePipelineRecorder | None'): r.run_dir", "strong", "LivePipelineRecorder"),
    "annotation by module": (
        "import my_app.pipeline_recorder as pr\ndef f(r: pr.LivePipelineRecorder): r.run_dir", "strong", "LivePipelineRecorder",
    ),
    "annotation under TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from recorder import LivePipelineRecorder\n"
        "def f(r: 'LivePipelineRecorder'): r.run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "annotated variable": (IMPORT + "r: LivePipelineRecorder = make()\nr.run_dir", "strong", "LivePipelineRecorder"),
    "constructor": (IMPORT + "LivePipelineRecorder('x').run_dir", "strong", "LivePipelineRecorder"),
    "constructed": (IMPORT + "r = LivePipelineRecorder('x')\nr.run_dir", "strong", "LivePipelineRecorder"),
    "factory": (IMPORT + "r = get_recorder('x')\nr.run_dir", "strong", "get_recorder"),
    "factory under another name": (
        "from recorder import get_recorder as make\nr = make('x')\nr.run_dir", "strong", "get_recorder",
    ),
    "factory of the module": ("import recorder\nr = recorder.get_recorder('x')\nr.run_dir", "strong", "get_recorder"),
    "relative import": ("from ..pipeline_recorder import get_recorder\nr = get_recorder(1)\nr.run_dir", "strong", "get_recorder"),
    "awaited factory": (IMPORT + "async def f():\n    r = await get_recorder(1)\n    r.run_dir", "strong", "get_recorder"),
    "with": (IMPORT + "with LivePipelineRecorder('x') as r:\n    r.run_dir", "strong", "LivePipelineRecorder"),
    "walrus": (IMPORT + "if (r := load_recorder('x')):\n    r.run_dir", "strong", "load_recorder"),
    "alias": (IMPORT + "a = get_recorder('x')\nb = a\nb.run_dir", "strong", "get_recorder"),
    "None first": (IMPORT + "def f(x):\n    r = None\n    if x:\n        r = get_recorder('x')\n    r.run_dir", "strong", "get_recorder"),
    "either": (IMPORT + "r = get_recorder(1) if x else get_recorder(2)\nr.run_dir", "strong", "get_recorder"),
    "or": (IMPORT + "r = load_recorder(1) or get_recorder(1)\nr.run_dir", "strong", ""),
    "cast": (IMPORT + "from typing import cast\nr = cast(LivePipelineRecorder, x)\nr.run_dir", "strong", "LivePipelineRecorder"),
    "function that says what it returns": (
        IMPORT + "def make() -> LivePipelineRecorder: ...\nr = make()\nr.run_dir", "strong", "LivePipelineRecorder",
    ),
    "subclass in the module": (
        IMPORT + "class Mine(LivePipelineRecorder): ...\ndef f(r: Mine): r.run_dir", "strong", "Mine",
    ),
    "attribute set in __init__": (
        IMPORT + "class A:\n    def __init__(self, r: LivePipelineRecorder):\n        self._r = r\n"
        "    def f(self): self._r.run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "attribute annotated in the class": (
        IMPORT + "class A:\n    rec: LivePipelineRecorder\n    def f(self): self.rec.run_dir", "strong", "LivePipelineRecorder",
    ),
    "parameter by name": ("def f(recorder): recorder.run_dir", "weak", ""),
    "attribute by name": ("def f(app): app._recorder.run_dir", "weak", ""),
    "attribute set from a parameter by name": (
        "class A:\n    def __init__(self, recorder):\n        self.recorder = recorder\n    def f(self): self.recorder.run_dir",
        "weak", "",
    ),
    "factory by attribute (Qlib)": ("from qlib.workflow import R\nrecorder = R.get_recorder()\nrecorder.run_dir", "weak", ""),
    "unknown call": ("recorder = make()\nrecorder.run_dir", "weak", ""),
    "call that says recorder": ("get_canvas_recorder().run_dir", "weak", ""),
    "loop variable": ("for recorder in all_of_them: recorder.run_dir", "weak", ""),
    "the class from elsewhere": ("from other import LivePipelineRecorder\nr = LivePipelineRecorder()\nr.run_dir", "weak", ""),
    "strong or by name": (
        IMPORT + "def f(recorder, x):\n    if x:\n        recorder = get_recorder(1)\n    recorder.run_dir", "weak", "",
    ),
    "another class by annotation": ("from audio import AudioRecorder\ndef f(recorder: AudioRecorder): recorder.run_dir", "no", ""),
    "another class by assignment": ("from video import VideoWriter\nrecorder = VideoWriter()\nrecorder.run_dir", "no", ""),
    "another class in an attribute": (
        "class A:\n    def __init__(self, recorder: AudioRecorder):\n        self.recorder = recorder\n"
        "    def f(self): self.recorder.run_dir",
        "no", "",
    ),
    "a module": ("import recorder\nrecorder.run_dir", "no", ""),
    "imported under the name": ("from audio import recorder\nrecorder.run_dir", "no", ""),
    "a function": ("def recorder(): ...\nrecorder.run_dir", "no", ""),
    "a class": ("class recorder: ...\nrecorder.run_dir", "no", ""),
    "an exception": ("try: ...\nexcept E as recorder:\n    recorder.run_dir", "no", ""),
    "a literal": ("recorder = {}\nrecorder.run_dir", "no", ""),
    "one of them is another class": (
        IMPORT + "def f(x):\n    if x:\n        recorder = Audio()\n    else:\n        recorder = get_recorder(1)\n    recorder.run_dir",
        "no", "",
    ),
    "another name": ("def f(r): r.run_dir", "unknown", ""),
    "Any": ("from typing import Any\ndef f(r: Any): r.run_dir", "unknown", ""),
    "self of any class": ("class A:\n    def f(self): self.run_dir", "no", ""),
    "self of the recorder": ("class LivePipelineRecorder:\n    def f(self): self.run_dir", "strong", "LivePipelineRecorder"),
    "Self": (
        "from typing import Self\nclass LivePipelineRecorder:\n    def g(self) -> Self: ...\n"
        "def f(x: LivePipelineRecorder): x.g().run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "one of two imports, quoted": (
        "try: from recorder import LivePipelineRecorder\nexcept ImportError: from old.recorder import LivePipelineRecorder\n"
        "def f(r: 'LivePipelineRecorder'): r.run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "the module's own factory": (
        IMPORT.replace("get_recorder, ", "") + "def get_recorder(x): return LivePipelineRecorder(x)\nget_recorder(1).run_dir",
        "strong", "LivePipelineRecorder",
    ),
    "the module's own factory of something": ("def get_recorder(x): return RUNS[x]\nget_recorder(1).run_dir", "weak", ""),
    "values of a dict comprehension": (IMPORT + "{k: get_recorder(k) for k in 'ab'}['a'].run_dir", "strong", "get_recorder"),
    "of a list that is extended": (IMPORT + "runs = []\nruns.extend([get_recorder(1)])\nruns[0].run_dir", "strong", "get_recorder"),
    "a parameter that pytest parametrizes": (
        IMPORT + "import pytest\n@pytest.fixture\ndef r(): return get_recorder(1)\n"
        "@pytest.mark.parametrize('r', [1])\ndef test_it(r): r.run_dir",
        "unknown", "",
    ),
    "self in a static method": (
        "class LivePipelineRecorder:\n    @staticmethod\n    def f(self): self.run_dir", "unknown", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "level", "origin"), CASES.values(), ids=CASES)
def test_evidence(code: str, level: str, origin: str) -> None:
    analysis = analyse(SourceText(code.encode()), Config(), "my_app/routes.py")
    found = [analysis.evidence.of(node.value) for node in analysis.attributes if node.attr == "run_dir"]
    assert [e.level for e in found] == [level]
    assert found[0].origin.rpartition(".")[2] == origin
    assert found[0].own == (code.startswith("class LivePipelineRecorder") and level == "strong")


@pytest.mark.parametrize(
    ("code", "shipped"),
    [
        ("from recorder import get_recorder\nr = get_recorder(1)\nr.run_dir", True),
        ("from recorder import LivePipelineRecorder\ndef f(r: LivePipelineRecorder): r.run_dir", True),
        ("from my_app.pipeline_recorder import get_recorder\nr = get_recorder(1)\nr.run_dir", False),
        ("from .recorder import get_recorder\nr = get_recorder(1)\nr.run_dir", False),
        ("class LivePipelineRecorder: ...\nr = LivePipelineRecorder()\nr.run_dir", False),
        ("def f(recorder): recorder.run_dir", False),
    ],
)
def test_shipped(code: str, shipped: bool) -> None:
    analysis = analyse(SourceText(code.encode()), Config(), "my_app/routes.py")
    expression = next(
        node.value for node in ast.walk(analysis.tree) if isinstance(node, ast.Attribute) and node.attr == "run_dir"
    )
    assert analysis.evidence.of(expression).shipped is shipped


def test_configured_names() -> None:
    config = Config(
        {
            "recorder-classes": ("RunStore",),
            "recorder-factories": ("open_run",),
            "recorder-modules": ("store.*",),
            "recorder-names": ("store", "run_store"),
        }
    )
    levels = {
        "from store.core import RunStore\nx = RunStore()\nx.run_dir": "strong",
        "from store.core import open_run\nx = open_run()\nx.run_dir": "strong",
        "def f(self): self._run_store.run_dir": "weak",
        "def f(store): store.run_dir": "weak",
        "def f(recorder): recorder.run_dir": "unknown",
        "from recorder import LivePipelineRecorder\nx = LivePipelineRecorder()\nx.run_dir": "no",
    }
    for code, level in levels.items():
        analysis = analyse(SourceText(code.encode()), config, "a.py")
        assert [analysis.evidence.of(n.value).level for n in analysis.attributes if n.attr == "run_dir"] == [level], code
