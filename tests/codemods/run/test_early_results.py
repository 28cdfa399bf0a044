"""Results that rest on facts which were not yet complete: kept where they hold, done again where a later file says otherwise.

Each row is a project whose first file would be judged differently if the last one were not there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from codemods.run.early_results import EarlyResults
from codemods.run.executors import Task
from codemods.run.options import Options
from codemods.run.runner import run
from codemods.run.shared_gathering import _shares, gather_with_results
from lint_plugin.analysis import Analysis
from lint_plugin.config.reading import Resolver
from lint_plugin.config.settings import Config
from lint_plugin.project.gathering import gather

pytestmark = pytest.mark.slow


COMMAND = Path(sys.executable).with_name("recorder-fix")
FILLERS = {f"m{number:02}.py": "get_recorder\n" for number in range(18)}

RENAME = "from recorder import LivePipelineRecorder\n\n\ndef f(recorder: LivePipelineRecorder):\n    return recorder.run_dir\n"
STORE = "from recorder import LivePipelineRecorder\n\n\ndef f(r: LivePipelineRecorder):\n    r.run_dir = 1\n"
COPY = """\
import shutil

from recorder import LivePipelineRecorder


def f(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
"""
LOOKUP = """\
from recorder import LivePipelineRecorder


def f(recorder: LivePipelineRecorder):
    return (recorder.run_folder / "07_output_audio.mp3").exists()
"""
USES = "from .own import LivePipelineRecorder\n\n\ndef f(r: LivePipelineRecorder):\n    return r.other\n"
ONE = "class LivePipelineRecorder:\n    def __init__(self):\n        self.run_folder = 1\n"
OTHER = "class LivePipelineRecorder:\n    def __init__(self):\n        self.other = 1\n"
OWN = "[tool.recorder]\nrecorder-modules = ['*own']\n"

# project, what comes of the first file's finding without the last file, and with it
CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "the attribute is stored in a later file": ({"a.py": RENAME, "z.py": STORE}, "safe", "left: assigned"),
    "the number is looked up in a later file": ({"a.py": COPY, "z.py": LOOKUP}, "safe", "unsafe: looked up"),
    "a class of the same relative name is another one": (
        {"pyproject.toml": OWN, "a/own.py": ONE, "a/uses.py": USES, "z/own.py": OTHER, "z/uses.py": USES},
        "left",
        "",
    ),
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that ran before in this process may have left a thread behind, and then nothing would be forked."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def check(folder: Path, *arguments: str) -> dict[str, list[dict[str, object]]]:
    done = subprocess.run(
        [COMMAND, "--check", "--output-format", "json", *arguments, "."], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode in (0, 1) and done.stderr == "", done.stderr
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


def verdict(found: dict[str, list[dict[str, object]]], path: str) -> str:
    """Level and reason of the first finding of a file."""
    findings = [one for one in found["findings"] if one["path"] == path]
    if not findings:
        return ""
    level, reason = findings[-1]["level"], str(findings[-1]["reason"])
    hint = next((word for word in ("assigned", "looked up") if word in reason), "")
    return f"{level}: {hint}" if hint else str(level)


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
@pytest.mark.parametrize(("files", "without", "together"), CASES.values(), ids=CASES)
def test_a_later_file_counts(tmp_path: Path, files: dict[str, str], without: str, together: str, jobs: str) -> None:
    first = next(name for name in files if name.startswith("a") and not name.endswith("own.py"))
    write(tmp_path, FILLERS | {name: text for name, text in files.items() if not name.startswith("z")})
    assert verdict(check(tmp_path, "--jobs", jobs), first) == without
    write(tmp_path, files)
    found = check(tmp_path, "--jobs", jobs)
    assert verdict(found, first) == together
    assert found == check(tmp_path, "--jobs", "1")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_later_file_says_is_known_before_anything_is_written(tmp_path: Path, jobs: str) -> None:
    write(tmp_path, FILLERS | {"a.py": RENAME, "b.py": COPY, "z.py": STORE})
    subprocess.run([COMMAND, "--jobs", jobs, "."], cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / "a.py").read_text() == RENAME
    assert "save_entity" in (tmp_path / "b.py").read_text()


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("own", [False, True])
def test_a_recorder_of_the_project_s_own_may_stand_in_a_later_folder(tmp_path: Path, own: bool, jobs: str) -> None:
    later = {"z/recorder.py": "", "z/uses.py": COPY} if own else {"z/uses.py": COPY}
    write(tmp_path, FILLERS | {"a.py": COPY} | later)
    subprocess.run([COMMAND, "--jobs", jobs, "."], cwd=tmp_path, capture_output=True, check=True)
    assert ("'format': 'mp3'" in (tmp_path / "a.py").read_text()) is own


REFUSED = f"from recorder import get_recorder\n\nquery = open('x')\nfolder = get_recorder(query{'.step(1)' * 600}).run_dir\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_libcst_does_not_confirm_is_left(tmp_path: Path, jobs: str) -> None:
    write(tmp_path, FILLERS | {"a.py": REFUSED, "b.py": RENAME, "y.py": RENAME, "z.py": REFUSED})
    done = subprocess.run([COMMAND, "--jobs", jobs, "--output-format", "json", "."], cwd=tmp_path, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["summary"]["fixed"] == 2
    assert {(one["path"], one["reason"]) for one in found["findings"] if not one["fixed"]} == {
        (name, "LibCST cannot parse this code") for name in ("a.py", "z.py")
    }
    assert (tmp_path / "a.py").read_text() == (tmp_path / "z.py").read_text() == REFUSED
    assert (tmp_path / "b.py").read_text() == (tmp_path / "y.py").read_text() == RENAME.replace("run_dir", "run_folder")


# ---- in one process


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_goes_on_while_facts_are_gathered(tmp_path: Path, jobs: int) -> None:
    write(tmp_path, {f"a{number:02}.py": RENAME for number in range(20)})
    shown: list[tuple[int, int]] = []
    seen_at_first = 0
    for result in run(
        [str(tmp_path)], Options("check"), resolver=Resolver(None), jobs=jobs, progress=lambda *at: shown.append(at)
    ):
        assert result.findings
        seen_at_first = seen_at_first or len(shown)
    assert seen_at_first > 20 // jobs
    assert shown == sorted(shown)
    assert shown[-1] == (20, 20)
    assert len({done for done, _ in shown}) >= 20 // jobs


class _Deadly(EarlyResults):
    """Kills the process that works on the file `killer`, or that is not the first one and does not work on one file alone."""

    first = 0
    together = False

    def __init__(self, paths: list[str], config: Config) -> None:
        super().__init__(Options("check"), set(paths), lambda path: config)
        self.first = os.getpid()
        self._done: dict[int, int] = {}  # by process

    def add(self, analysis: Analysis) -> None:
        here = os.getpid()
        self._done[here] = self._done.get(here, 0) + 1
        if here != self.first and ("killer" in analysis.path or (self.together and self._done[here] > 1)):
            os.kill(here, signal.SIGKILL)
        super().add(analysis)


def deadly(folder: Path, config: Config) -> tuple[_Deadly, list[str]]:
    paths = sorted(str(path) for path in folder.glob("*.py"))
    return _Deadly(paths, config), paths


def test_processes_that_die_with_several_files_cost_nothing(tmp_path: Path) -> None:
    write(tmp_path, {f"a{number:02}.py": RENAME for number in range(20)} | {"z.py": STORE + LOOKUP})
    config = Config()
    results, paths = deadly(tmp_path, config)
    expected = gather(config, paths, [str(tmp_path)])
    assert expected.stores and expected.reads
    results.together = True
    assert gather_with_results(config, paths, [str(tmp_path)], results, 3) == expected


def test_a_file_that_kills_its_process_is_an_error_for_that_file(tmp_path: Path) -> None:
    write(tmp_path, {f"a{number:02}.py": RENAME for number in range(20)} | {"killer.py": RENAME, "z.py": STORE})
    config = Config()
    results, paths = deadly(tmp_path, config)
    facts = gather_with_results(config, paths, [str(tmp_path)], results, 3)
    assert facts.stores  # of the file behind it
    for path in paths:
        found = results.take(Task(path, Path(path).read_bytes(), config), facts)
        if "killer" in path:
            assert found is not None and [error.message for error in found.errors] == [
                "the process that worked on it died (killed, or out of memory)"
            ]
        else:
            assert found is None or not found.errors


def test_only_a_run_that_rewrites_has_libcst_to_load() -> None:
    ahead = {mode: EarlyResults(Options(mode), (), lambda path: None).ahead for mode in ("check", "fix")}
    assert ahead["check"] == 0 < ahead["fix"]


def test_a_recorder_of_the_project_s_own_is_known_from_the_first_file_on(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": COPY, "z/recorder.py": "", "z/uses.py": COPY})
    config = Config()
    paths = [str(tmp_path / name) for name in ("a.py", "z/uses.py")]
    results = EarlyResults(Options("check"), paths, lambda path: config)
    facts = gather_with_results(config, paths, [str(tmp_path)], results, 1)
    assert facts.own_recorder
    assert all(results.take(Task(path, COPY.encode(), config), facts) for path in paths)


def test_every_process_sends_its_results(tmp_path: Path) -> None:
    write(tmp_path, {f"a{number:02}.py": RENAME for number in range(20)})
    config = Config()
    paths = sorted(str(path) for path in tmp_path.glob("*.py"))
    results = EarlyResults(Options("check"), set(paths), lambda path: config)
    gather_with_results(config, paths, [str(tmp_path)], results, 3)
    assert sorted(results.entries(paths)) == paths


def test_only_files_of_the_run_with_the_same_configuration_have_early_results(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": RENAME, "b.py": RENAME})
    config = Config()
    paths = [str(tmp_path / name) for name in ("a.py", "b.py")]
    kept = EarlyResults(Options("check"), paths[:1], lambda path: config)
    gather_with_results(config, paths, [str(tmp_path)], kept, 1)
    assert list(kept.entries(paths)) == paths[:1]
    other = EarlyResults(Options("check"), paths, lambda path: Config())
    gather_with_results(config, paths, [str(tmp_path)], other, 1)
    assert list(other.entries(paths)) == []


def test_a_result_is_used_once_and_for_the_same_bytes_only(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": RENAME})
    config, path = Config(), str(tmp_path / "a.py")
    for raw, there in ((RENAME.encode(), True), (b"x = 1\n", False)):
        results = EarlyResults(Options("check"), [path], lambda path: config)
        facts = gather_with_results(config, [path], [str(tmp_path)], results, 1)
        found = results.take(Task(path, raw, config), facts)
        assert (found is not None) is there
        assert results.take(Task(path, raw, config), facts) is None


def test_what_is_kept_does_not_grow_with_the_tree(tmp_path: Path) -> None:
    write(tmp_path, {f"a{number:02}.py": RENAME for number in range(40)})
    config = Config()
    paths = sorted(str(path) for path in tmp_path.glob("*.py"))
    for jobs in (1, 2):
        results = EarlyResults(Options("fix"), set(paths), lambda path: config, capacity=4000)
        gather_with_results(config, paths, [str(tmp_path)], results, jobs)
        assert 1 <= len(results.entries(paths)) <= 5 * jobs


SIZES: dict[str, tuple[list[int], int, list[int]]] = {
    "one process": ([1, 2, 3], 1, [3]),
    "equal files": ([5] * 6, 3, [2, 2, 2]),
    "a large file first": ([90, 1, 1, 1], 2, [1, 3]),
    "a large file last": ([1, 1, 1, 90], 2, [3, 1]),
    "empty files": ([0, 0, 0], 2, [0, 3]),
    "one that has other work too": ([5] * 6, -2, [1, 5]),
    "one that has much other work": ([1] * 6, -2, [0, 6]),
}


@pytest.mark.parametrize(("sizes", "count", "expected"), SIZES.values(), ids=SIZES)
def test_each_process_gets_about_as_many_bytes(tmp_path: Path, sizes: list[int], count: int, expected: list[int]) -> None:
    count, ahead = abs(count), 20 if count < 0 else 0
    paths = [str(tmp_path / f"{number}.py") for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        Path(path).write_bytes(bytes(size))
    shares = list(_shares(paths, count, ahead))
    assert [path for share in shares for path in share] == paths
    assert [len(share) for share in shares] == expected
    os.unlink(paths[0])
    assert len(list(_shares(paths, count))) == count
