"""The engine on code that nobody wrote for it: the standard library of the running Python.

As it stands the library has nothing to find. Then recorders are sown into it: where it joins paths, opens files for
writing, copies or saves, the target becomes a file of a run, written in one of the ways that people write it. What
comes of that has to parse, to be done after one run, to make pyflakes complain of nothing new, and to leave every line
alone that no finding is in. 150 files by default, all of them with `RECORDER_STRESS=1`.
"""

from __future__ import annotations

import ast
import os
import random
import re
import sysconfig
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult
from lint_plugin.flow.nodes import last_name
from lint_plugin.source.text import SourceError, SourceText

pytestmark = pytest.mark.slow


STDLIB = Path(sysconfig.get_path("stdlib"))
EVERY = sorted(path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)
STRESS = os.environ.get("RECORDER_STRESS") == "1"
PARTS = 2
LARGEST = 40_000  # bytes of a file, where not all of them are taken

FOLDERS = (
    "(recorder.{a} / {n})",
    "os.path.join(recorder.{a}, {n})",
    "os.path.join(str(recorder.{a}), {n})",
    "(str(recorder.{a}) + '/' + {n})",
    "recorder.{a}.joinpath({n})",
    "Path(recorder.{a}, {n})",
)
NAMES = (
    "'0{d}_output.{e}'",
    "f'07_output_{{kind}}.{e}'",
    "'%02d_output.{e}' % number",
    "f'{{recorder.sequence_number + 1:02d}}_output.{e}'",
    "'plain.{e}'",
)
# Where names may be read in ways that nobody sees, imports stay.
HIDDEN_USES = re.compile(rb"\b(eval|exec|locals|globals|vars|dir|__all__|import \*)")
COPIES = frozenset({"copy", "copy2", "copyfile", "move", "rename", "replace"})
SAVES = frozenset({"save", "savefig", "to_csv", "dump"})


def targets(tree: ast.Module) -> Iterator[ast.expr]:
    """The expressions of a module that say where a file is."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, args=[first, second]) if last_name(function) in COPIES:
                if isinstance(function, ast.Attribute) and last_name(function.value) in ("shutil", "os"):
                    yield second
            case ast.Call(func=ast.Attribute(attr="join", value=folder), args=[_, _, *_]) if last_name(folder) == "path":
                yield node
            case ast.Call(func=function, args=[first, ast.Constant(value=str(mode)), *_]) if last_name(function) == "open":
                if set(mode) & set("wax"):
                    yield first
            case ast.Call(func=ast.Attribute(value=path, attr="write_text" | "write_bytes")):
                yield path
            case ast.Call(func=function, args=[first]) if last_name(function) in SAVES:
                yield first
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str()) | ast.JoinedStr()):
                yield node


def sown(path: Path) -> bytes | None:
    """The text of a file with recorders in it; None when it has no place for one."""
    chance = random.Random(path.name)
    source = SourceText(path.read_bytes())
    tree = source.parse()
    quoted = {inner for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    edits = []
    for start, end in sorted(source.span(node) for node in targets(tree) if node not in quoted):
        if (not edits or start >= edits[-1][1]) and chance.random() < 0.8:
            name = chance.choice(NAMES).format(d=chance.randrange(1, 10), e=chance.choice(("mp3", "json", "txt", "png")))
            text = chance.choice(FOLDERS).format(a=chance.choice(("run_folder", "run_dir")), n=name)
            edits.append((start, end, text.encode()))
    if not edits:
        return None
    u8 = source.u8
    for start, end, text in reversed(edits):
        u8 = u8[:start] + text + u8[end:]
    first = next(n for n in tree.body if not _is_first(n))
    at = source.span(first.decorator_list[0] if getattr(first, "decorator_list", ()) else first)[0]
    proof = "recorder = get_recorder('run')" if chance.random() < 0.7 else ""
    head = f"import os\nfrom pathlib import Path\nfrom recorder import get_recorder\nkind = 'a'\nnumber = 3\n{proof}\n"
    return source.encode_back(u8[:at] + head.replace("\n", source.newline).encode() + u8[at:])


def _is_first(statement: ast.stmt) -> bool:
    """Whether it has to stand before any import: the docstring, `from __future__`."""
    future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return future or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))


def greedy(tree: ast.Module, chance: random.Random) -> Config:
    """A configuration under which much of a module's own code has findings too."""
    names, folders, roots, attributes = {"recorder"}, {"run_folder"}, set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names.add(last_name(node.value).lstrip("_"))
            attributes.add(node.attr)
        for used in [*node.args[:2]] if isinstance(node, ast.Call) else [node.left] if isinstance(node, ast.BinOp) else []:
            if isinstance(used, ast.Attribute):
                folders.add(used.attr)
            elif isinstance(used, ast.Name):
                roots.add(used.id)
    renamed = chance.sample(sorted(attributes - folders), min(3, len(attributes - folders)))
    return Config(
        {
            "recorder-names": tuple(sorted(names - {""})),
            "folder-attributes": tuple(sorted(folders)),
            "renamed-attributes": {"run_dir": "run_folder", **{name: f"{name}_new" for name in renamed}},
            "run-roots": tuple(sorted(roots)) if chance.random() < 0.5 else (),
            "detects-format": chance.choice(("true", "false", "auto")),
            "folder-type": chance.choice(("path", "path", "str")),
        }
    )


def fix(raw: bytes, path: Path, config: Config) -> FileResult:
    return process_file(raw, str(path), config, Facts(), Options(mode="fix", unsafe=True))


def sample(size: int) -> list[Path]:
    small = [path for path in EVERY if path.stat().st_size < LARGEST]
    return EVERY if STRESS else random.Random(8).sample(small, size)


@pytest.fixture(autouse=True)
def _no_warnings_of_foreign_code() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_the_library_as_it_stands_has_no_findings() -> None:
    checked = 0
    for path in sample(150):
        result = fix(path.read_bytes(), path, Config())
        assert (result.findings, result.new) == ((), None), path
        if result.errors:
            with pytest.raises((SyntaxError, ValueError)):
                ast.parse(path.read_bytes())
        checked += not result.errors
    assert checked > 100


@pytest.mark.parametrize("part", range(PARTS))
def test_sown_recorders(part: int, untouched: Callable[..., None], complaints: Callable[[str], list[str]]) -> None:
    found: Counter[tuple[str, str, bool]] = Counter()
    for path in sample(150)[part::PARTS]:
        try:
            raw = sown(path)
        except SourceError:
            continue  # bad files that the library has on purpose
        if raw is None:
            continue
        config = greedy(ast.parse(raw), random.Random(path.name))
        result = fix(raw, path, config)
        assert result.errors == (), path
        found.update((f.code, f.level, f.fixed) for f in result.findings)
        if result.new is None:
            continue
        ast.parse(result.new)
        assert fix(result.new, path, config).new is None, f"a second run changes {path} again"
        untouched(raw, result)
        known = Counter(complaints(SourceText(raw).u8.decode()))
        new = Counter(complaints(SourceText(result.new).u8.decode())) - known
        if path.name == "__init__.py" or HIDDEN_USES.search(raw):
            new = Counter({text: n for text, n in new.items() if not text.endswith("imported but unused")})
        assert new == Counter(), path
    assert {code for code, _, _ in found} >= {"LPR001", "LPR102", "LPR202"}
    assert {(level, fixed) for _, level, fixed in found} >= {("safe", True), ("unsafe", True), ("left", False)}
