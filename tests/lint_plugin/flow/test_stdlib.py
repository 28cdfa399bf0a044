"""The flow on code that nobody wrote for it: the standard library of the running Python.

Every fifteenth file by default, all of them with `RECORDER_STRESS=1`.
"""

from __future__ import annotations

import ast
import os
import symtable
import sys
import sysconfig
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_plugin.flow.reaching import Flow, Scope

pytestmark = pytest.mark.slow


STDLIB = Path(sysconfig.get_path("stdlib"))
STEP = 1 if os.environ.get("RECORDER_STRESS") == "1" else 15
FILES = sorted(path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)[::STEP]
PARTS = 4


def parsed(part: int) -> Iterator[tuple[Path, bytes, ast.Module]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in FILES[part::PARTS]:
            source = path.read_bytes()
            try:
                yield path, source, ast.parse(source)
            except (SyntaxError, ValueError):  # the library has bad files on purpose
                continue


Described = tuple[str, int, frozenset[str]]


def described(scope: Scope) -> Described:
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
    return name, node.lineno, frozenset(n for n in scope.variables if not n.startswith("__"))


def tables(table: symtable.SymbolTable) -> Iterator[Described]:
    for child in table.get_children():
        if str(child.get_type()).rpartition(".")[2].lower() in ("function", "class"):
            names = {s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter()}
            plain = {n for n in names if n.isidentifier() and not n.startswith("__") and not _mangled(n)}
            yield child.get_name().strip("<>"), child.get_lineno(), frozenset(plain)
        yield from tables(child)


def _mangled(name: str) -> bool:
    return name.startswith("_") and "__" in name[1:] and name[1:2] != "_"


# Since 3.12 the names of these comprehensions are among those of the function around them.
INLINED = ("listcomp", "setcomp", "dictcomp") if sys.version_info >= (3, 12) else ()


def _inlined(scopes: list[Scope]) -> dict[tuple[str, int], frozenset[str]]:
    """For each scope, by name and line, what the comprehensions in it bind that run as part of it."""
    found: dict[tuple[str, int], frozenset[str]] = defaultdict(frozenset)
    for scope in scopes:
        name, _, names = described(scope)
        around: Scope | None = scope
        while name in INLINED and around is not None and around.kind == "comprehension" and described(around)[0] in INLINED:
            around = around.parent
        if name in INLINED and around is not None and around.kind not in ("module", "type"):
            found[described(around)[:2]] |= names
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_never_raises(part: int) -> None:
    for path, _, tree in parsed(part):
        flow = Flow(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                reach = flow.reach(node)
                if not isinstance(node.ctx, ast.Store):
                    assert all(definition.name in (node.id, "", "*") for definition in reach), (
                        path,
                        node.lineno,
                    )
                flow.is_closure_use(node)
        for definition in flow.all_definitions():
            for name in flow.uses(definition):
                assert definition in flow.reach(name)
            flow.hidden_uses(definition)
            assert definition in flow.definitions(definition.scope, definition.name)


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
        scopes = [scope for scope in Flow(tree).scopes() if scope.kind not in ("module", "type")]
        inlined = _inlined(scopes)
        ours: Counter[Described] = Counter()
        for scope in scopes:
            name, line, names = described(scope)
            if name not in INLINED:
                ours[name, line, frozenset(n for n in names if not _mangled(n)) | inlined[name, line]] += 1
        theirs: Counter[Described] = Counter()
        for name, line, names in tables(table):
            if name not in INLINED:
                theirs[name, line, names | inlined[name, line]] += 1
        assert ours == theirs, (path, list((ours - theirs).items())[:3], list((theirs - ours).items())[:3])
        compared += sum(ours.values())
    assert compared > 100
