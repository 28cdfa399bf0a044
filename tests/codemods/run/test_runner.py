"""A run: what comes out, in which order, and what goes wrong, whoever does the work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from codemods.run.options import Options
from codemods.run.processes import WORTH_A_POOL
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileError, FileResult
from lint_plugin.project.gathering import Gathering


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that ran before in this process may have left a thread behind, and then nothing would be forked."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def report(raw: bytes, path: str, config: Config, facts: Facts | None, options: Options) -> FileResult:
    """Stands in for the work on one file: does what the file's text tells it to."""
    text = raw.decode()
    if "die" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "defect" in text:
        raise ZeroDivisionError("a defect")
    if "facts" in text and facts is None:
        return FileResult(path, needs="facts")
    if "clean" in text:
        return FileResult(path)
    where = "gathered" if facts is not None else "none"
    return FileResult(path, errors=(FileError(path, 1, f"{text.strip()}|{config.path}|{options.mode}|{where}"),), old=raw)


Make = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Writes files below a folder that becomes the current one; text that is just a word stands behind a
    token.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def make(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"run_dir {text}" if text.isalnum() else text)
        return tmp_path

    return make


def start(*paths: str, jobs: int = 1, executor: Executor | None = None, **others: object) -> Run:
    return Run(
        paths,
        Options("check"),
        resolver=Resolver(),
        jobs=jobs,
        executor=executor,
        process_file=report,
        **others,  # type: ignore[arg-type]
    )


def said(results: Sequence[FileResult] | Run) -> list[str]:
    """Path and message of everything in the results."""
    return [f"{error.path}: {error.message.split('|')[0]}" for result in results for error in result.errors]


def test_results_come_in_the_order_of_the_paths_and_only_where_there_is_something_to_say(tree: Make) -> None:
    tree(
        {
            "b.py": "two",
            "a.py": "one",
            "c/a.py": "three",
            "c.py": "clean",
            "d.py": "no token here",
            "B.py": "zero",
        }
    )
    outcome = start(".")
    assert said(outcome) == [
        "B.py: run_dir zero",
        "a.py: run_dir one",
        "b.py: run_dir two",
        "c/a.py: run_dir three",
    ]
    assert (outcome.files_seen, outcome.files_parsed) == (6, 5)


def test_the_bytes_that_were_read_are_in_the_result(tree: Make) -> None:
    tree({"a.py": "one"})
    assert [result.old for result in start("a.py")] == [b"run_dir one"]


def test_each_file_has_the_configuration_of_its_folder(tree: Make) -> None:
    tree(
        {
            "a.py": "one",
            "sub/pyproject.toml": '[tool.recorder]\nfolder-attributes = ["tape"]\nrenamed-attributes = {}\n',
            "sub/deep/er/b.py": "x.tape other",
            "sub/c.py": "not a token there",
            "sub2/pyproject.toml": "[tool.other]\n",
            "sub2/d.py": "two",
        }
    )
    results = list(start("."))
    assert [(result.path, result.errors[0].message.split("|")[1][-18:]) for result in results] == [
        ("a.py", ""),
        ("sub/deep/er/b.py", "sub/pyproject.toml"),
        ("sub2/d.py", ""),
    ]


def test_a_bad_configuration_is_an_error_and_the_other_files_are_done(tree: Make) -> None:
    tree(
        {
            "bad/pyproject.toml": "[tool.recorder]\nselect = 1\n",
            "bad/a.py": "one",
            "bad/b/c.py": "x",
            "good/a.py": "two",
        }
    )
    results = list(start("."))
    assert [(result.path, result.errors[0].line) for result in results] == [
        ("bad/pyproject.toml", 2),
        ("good/a.py", 1),
    ]


def test_what_cannot_be_read_is_an_error_and_the_other_files_are_done(tree: Make) -> None:
    root = tree({"a.py": "one"})
    (root / "nowhere.py").symlink_to("gone.py")
    assert said(start("missing", "a.py", "folder/b.py")) == [
        "folder/b.py: No such file or directory",
        "missing: No such file or directory",
        "a.py: run_dir one",
    ]
    assert said(start(".")) == ["nowhere.py: cannot be read: No such file or directory", "a.py: run_dir one"]


def test_a_file_and_links_to_it_are_one_file(tree: Make) -> None:
    root = tree({"b.py": "one", "elsewhere/target.py": "two"})
    (root / "a.py").symlink_to("b.py")
    for name in ("z.py", "y.py"):
        (root / name).symlink_to(root / "elsewhere/target.py")
    assert said(start(".")) == ["b.py: run_dir one", "elsewhere/target.py: run_dir two"]
    assert said(start("z.py", "y.py")) == ["y.py: run_dir two"]


def test_a_named_pipe_holds_nothing_up(tree: Make) -> None:
    os.mkfifo(tree({"a.py": "one"}) / "pipe.py")
    assert said(start(".")) == ["a.py: run_dir one"]


EXCLUDES = {
    "below a folder": ((".",), {"exclude": ["b.py"]}, ["a.py", "sub/c.py"]),
    "a folder": ((".",), {"exclude": ["sub/"]}, ["a.py"]),
    "a named file stays": (("a.py", "sub/b.py"), {"exclude": ["b.py"]}, ["a.py", "sub/b.py"]),
    "a named file, by force": (("a.py", "sub/b.py"), {"exclude": ["b.py"], "force_exclude": True}, ["a.py"]),
}


@pytest.mark.parametrize(("paths", "others", "expected"), EXCLUDES.values(), ids=EXCLUDES)
@pytest.mark.parametrize("where", ["on the command line", "in the configuration"])
def test_excluded(tree: Make, where: str, paths: tuple[str, ...], others: dict[str, object], expected: list[str]) -> None:
    root = tree({"a.py": "one", "sub/b.py": "two", "sub/c.py": "three"})
    if where == "in the configuration":
        others = dict(others)
        (root / "pyproject.toml").write_text(f"[tool.recorder]\nexclude = {others.pop('exclude')}\n")
    assert [result.path for result in start(*paths, **others)] == expected


def test_a_pattern_that_is_none_stops_the_run(tree: Make) -> None:
    tree({"a.py": "one"})
    assert said(start(".", exclude=["!"])) == ["--exclude: '!' is not a gitignore pattern: Invalid git pattern: '!'"]


def test_a_pattern_of_a_configuration_that_is_none_stops_its_files(tree: Make) -> None:
    tree({"bad/a.py": "one", "bad/pyproject.toml": "[tool.recorder]\nexclude = ['!']\n", "b.py": "two"})
    first, second = start(".")
    assert first.path.endswith("bad/pyproject.toml")
    assert first.errors[0].message.startswith("exclude: '!' is not a gitignore pattern")
    assert second.path == "b.py"


def test_a_defect_is_an_error_for_its_file(tree: Make) -> None:
    tree({"a.py": "one", "b.py": "defect", "c.py": "three"})
    lines = said(start("."))
    assert lines[0] == "a.py: run_dir one"
    assert lines[1].startswith("b.py: internal error, please report it: ZeroDivisionError: a defect (")
    assert lines[2] == "c.py: run_dir three"


# ---- Facts


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Configuration and candidate files of every time that facts were gathered."""
    calls: list[tuple[str, list[str]]] = []

    def gather(config: Config, files: Sequence[str], *others: object) -> Facts:
        calls.append((os.path.basename(os.path.dirname(config.path)), [os.path.relpath(path) for path in files]))
        return Facts()

    monkeypatch.setattr("codemods.run.project._gather", gather)
    return calls


def test_facts_are_gathered_when_a_file_needs_them_and_once(tree: Make, gathered: list[object]) -> None:
    tree({"a.py": "one", "b.py": "facts", "c.py": "facts", "d.py": "two", "pyproject.toml": "[tool.recorder]\n"})
    assert [result.errors[0].message.rpartition("|")[2] for result in start("a.py", "d.py")] == ["none", "none"]
    assert gathered == []
    outcome = [result.errors[0].message.rpartition("|")[2] for result in start("a.py", "b.py", "c.py", "d.py")]
    assert outcome == ["none", "gathered", "gathered", "gathered"]
    assert len(gathered) == 1


def test_a_clean_tree_needs_none(tree: Make, gathered: list[object]) -> None:
    tree({"a.py": "no token", "b.py": "nor here"})
    assert list(start(".")) == []
    assert gathered == []


PROJECT = {
    "pyproject.toml": "[tool.recorder]\n",
    "src/a.py": "facts",
    "lib/b.py": "two",
    "lib/c.py": "no token",
}
SOURCE_ROOTS = "[tool.recorder]\nsource-roots = ['lib']\n"

FACTS: dict[str, tuple[dict[str, str], tuple[str, ...], list[str]]] = {
    "the whole project was named": (PROJECT, (".",), ["lib/b.py", "src/a.py"]),
    "one file was named": (PROJECT, ("src/a.py",), ["lib/b.py", "src/a.py"]),
    "the source roots are elsewhere": (PROJECT | {"pyproject.toml": SOURCE_ROOTS}, ("src",), ["lib/b.py"]),
    "the source roots are a part": (PROJECT | {"pyproject.toml": SOURCE_ROOTS}, (".",), ["lib/b.py"]),
    "no configuration, a folder": (
        {"src/a.py": "facts", "src/b.py": "two", "c.py": "three"},
        ("src",),
        ["src/a.py", "src/b.py"],
    ),
    "no configuration, a file": ({"src/a.py": "facts", "src/b.py": "two"}, ("src/a.py",), ["src/a.py"]),
    "no configuration, a work tree": (
        {".git/HEAD": "ref: refs/heads/main", "src/a.py": "facts", "b.py": "two"},
        ("src",),
        ["b.py", "src/a.py"],
    ),
}


@pytest.mark.parametrize(("files", "paths", "candidates"), FACTS.values(), ids=FACTS)
def test_facts_come_from_the_whole_project(
    tree: Make,
    gathered: list[tuple[str, list[str]]],
    files: dict[str, str],
    paths: tuple[str, ...],
    candidates: list[str],
) -> None:
    tree(files)
    assert any("gathered" in result.errors[0].message for result in start(*paths))
    assert [sorted(found) for _, found in gathered] == [candidates]


def test_what_was_excluded_still_counts_for_the_facts(tree: Make, gathered: list[tuple[str, list[str]]]) -> None:
    tree(PROJECT)
    assert len(list(start(".", exclude=["lib"]))) == 1
    assert [sorted(found) for _, found in gathered] == [["lib/b.py", "src/a.py"]]


def test_each_configuration_has_its_own_facts(tree: Make, gathered: list[tuple[str, list[str]]]) -> None:
    table = {"pyproject.toml": "[tool.recorder]\n", "a.py": "facts"}
    tree({f"{name}/{file}": text for name in ("one", "two") for file, text in table.items()})
    assert len(list(start("."))) == 2
    assert gathered == [("one", ["one/a.py"]), ("two", ["two/a.py"])]


# ---- Processes

FIRST = 24
MANY = 2 * FIRST  # more than one process does


def many(*special: str) -> dict[str, str]:
    """More files than are worked on here; special texts come where other processes do the work."""
    files = {f"{number:03}.py": f"n{number}" for number in range(MANY)}
    return files | {f"{FIRST + 2 * place:03}.py": text for place, text in enumerate(special, 1)}


@pytest.mark.parametrize("workers", ["two processes", "three processes", "threads"])
def test_the_results_do_not_depend_on_who_does_the_work(tree: Make, gathered: list[object], workers: str) -> None:
    tree(many("defect", "facts", "clean"))
    alone = list(start("."))
    gathered.clear()
    if workers == "threads":
        with ThreadPoolExecutor(3) as executor:
            outcome = start(".", "missing", executor=executor)
            together = list(outcome)
    else:
        outcome = start(".", "missing", jobs=2 if workers == "two processes" else 3)
        together = list(outcome)
    assert together[0].path == "missing"
    assert outcome.files_parsed == MANY
    assert len(gathered) == 1
    strip = [(result.path, [error.message.rpartition("|")[0] for error in result.errors]) for result in together[1:]]
    assert strip == [(result.path, [error.message.rpartition("|")[0] for error in result.errors]) for result in alone]
    assert [result.old for result in together[1:]] == [result.old for result in alone]
    assert len(together) == MANY


def test_a_process_that_dies_is_an_error_for_its_file_and_no_other(tree: Make) -> None:
    tree(many("die", "die", "x"))
    lines = said(start(".", jobs=2))
    died = [line for line in lines if "died" in line]
    assert died == [
        f"{FIRST + 2:03}.py: the process that worked on it died (killed, or out of memory)",
        f"{FIRST + 4:03}.py: the process that worked on it died (killed, or out of memory)",
    ]
    assert len(lines) == MANY
    assert [line.split(":")[0] for line in lines] == [f"{number:03}.py" for number in range(MANY)]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_defect_while_the_facts_are_gathered_ends_the_run(tree: Make, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(many("facts"))
    monkeypatch.setattr(Gathering, "add", lambda *_: {}["a defect"])
    with pytest.raises(KeyError, match="a defect"):
        list(start(".", jobs=jobs))


def test_a_run_that_is_given_up_leaves_no_process(tree: Make) -> None:
    tree(many())
    threads = threading.enumerate()
    results = iter(start(".", jobs=2))
    for _ in range(FIRST + 2):
        next(results)
    assert multiprocessing.active_children()
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
    assert threading.enumerate() == threads


def test_few_files_need_no_process(tree: Make) -> None:
    tree({f"{number}.py": "one" for number in range(WORTH_A_POOL - 1)})
    assert [multiprocessing.active_children() for _ in start(".", jobs=2)] == [[]] * (WORTH_A_POOL - 1)


class Refusing(ThreadPoolExecutor):
    """Takes three files, then none."""

    left = 3

    def submit(self, *arguments, **others):  # type: ignore[no-untyped-def]
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("shut down")
        return super().submit(*arguments, **others)


def test_an_executor_that_fails_is_an_error_for_each_file(tree: Make) -> None:
    tree(many())
    with Refusing(1) as executor:
        lines = said(start(".", executor=executor))
    assert len(lines) == MANY
    assert lines[2] == "002.py: run_dir n2"
    assert all(": the worker failed: RuntimeError: shut down" in line for line in lines[3:])


def test_progress_counts_the_files_that_are_worked_on(tree: Make) -> None:
    tree({"a.py": "one", "b.py": "clean", "c.py": "no token"})
    seen: list[tuple[int, int]] = []
    assert len(list(start(".", progress=lambda done, total: seen.append((done, total))))) == 1
    # Each is read for the facts, and then worked on.
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


# ---- Standard input


def test_standard_input(tree: Make, gathered: list[tuple[str, list[str]]]) -> None:
    root = tree({"sub/pyproject.toml": "[tool.recorder]\nselect = 1\n", "c/pyproject.toml": "[tool.recorder]\n"})
    tree({"c/b.py": "other"})

    def source(raw: bytes, path: str) -> FileResult:
        outcome = Run((), Options("fix"), resolver=Resolver(), process_file=report)
        return outcome.source(raw, path)

    assert source(b"no token", "-") == FileResult("-", old=b"no token")
    assert source(b"run_dir clean", "-") == FileResult("-", old=b"run_dir clean")
    assert said([source(b"run_dir one", "any/name.py")]) == ["any/name.py: run_dir one"]
    bad = source(b"run_dir", "sub/name.py")
    assert (bad.path, bad.errors[0].path, bad.errors[0].line) == ("sub/name.py", "sub/pyproject.toml", 2)
    assert bad.old == b"run_dir"
    assert source(b"run_dir facts", "-").errors[0].message.endswith("gathered")
    assert source(b"run_dir facts", str(root / "c/a.py")).errors[0].message.endswith("gathered")
    assert gathered == [("", []), ("c", ["c/b.py"])]


def test_run_takes_the_arguments_of_the_command_line(tree: Make) -> None:
    tree({"a.py": "no token"})
    outcome = Run(
        ["."],
        Options("check"),
        resolver=Resolver(),
        exclude=(),
        force_exclude=False,
        gitignore=True,
        jobs=1,
        executor=None,
        progress=None,
    )
    assert list(outcome) == []
    assert outcome.files_seen == 1
