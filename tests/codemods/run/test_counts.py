"""What a run costs in things that can be counted: files opened, parsed, modules imported, processes started.

Each run is a process of its own with an audit hook, which sees every `open`, `compile`, `import` and start of
a program.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

CLEAN = "import sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n"
LEFT = "def look_up(recorder):\n    return (recorder.run_folder / '03_input.txt').read_text()\n"
RENAME = """\
from recorder import LivePipelineRecorder


def exists(recorder: LivePipelineRecorder) -> bool:
    return recorder.run_dir.exists()
"""

WRITTEN = """\
import shutil
from recorder import LivePipelineRecorder


def store(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy(source, recorder.run_folder / "07_output.png")
"""

_WATCHED = """\
import sys
opened, compiled, started = [], [], []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(str(arguments[0]))
    elif event == "compile" and arguments[1] == "<unknown>":
        compiled.append(1)
    elif event in ("os.posix_spawn", "os.fork"):
        started.append(event)
    elif event == "subprocess.Popen":
        words = list(arguments[1])
        started.append(next(word for word in ("grep", "ls-files", "check-ignore") if word in words))
sys.addaudithook(watch)
from codemods.command.cli import main
code = main(sys.argv[2:])
modules = sorted(sys.modules)
import json
with open(sys.argv[1], "w") as file:
    json.dump([code, opened, len(compiled), started, modules], file)
"""


@dataclass(frozen=True)
class Cost:
    """What one run of `recorder-fix` did.

    Attributes:
        code: Its exit code.
        opened: How often each file was opened, by name.
        parsed: How often `ast.parse` was called.
        started: How each process was started.
        modules: The modules it had loaded in the end.
    """

    code: int
    opened: Counter[str]
    parsed: int
    started: list[str]
    modules: set[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree").mkdir()
    monkeypatch.chdir(tmp_path / "tree")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(*arguments: str, stdin: str = "") -> Cost:
    report = Path("../report.json")
    subprocess.run(
        [sys.executable, "-c", _WATCHED, str(report), "--no-progress", *arguments],
        check=True,
        capture_output=True,
        input=stdin.encode(),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    code, opened, parsed, started, modules = json.loads(report.read_text())
    here = os.getcwd() + os.sep
    names = Counter(name.removeprefix(here) for name in opened if name.endswith(".py"))
    inside = Counter({name: times for name, times in names.items() if not name.startswith("/")})
    return Cost(code, inside, parsed, started, set(modules))


# What the clean path may do without: each of these costs more than the work on a clean file.
HEAVY = {"asyncio", "distributed", "libcst", "multiprocessing", "pathspec", "tqdm"}
# What a run without a folder, without anything to write and without a baseline may do without.
FOR_OTHER_RUNS = {"difflib", "lint_plugin.project.listing", "lint_plugin.rules", "subprocess", "tempfile"}


@pytest.mark.parametrize("arguments", [("--check", "a.py"), ("a.py",), ("--diff", "a.py"), ("--check", ".")])
def test_the_clean_path_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    write({"a.py": CLEAN, "pyproject.toml": "[project]\nname = 'x'\n"})
    cost = run(*arguments)
    assert cost.code == 0
    assert cost.modules & HEAVY == set()
    assert "." in arguments or cost.modules & FOR_OTHER_RUNS == set()
    assert (cost.opened, cost.parsed, cost.started) == ({"a.py": 1}, 0, [])


@pytest.mark.parametrize("text", [LEFT, RENAME, WRITTEN], ids=["left", "renamed", "written"])
@pytest.mark.parametrize("piped", [False, True], ids=["file", "stdin"])
def test_a_check_that_finds_something_imports_nothing_heavy(text: str, piped: bool) -> None:
    write({"a.py": text})
    cost = run("--check", "-", stdin=text) if piped else run("--check", "a.py")
    assert cost.code == 1
    assert "lint_plugin.analysis" in cost.modules
    assert cost.modules & HEAVY <= {"multiprocessing"}


def test_the_flake8_plugin_imports_nothing_heavy() -> None:
    code = """\
import ast, sys
from lint_plugin.flake8_plugin import RecorderChecker
text = sys.stdin.read()
assert len(list(RecorderChecker(ast.parse(text), "a.py", text.splitlines(True)).run())) == 1
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], input=RENAME, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()


def test_toml_is_read_only_for_the_table() -> None:
    write({"a.py": CLEAN, "pyproject.toml": "[tool.recorder]\n"})
    assert "tomllib" in run("--check", "a.py").modules


def test_patterns_are_read_only_when_there_are_some() -> None:
    write({"a.py": CLEAN})
    assert "pathspec" in run("--check", "--exclude", "b.py", ".").modules


def test_every_file_of_a_clean_tree_is_opened_once_and_none_parsed() -> None:
    write({f"f{number % 7}/{number}.py": CLEAN for number in range(200)})
    cost = run("--check", ".", "--jobs", "1")
    assert cost.opened == {f"f{number % 7}/{number}.py": 1 for number in range(200)}
    assert cost.parsed == 0
    assert cost.started == []


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_only_files_with_a_token_are_parsed(mode: str) -> None:
    write({f"clean{number}.py": CLEAN for number in range(50)})
    alone = run(mode, ".")
    write({f"left{number}.py": LEFT for number in range(5)})
    cost = run(mode, ".")
    assert alone.parsed == 0
    # Each twice: for the project's facts, and for its own findings.
    assert cost.parsed == 10
    assert {name for name, times in cost.opened.items() if times > 1} == {f"left{number}.py" for number in range(5)}
    assert max(cost.opened.values()) <= 5


def test_a_file_that_needs_no_facts_has_no_other_file_opened() -> None:
    write({"pyproject.toml": "[tool.recorder]\n", "b.py": LEFT})
    Path("a.py").write_text("import os\n\n\ndef run_dir():\n    return os.getcwd()\n")
    cost = run("--check", "a.py")
    assert cost.parsed == 1
    assert set(cost.opened) == {"a.py"}


def test_many_files_are_worked_on_in_several_processes() -> None:
    write({f"left{number}.py": LEFT for number in range(20)})
    assert run("--check", "--jobs", "3", ".").started == ["os.fork"] * 3
    assert run("--check", "--jobs", "1", ".").started == []
    assert run("--check", "--jobs", "2", *(f"left{number}.py" for number in range(4))).started == []


FIXES = {
    "nothing to find": (CLEAN, (), False),
    "check only": (RENAME, ("--check",), False),
    "nothing that can be fixed": (LEFT, (), False),
    "a fix that is not selected": (RENAME, ("--ignore", "LPR001"), False),
    "a fix": (RENAME, (), True),
    "a diff": (RENAME, ("--diff",), True),
}


@pytest.mark.parametrize(("text", "arguments", "expected"), FIXES.values(), ids=FIXES)
def test_libcst_is_imported_when_something_is_rewritten(text: str, arguments: tuple[str, ...], expected: bool) -> None:
    write({"a.py": text})
    assert ("libcst" in run(*arguments, "a.py").modules) is expected


def test_git_is_asked_once_for_each_kind_of_file_and_never_for_named_files() -> None:
    write({f"{folder}/a.py": CLEAN for folder in "abc"} | {"left.py": LEFT, "pyproject.toml": "[tool.recorder]\n"})
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert sorted(run("--check", ".").started) == ["grep", "ls-files", "ls-files"]
    assert sorted(run("--check", "a", "b", "c").started) == ["grep", "ls-files", "ls-files"]
    assert run("--check", "a/a.py", "b/a.py").started == []


@pytest.fixture
def git_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where each start of git is noted; the real one then does the work."""
    real, log = shutil.which("git"), tmp_path / "git.log"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    return log


LOOKED_UP = "def look_up(recorder):\n    return recorder.run_folder, recorder.get_entity_path('sound')\n"
SAVED = "def save(keep, data):\n    keep.save_entity('picture', data)\n"
GIT_CASES = {
    "nothing to find": ({"a.py": CLEAN}, 0),
    "nothing to fix": ({"a.py": LEFT}, 0),
    "an attribute to rename": ({"a.py": RENAME}, 1),
    "numbered files that are written": ({"a.py": WRITTEN, "b.py": CLEAN, "page.html": "07_output.png"}, 1),
    "many of them": ({f"{number}.py": WRITTEN.replace("07", f"{number + 10}") for number in range(20)}, 20),
    "a type that is looked up": ({"a.py": LOOKED_UP, "b.py": SAVED}, 0),
}


def started(git_log: Path, mode: str, *paths: str) -> tuple[list[str], dict[str, str]]:
    """How git was started in one run, and the level of each file's findings."""
    git_log.write_text("")
    command = [sys.executable, "-m", "codemods.command.cli", "--no-progress", "--output-format", "json", mode, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    words = [line.split() for line in git_log.read_text().splitlines()]
    names = [next((word for word in line if word in ("grep", "ls-files")), "?") for line in words]
    return sorted(names), {finding["path"]: finding["level"] for finding in json.loads(done.stdout)["findings"]}


@pytest.mark.parametrize(("mode", "table"), [("--check", False), ("--diff", True), ("--unsafe", False)])
@pytest.mark.parametrize(("files", "fixed"), GIT_CASES.values(), ids=GIT_CASES)
def test_git_searches_once_and_lists_twice(
    files: dict[str, str], fixed: int, table: bool, mode: str, git_log: Path, tmp_path: Path
) -> None:
    write(files | ({"pyproject.toml": "[tool.recorder]\n"} if table else {}))
    subprocess.run(["/usr/bin/env", "git", "init", "-q", "."], check=True)
    asked, levels = started(git_log, mode, ".")
    assert len([level for level in levels.values() if level != "left"]) == fixed
    assert asked == ["grep", "ls-files", "ls-files"]


ONCE = ["grep", "ls-files", "ls-files"]
# What lies in `src`, the configuration, the paths that are named, and how git is started.
PARTS: dict[str, tuple[str, str | None, tuple[str, ...], list[str]]] = {
    "a folder without hits": (CLEAN, "", ("src",), ONCE),
    "a folder with hits": (LEFT, "", ("src",), ONCE),
    "a folder that writes numbered names": (WRITTEN, "", ("src",), ONCE),
    "two folders": (WRITTEN, "", ("src", "other"), ONCE),
    "no table": (WRITTEN, None, ("src",), ONCE),
    "narrower source roots": (WRITTEN, 'source-roots = ["src"]', (".",), ONCE),
    "narrower source roots, named": (WRITTEN, 'source-roots = ["src"]', ("src",), ONCE),
    "source roots beside what is named": (WRITTEN, 'source-roots = ["other"]', ("src",), ONCE),
    "a named file without hits": (CLEAN, "", ("src/a.py",), []),
    "a named file that needs no facts": ("import os\n\n\ndef run_dir():\n    return os.getcwd()\n", "", ("src/a.py",), []),
    "a named file with hits": (WRITTEN, "", ("src/a.py",), ONCE),
    "a named file, narrower source roots": (WRITTEN, 'source-roots = ["src"]', ("src/a.py",), ONCE),
    "a file and a folder": (WRITTEN, "", ("src/a.py", "other"), ONCE),
}


@pytest.mark.parametrize(("text", "table", "paths", "expected"), PARTS.values(), ids=PARTS)
def test_git_is_not_asked_again_for_the_rest_of_the_project(
    text: str, table: str | None, paths: tuple[str, ...], expected: list[str], git_log: Path
) -> None:
    """And what lies there counts, wherever it lies."""
    write({"src/a.py": text, "other/b.py": CLEAN, "tests/test_b.py": "def test(folder): assert 'x' in folder\n"})
    write({} if table is None else {"pyproject.toml": f"[tool.recorder]\n{table}\n"})
    subprocess.run(["/usr/bin/env", "git", "init", "-q", "."], check=True)
    subprocess.run(["/usr/bin/env", "git", "add", "src"], check=True)
    levels = {}
    for reader, place in (("", ""), ("open(folder / '07_output.png')\n", "page.py"), ("07_output.png", "pages/page.html")):
        if place:
            write({place: reader})
        asked, levels[place] = started(git_log, "--check", *paths)
        assert asked == expected
    if text == WRITTEN:
        assert [levels[place]["src/a.py"] for place in levels] == ["safe", "unsafe", "unsafe"]


@pytest.mark.parametrize(
    ("text", "arguments", "searched"),
    [
        (WRITTEN, ("--check",), True),
        (WRITTEN, ("--check", "--select", "LPR001"), False),
        (WRITTEN.replace("shutil.copy(", "shutil.copytree("), ("--check",), False),
        (WRITTEN.replace("07_", ""), ("--check",), False),
        (WRITTEN + "    print(locals())\n", ("--check",), False),
        (RENAME, ("--check",), False),
    ],
    ids=["a fix", "not selected", "a folder", "no number", "left", "a rename"],
)
def test_other_files_are_searched_for_a_name_only_for_a_fix(text: str, arguments: tuple[str, ...], searched: bool) -> None:
    write({"a.py": text, "b.py": CLEAN, "pyproject.toml": "[tool.recorder]\n"})
    assert (run(*arguments, "a.py").opened["b.py"] > 1) is searched  # once it is opened for its tokens


@pytest.mark.parametrize(
    ("text", "arguments", "searched"),
    [
        (WRITTEN, (), True),
        (WRITTEN, ("--diff",), True),
        (WRITTEN, ("--check",), False),
        (WRITTEN + "    shutil.rmtree(source)\n", (), False),
        (RENAME, (), False),
    ],
    ids=["the import goes", "a diff", "a check", "it stays", "a rename"],
)
def test_other_files_are_searched_for_imports_only_where_one_goes(text: str, arguments: tuple[str, ...], searched: bool) -> None:
    write({"a.py": text.replace("07_output", "07_x"), "b.py": CLEAN, "pyproject.toml": "[tool.recorder]\n"})
    before = run("--check", "a.py").opened["b.py"]
    assert (run(*arguments, "a.py").opened["b.py"] > before) is searched


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_cost_is_in_proportion_to_the_number_of_files(jobs: str) -> None:
    write({f"{number % 10}/{number}.py": LEFT for number in range(20)})
    once = run("--check", "--jobs", jobs, ".")
    write({f"{number % 10}/{number + 20}.py": LEFT for number in range(20)})
    twice = run("--check", "--jobs", jobs, ".")
    assert once.code == twice.code == 1
    assert twice.opened.total() == 2 * once.opened.total()
    assert twice.parsed == 2 * once.parsed
