"""The flow on code that nobody wrote for it: the standard library of the running Python.

Every fifteenth file by default, all of them with `RECORDER_STRESS=1`.
"""

from __future__ import annotations

import ast
import os
import symtable
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_plugin.flow.reaching import Flow, Scope
from lint_plugin.flow.scopes import Phi

pytestmark = pytest.mark.slow


STDLIB = Path(sysconfig.get_path("stdlib"))
STEP = 1 if os.environ.get("RECORDER_STRESS") == "1" else 15
FILES = sorted(path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)[::STEP]
PARTS = 4
# The largest work for one node of the tree that the whole library has is 3.3; twice that is a change of kind.
WORK_PER_NODE = 7


def parsed(part: int) -> Iterator[tuple[Path, bytes, ast.Module]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in FILES[part::PARTS]:
            source = path.read_bytes()
            try:
                yield path, source, ast.parse(source)
            except (SyntaxError, ValueError):  # the library has bad files on purpose
                continue


def described(scope: Scope) -> tuple[str, int, frozenset[str]]:
    node = scope.node
    name = (
        getattr(node, "name", None)
        or {
            "Lambda": "lambda",
            "GeneratorExp": "genexpr",
            "ListComp": "listcomp",
            "SetComp": "setcomp",
            "DictComp": "dictcomp",
        }[type(node).__name__]
    )
    assert isinstance(node, (ast.stmt, ast.expr))
    return name, node.lineno, frozenset(n for n in scope.locals if not n.startswith("__"))


def tables(table: symtable.SymbolTable) -> Iterator[tuple[str, int, frozenset[str]]]:
    for child in table.get_children():
        if str(child.get_type()).rpartition(".")[2].lower() in ("function", "class"):
            names = {s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter()}
            plain = {n for n in names if n.isidentifier() and not n.startswith("__") and not _mangled(n)}
            yield child.get_name().strip("<>"), child.get_lineno(), frozenset(plain)
        yield from tables(child)


def _mangled(name: str) -> bool:
    return name.startswith("_") and "__" in name[1:] and name[1:2] != "_"


@pytest.mark.parametrize("part", range(PARTS))
def test_never_raises_and_work_is_linear(part: int) -> None:
    for path, _, tree in parsed(part):
        flow = Flow(tree)
        nodes = 0
        for node in ast.walk(tree):
            nodes += 1
            if isinstance(node, ast.Name):
                reach = flow.reach(node)
                if not isinstance(node.ctx, ast.Store):
                    assert all(definition.name in (node.id, "", "*") for definition in reach), (
                        path,
                        node.lineno,
                    )
                flow.is_closure_use(node)
        assert flow.work < WORK_PER_NODE * nodes + 500, path
        for definition in flow.all_definitions():
            for name in flow.uses(definition):
                assert definition in flow.reach(name)
            flow.hidden_uses(definition)
            assert definition in flow.definitions(definition.scope, definition.name)


def short_answers_agree(tree: ast.Module) -> int:
    """Compare what does not compute the whole answer with the whole answer; how many uses of several definitions were met."""
    short, whole = Flow(tree), Flow(tree)
    known: set[Phi] = set()
    several = 0
    for name in (node for node in ast.walk(tree) if isinstance(node, ast.Name)):
        met = short.meetings_without(name, known, lambda definition: definition.kind == "for")
        sole = short.sole(name)
        reached = {(one.kind, one.name, one.node) for one in whole.reach(name)}
        assert ({(sole.kind, sole.name, sole.node)} if sole else set()) == (reached if len(reached) == 1 else set())
        if met is not None:
            several += 1
            assert reached and all(kind != "for" for kind, _, _ in reached)
            known.update(met)
        elif any(kind == "for" for kind, _, _ in reached):
            several += 1
    return several


@pytest.mark.parametrize("part", range(PARTS))
def test_short_answers_are_those_of_the_whole_one(part: int) -> None:
    assert sum(short_answers_agree(tree) for _, _, tree in parsed(part)) > 100


OUTSIDE = {
    "bound by an inner function": (
        "def f(a, y):\n    if a:\n        x = 1\n    else:\n        x = 2\n    def g():\n        nonlocal x\n"
        "        for x in y: pass\n    g()\n    return x\n"
    ),
    "bound by the module, read in a class": (
        "for x in y: pass\nclass C:\n    if a:\n        x = 1\n    elif b:\n        x = 2\n    print(x)\n"
    ),
}


@pytest.mark.parametrize("source", OUTSIDE.values(), ids=OUTSIDE)
def test_short_answers_know_what_the_flow_does_not(source: str) -> None:
    assert short_answers_agree(ast.parse(source)) > 0


@pytest.mark.parametrize("part", range(PARTS))
def test_scopes_are_those_of_the_compiler(part: int) -> None:
    compared = 0
    for path, source, tree in parsed(part):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                table = symtable.symtable(source.decode(), str(path), "exec")
        except (SyntaxError, UnicodeDecodeError):
            continue
        flow = Flow(tree)
        ours = Counter(described(scope) for scope in flow.scopes() if scope.kind not in ("module", "type"))
        theirs = Counter(tables(table))
        clean = {key: (key[0], key[1], frozenset(n for n in key[2] if not _mangled(n))) for key in ours}
        ours = Counter({clean[key]: count for key, count in ours.items()})
        assert ours == theirs, (path, list((ours - theirs).items())[:3], list((theirs - ours).items())[:3])
        compared += sum(ours.values())
    assert compared > 100
