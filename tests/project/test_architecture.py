"""What the packages may import, what the distribution ships, and how big a part may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import distribution
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGES = ("recorder", "lint_plugin", "codemods")
MODULES = sorted(path for package in PACKAGES for path in (TOP / package).rglob("*.py"))
LONGEST_MODULE = 450
LONGEST_FUNCTION = 70

# package -> top-level names that no module of it may import, at any place in it
FORBIDDEN = {
    "recorder": {"lint_plugin", "codemods", "libcst", "flake8"},
    "lint_plugin": {"recorder", "codemods", "libcst"},
    "codemods": {"recorder"},
}


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides which package it is"
            names.add((node.module or "").partition(".")[0])
    return names


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


# The rooms, from the lowest to the highest: a module may import from its own room and from rooms that stand before it.
ROOMS = (
    "recorder.names recorder.capture recorder.failures recorder.storage recorder.content recorder.parameters recorder.saving "
    "recorder.downloads recorder.runs recorder.care recorder.gallery recorder.live recorder.recorder recorder.registry recorder "
    "recorder.command recorder.cli "
    "lint_plugin lint_plugin.finding lint_plugin.facts lint_plugin.config lint_plugin.source "
    "lint_plugin.flow lint_plugin.recorders.classes lint_plugin.recorders.questions lint_plugin.recorders "
    "lint_plugin.paths.values lint_plugin.paths.calls lint_plugin.paths lint_plugin.analysis lint_plugin.rules lint_plugin.project "
    "lint_plugin.finder lint_plugin.flake8_findings lint_plugin.flake8_plugin lint_plugin.reports lint_plugin.explain "
    "codemods codemods.edits codemods.proofs codemods.fixes codemods.rewrite codemods.run codemods.command "
    "codemods.pylsp_plugin codemods.libcst_command codemods.rename_attribute codemods.save_entity"
).split()
# Rooms beside each other: the first knows nothing of the second, though it stands after it.
APART = {("codemods.rewrite", "codemods.fixes"), ("recorder.care", "recorder.downloads")}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")


NAMES = {module_name(path) for path in MODULES}


def room(module: str) -> str:
    """The innermost room that a module lies in: one of `ROOMS` that is its folder, or itself."""
    parts = module.split(".")
    return next(name for length in range(len(parts), 0, -1) if (name := ".".join(parts[:length])) in ROOMS)


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    """The modules of the three packages that a module imports, wherever in it and for types alone too, each with its line."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
            targets = [target if target in NAMES else str(node.module) for target in targets]
        elif isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            continue
        yield from ((node.lineno, target) for target in targets if target.partition(".")[0] in PACKAGES)


def test_arrows_point_down() -> None:
    wrong = []
    for path in MODULES:
        source = module_name(path)
        here = room(source)
        for line, target in imported_modules(path):
            there = room(target)
            foreign = target.partition(".")[0] in FORBIDDEN[source.partition(".")[0]]
            up = ROOMS.index(there) > ROOMS.index(here) or (here, there) in APART
            if foreign or (here != there and up):
                wrong.append(f"{path.relative_to(TOP)}:{line}: {source} imports {target}")
    assert wrong == []


def test_no_modules_in_a_circle() -> None:
    imports = {module_name(path): {target for _, target in imported_modules(path)} for path in MODULES}
    assert circles(imports) == []


def circles(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """The modules that stand in no order in which each imports only earlier ones, a set for each circle."""
    found: list[set[str]] = []
    while True:
        rest = {name: targets.difference(*found) for name, targets in imports.items() if name not in set().union(*found)}
        try:
            TopologicalSorter(rest).prepare()
        except CycleError as error:
            found.append(set(error.args[1]))
        else:
            return found


def test_circles_are_seen() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set(), "e": {"f"}, "f": {"g"}, "g": {"e"}}
    assert sorted(map(sorted, circles(imports))) == [["b", "c"], ["e", "f", "g"]]


def test_no_foreign_imports() -> None:
    found = {module_name(path): imported(path) & FORBIDDEN[path.relative_to(TOP).parts[0]] for path in MODULES}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import lint_plugin.flake8_plugin", {"libcst", "codemods", "recorder"}),
        ("import codemods.command.cli", {"libcst", "recorder", "flake8", "lint_plugin.analysis", "multiprocessing"}),
        ("import codemods.run.runner", {"libcst", "recorder", "flake8", "lint_plugin.analysis", "multiprocessing"}),
        ("import codemods.run.file_work", {"libcst", "recorder", "flake8"}),
        ("import recorder", {"lint_plugin", "codemods", "libcst", "httpx", "PIL", "asyncio"}),
        ("import recorder.cli", {"lint_plugin", "codemods", "libcst", "httpx"}),
    ],
)
def test_imports_stay_light(statement: str, absent: set[str]) -> None:
    assert not loaded_by(statement) & absent


def too_big(path: Path) -> list[str]:
    source, functions = path.read_text(encoding="utf-8"), (ast.FunctionDef, ast.AsyncFunctionDef)
    lines = len(source.splitlines())
    return [f"{module_name(path)}: {lines} lines"] * (lines > LONGEST_MODULE) + [
        f"{module_name(path)}.{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, functions) and node.end_lineno and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]


def test_sizes() -> None:
    assert [found for path in MODULES for found in too_big(path)] == []


def test_no_drawer_for_everything() -> None:
    assert [path.name for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


@pytest.mark.parametrize(
    ("group", "name"),
    [("console_scripts", "recorder"), ("console_scripts", "recorder-fix"), ("flake8.extension", "LPR")],
)
def test_entry_points_load(group: str, name: str) -> None:
    (entry,) = (e for e in distribution("recorder-toolkit").entry_points if (e.group, e.name) == (group, name))
    assert callable(entry.load())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(TOP),
    ]
    subprocess.run(build, check=True)
    (path,) = folder.glob("recorder_toolkit-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_ships_what_it_should(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    python = {path.relative_to(TOP).as_posix() for path in MODULES}
    assert {name for name in names if name.endswith(".py")} == python
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {name.partition("/")[0] for name in names} == set(PACKAGES)


def test_the_wheel_declares_its_commands(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    parser = ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert dict(parser["console_scripts"]) == {
        "recorder": "recorder.cli:main",
        "recorder-fix": "codemods.command.cli:main",
    }
    assert dict(parser["flake8.extension"])["lpr"] == "lint_plugin.flake8_plugin:RecorderChecker"


def test_the_wheel_needs_little(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    requirements = [line for line in wheel.read(name).decode().splitlines() if line.startswith("Requires-Dist: ")]
    core = {line.split()[1].partition(">")[0] for line in requirements if "extra ==" not in line}
    assert core == {"libcst", "flake8", "filetype", "pathspec", "tqdm"}
