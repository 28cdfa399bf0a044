"""A text without the bodies that have no say: what is asked about the names is answered as on the whole text."""

from __future__ import annotations

import ast
import gc
import random

import pytest

from codemods.rewrite.outline import Outline
from codemods.rewrite.splice import Change, Splice, splice
from codemods.rewrite.statements import Statements
from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

TOUCHED = "def touched(src):\n    name = src\n    return name\n"


def outlined(text: str, *names: str) -> tuple[ast.Module, ast.Module, ast.Module]:
    """The rewritten text as a whole tree, parsed without bodies, and shortened; `name = src` is what is rewritten."""
    old = SourceText(text.encode())
    at = old.u8.index(b"name = src")
    u8, moves = splice(old.u8, [Change(at, at + 10, b"name = (src,\n        0)")])
    new = SourceText(u8)
    whole = new.parse()
    outline = Outline(Statements(old, old.parse()), moves)
    asked = frozenset(name.encode() for name in names)
    return whole, outline.parse(new, asked), outline.shortened(Statements(new, whole), asked)


def left_out(text: str, *names: str) -> list[str]:
    """The names of the functions and classes that lose their bodies, in both ways."""
    whole, parsed, shortened = outlined(text, *names)
    bodies = [
        {node.name: ast.dump(ast.Module(node.body, [])) for node in ast.walk(tree) if isinstance(node, HOLDERS)}
        for tree in (whole, parsed, shortened)
    ]
    assert bodies[1].keys() == bodies[2].keys()
    both = [[name for name, body in found.items() if body != bodies[0][name] and _is_empty(body)] for found in bodies[1:]]
    assert both[0] == both[1]
    return both[0]


HOLDERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
EMPTY = ("Module(body=[Expr(value=Tuple(elts=[], ctx=Load()))], type_ignores=[])", "Module(body=[Pass()], type_ignores=[])")


def _is_empty(body: str) -> bool:
    return body in EMPTY


@pytest.mark.parametrize(
    ("other", "names", "expected"),
    [
        ("def f():\n    return 1\n", (), ["f"]),
        ("async def f():\n    return 1\n", (), ["f"]),
        ("@g\ndef f():\n    return 1\n", (), ["f"]),
        ("def f(): return 1\n", (), ["f"]),
        ("def f():\n    return os.sep\n", ("os",), []),
        ("def f():\n    return os.sep\n", ("sep", "shutil"), []),
        ("def f():\n    return os.sep\n", ("shutil",), ["f"]),
        ("def f():\n    '''os'''\n", ("os",), []),
        ("def f():\n    return 1  # os\n    x\n", ("os",), []),
        ("def f():\n    return closely\n", ("close",), ["f"]),
        ("def f(a=os):\n    return 1\n", ("os",), ["f"]),
        ("def f():\n    global g\n    g = 1\n", (), []),
        ("def f():\n    def g():\n        nonlocal x\n    x = 1\n", (), []),
        ("def f():\n    return eval('x')\n", (), []),
        ("def f():\n    return locals()\n", (), []),
        ("def f():\n    return vars()\n", (), []),
        ("def f():\n    return dir()\n", (), []),
        ("def f():\n    exec('x')\n", (), []),
        ("def f():\n    return globals()\n", (), []),
        ("def f():\n    from os import *\n", (), []),
        ("def f():\n    return ｏｓ.sep\n", ("os",), []),
        ("class C:\n    a = 1\n    def f(self):\n        return 1\n", (), ["C"]),
        ("class C:\n    a = os\n    def f(self):\n        return 1\n    def g(self):\n        return os\n", ("os",), ["f"]),
        ("class C:\n    raise E\n    def f(self):\n        return 1\n", (), ["f"]),
        ("class C:\n    while True:\n        pass\n", (), []),
        ("class C:\n    class D:\n        def f(self):\n            return 1\n", (), ["D"]),
        ("if x:\n    def f():\n        return 1\n", (), []),
    ],
)
def test_what_is_left_out(other: str, names: tuple[str, ...], expected: list[str]) -> None:
    assert left_out(f"{other}\n\n{TOUCHED}", *names) == expected
    assert left_out(f"{TOUCHED}\n\n{other}", *names) == expected


def test_a_touched_method_stays_and_its_class_with_it() -> None:
    text = "class C:\n    def other(self):\n        return 1\n\n    def touched(self, src):\n        name = src\n        return name\n"
    assert left_out(text) == ["other"]


def test_what_adjoins_a_change_stays() -> None:
    old = SourceText(b"def f():\n    return 1\nx = 2\n")
    statements = Statements(old, old.parse())
    for at, text, expected in ((20, b"1", False), (21, b"1", False), (22, b"x", True)):
        u8, moves = splice(old.u8, [Change(at, at, text)])
        new = SourceText(u8)
        shortened = Outline(statements, moves).shortened(Statements(new, new.parse()), frozenset())
        function = shortened.body[0]
        assert isinstance(function, ast.FunctionDef)
        assert isinstance(function.body[0], ast.Pass) == expected, at


BODIES = (
    "return a\n",
    "x = '''\n  )\n'''\nreturn x\n",
    "return (a,\n        # )\n        b)\n",
    "@a\ndef inner():\n    pass\n",
    "'doc'; a = 1; b = 2;\n",
    "if a:\n\n    # comment\n    b()\nelse:\n    c()\n",
    "a = 1\n\x0c\nreturn \\\n    a\n",
    "global a\na = 2\n",
    "a = os\ndel a\n",
    "import os\nreturn os\n",
    "for a in b:\n    yield a\n",
    "return f'''{a}\n{b!r:>{c}}'''\n",
)


def random_module(choose: random.Random) -> str:
    """Functions and classes around the one that is rewritten, with bodies of all kinds."""
    parts = ["import os\na = b = c = 0\n"]
    for number in range(choose.randrange(1, 7)):
        if choose.random() < 0.4:
            methods = [function(choose, f"m{index}", "    ") for index in range(choose.randrange(1, 4))]
            parts.append(f"class C{number}(os.a):\n    a = os\n" + "".join(methods))
        else:
            parts.append(function(choose, f"f{number}", ""))
    parts.insert(choose.randrange(1, len(parts) + 1), "def touched(src):\n    name = src\n    return name, a, b, os, src\n")
    return choose.choice(["\n", "\r\n"]).join("\n\n".join(parts).split("\n"))


def function(choose: random.Random, name: str, margin: str) -> str:
    body = choose.choice(BODIES).replace("\n", f"\n{margin}    ").rstrip(" ")
    decorator = f"{margin}@a\n" if choose.random() < 0.3 else ""
    return f"{decorator}{margin}def {name}(self=a):\n{margin}    {body}"


@pytest.mark.parametrize("seed", range(60))
def test_names_mean_the_same(seed: int) -> None:
    choose = random.Random(seed)
    text = random_module(choose)
    names = tuple(name for name in ("a", "b", "os") if choose.random() < 0.4)
    whole, parsed, shortened = outlined(text, *names)
    expected = meanings(whole)
    for tree in (parsed, shortened):
        found = meanings(tree)
        assert found.items() <= expected.items()
        asked = {place: meaning for place, meaning in expected.items() if place[0] in names}
        assert asked.items() <= found.items()
    touched = next(node for node in whole.body if getattr(node, "name", "") == "touched")
    inside = {place for place in expected if touched.lineno <= place[1] <= (touched.end_lineno or 0)}
    assert inside <= meanings(parsed).keys() & meanings(shortened).keys()


Place = tuple[str, int, int]


def meanings(tree: ast.Module) -> dict[Place, frozenset[object]]:
    """What every name that is read may mean, by places."""
    flow = Flow(tree)
    return {
        (name.id, name.lineno, name.col_offset): frozenset(
            (d.kind, d.name, getattr(d.node, "lineno", 0), getattr(d.node, "col_offset", 0)) for d in flow.reach(name)
        )
        for name in ast.walk(tree)
        if isinstance(name, ast.Name) and not isinstance(name.ctx, ast.Store)
    }


@pytest.mark.parametrize("seed", range(60))
def test_everything_else_stands_where_it_stood(seed: int) -> None:
    text = random_module(random.Random(seed))
    whole, parsed, shortened = outlined(text)
    for tree in (parsed, shortened):
        positions = {ast.dump(node, include_attributes=True) for node in ast.walk(whole) if isinstance(node, ast.expr)}
        kept = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and ast.dump(node) != "Tuple(elts=[], ctx=Load())"]
        assert all(ast.dump(node, include_attributes=True) in positions for node in kept)
        spans = [
            [(type(node), node.lineno, node.col_offset, node.end_lineno, node.end_col_offset) for node in one.body]
            for one in (whole, tree)
        ]
        assert spans[0] == spans[1]


def test_an_untouched_text_is_all_parts() -> None:
    source = SourceText(b"def f():\n    return 1\n")
    outline = Outline(Statements(source, source.parse()), Splice([]))
    assert outline.touched == []
    assert ast.dump(outline.parse(source, frozenset())) != ast.dump(source.parse())


FIXED = b"""\
import shutil
from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, src: str, media: str) -> None:
    while len(media) > 1:
        for part in media:
            if part:
                media = media[1:]
    if media == "audio":
        ext = "mp3"
    else:
        ext = "png"
    name = f"07_output.{ext}"
    shutil.copy2(src, recorder.run_dir / name)
"""
AGAIN = b"""

def left(recorder: LivePipelineRecorder, data: bytes) -> str:
    '''>>> left'''
    name = "08_left.png"
    with open(recorder.run_folder / name, "wb") as f:
        f.write(data)
        return locals()
"""


@pytest.mark.parametrize("text", [FIXED, FIXED + AGAIN], ids=["once", "again"])
@pytest.mark.parametrize("mode", ["fix", "check"])
def test_nothing_waits_for_the_garbage_collector(mode: str, text: bytes) -> None:
    def nodes() -> int:
        return sum(isinstance(thing, ast.AST) for thing in gc.get_objects())

    def work() -> bytes | None:
        return process_file(text, "a.py", Config(), Facts(), Options(mode)).new  # type: ignore[arg-type]

    work()
    gc.collect()
    gc.disable()
    try:
        before = nodes()
        new = work()
        assert nodes() == before
    finally:
        gc.enable()
    assert (new is not None and b"save_entity" in new) == (mode == "fix")
