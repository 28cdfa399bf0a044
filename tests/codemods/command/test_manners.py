"""What the installed command says and does beside finding and fixing: each option as a user gives it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("recorder-fix")
HEAD = "import os\nimport shutil\n\nfrom recorder import LivePipelineRecorder\n\n\n"
SAFE = f"{HEAD}def show(recorder: LivePipelineRecorder) -> None:\n    print(recorder.run_dir, recorder.run_dir, os.sep, shutil)\n"
LEFT = f"""{HEAD}def keep(recorder: LivePipelineRecorder, source: str) -> str:
    name = "07_output_audio.mp3"
    path = os.path.join(recorder.run_folder, name)
    shutil.copy2(source, path)
    return path
"""
CLEAN = "x = 1\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `recorder-fix` in a folder with `safe.py`, `left.py` and `clean.py`, or with what is given."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name, text in {"safe": SAFE, "left": LEFT, "clean": CLEAN}.items():
        (tmp_path / f"{name}.py").write_text(text)

    def call(*arguments: str, program: tuple[str, ...] = (str(COMMAND),)) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    return call


ENTRY = """\
left.py:10:5: LPR201 a file is copied into the run folder past the recorder; save it with `save_entity()`
        shutil.copy2(source, path)
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
"""


@pytest.mark.parametrize("mode", [(), ("--fix",)])
def test_each_changed_file_is_named_with_its_count(run: Run, mode: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*mode)
    assert done.returncode == 1
    assert "fixed safe.py: 2 findings\n" in done.stdout
    assert done.stdout.endswith(
        "Fixed 2 findings in 1 file.\n3 findings left in 1 file (3 looked at).\n3 more fixable with --unsafe.\n"
    )
    assert "run_dir" not in (tmp_path / "safe.py").read_text()


def test_one_fault_is_one_entry(run: Run) -> None:
    done = run("--check", "left.py")
    assert done.stdout.startswith(ENTRY)
    assert re.search(r"^    also: LPR101 name 8:12, LPR301 path 9:12$", done.stdout, re.MULTILINE)
    assert done.stdout.count("left.py:") == 1
    found = json.loads(run("--check", "left.py", "--output-format", "json").stdout)["findings"]
    assert [finding["code"] for finding in found] == ["LPR101", "LPR301", "LPR201"]


def test_show_fixes(run: Run) -> None:
    fixes = "safe.py: 2 findings\n    8:11 LPR001 unknown-recorder-attribute\n    8:29 LPR001 unknown-recorder-attribute\n"
    assert f"would fix {fixes}" in run("--diff", "--show-fixes").stderr
    assert f"fixed {fixes}" in run("--show-fixes").stdout


def test_statistics(run: Run) -> None:
    rows = [line.split() for line in run("--check", "--statistics").stdout.splitlines() if re.match(r" *\d+  LPR", line)]
    assert [(row[0], row[1]) for row in rows] == [("2", "LPR001"), ("1", "LPR101"), ("1", "LPR201"), ("1", "LPR301")]
    assert "     0  LPR001  unknown-recorder-attribute  (2 fixed)\n" in run("--statistics", "--select", "LPR001").stdout


def test_exit_zero(run: Run, tmp_path: Path) -> None:
    assert run("--check").returncode == 1
    assert run("--check", "--exit-zero").returncode == 0
    (tmp_path / "broken.py").write_text("run_dir = (\n")
    assert run("--check", "--exit-zero").returncode == 2


@pytest.mark.parametrize(("when", "coloured"), [("always", True), ("never", False), ("auto", False)])
@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_color(run: Run, mode: str, when: str, coloured: bool) -> None:
    assert ("\x1b[" in run(mode, "--color", when).stdout) is coloured


@pytest.mark.parametrize("given", ["Lpr2", "Bypassed-Storage-Copy"])
def test_codes_in_any_case_and_names(run: Run, given: str) -> None:
    expected = run("--check", "--select", "LPR201").stdout
    assert ENTRY in expected
    assert run("--check", "--select", given).stdout == expected
    assert "LPR201" not in run("--check", "--ignore", given).stdout


def test_an_unknown_name_is_an_error(run: Run) -> None:
    done = run("--check", "--select", "bypassed-copy")
    assert done.returncode == 2
    assert "--select: unknown code 'bypassed-copy'; " in done.stderr
    assert done.stderr.endswith("a prefix such as 'LPR2', or a rule's name\n")


ADDED = {
    "a line without a comment": (LEFT, "    shutil.copy2(source, path)  # noqa: LPR201\n"),
    "a comment of another kind": (LEFT.replace("path)\n    ret", "path)  # kept\n    ret"), "path)  # kept  # noqa: LPR201\n"),
    "other codes": (LEFT.replace("path)\n    ret", "path)  # noqa: E501\n    ret"), "path)  # noqa: E501, LPR201\n"),
    "other codes and words": (LEFT.replace("path)\n    ret", "path)  # noqa: E501,F401 why\n    ret"), "E501,F401, LPR201 why\n"),
    "a call of several lines": (LEFT.replace("copy2(source,", "copy2(\n        source,"), "    shutil.copy2(  # noqa: LPR201\n"),
    "a backslash": (
        LEFT.replace("shutil.copy2(", "shutil \\\n        .copy2("),
        "        .copy2(source, path)  # noqa: LPR201\n",
    ),
    "windows": (LEFT.replace("\n", "\r\n"), "    shutil.copy2(source, path)  # noqa: LPR201\r\n"),
    "two on a line": (SAFE, "os.sep, shutil)  # noqa: LPR001\n"),
    "no line end": (SAFE.rstrip("\n"), "os.sep, shutil)  # noqa: LPR001"),
}


def test_add_noqa(run: Run, tmp_path: Path) -> None:
    paths = {name: tmp_path / "noqa" / f"{number}.py" for number, name in enumerate(ADDED)}
    (tmp_path / "noqa").mkdir()
    for name, (text, _) in ADDED.items():
        paths[name].write_bytes(text.encode())
    done = run("--add-noqa", "noqa")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [f"added a comment to 1 line of noqa/{path.name}" for path in paths.values()]
    commented = {name: path.read_bytes().decode() for name, path in paths.items()}
    assert {name for name, (_, line) in ADDED.items() if line not in commented[name]} == set()
    assert run("--check", "noqa").returncode == 0
    flake8 = run("--select", "LPR", "noqa", program=(sys.executable, "-m", "flake8"))
    assert (flake8.returncode, flake8.stdout) == (0, "")
    assert run("--add-noqa", "noqa").stderr == f"No comment to add in {len(ADDED)} files.\n"
    assert run("noqa").returncode == 0
    assert {name: path.read_bytes().decode() for name, path in paths.items()} == commented


def test_add_noqa_follows_the_selection(run: Run, tmp_path: Path) -> None:
    run("--add-noqa", "--select", "LPR301", "left.py")
    assert "    path = os.path.join(recorder.run_folder, name)  # noqa: LPR301\n" in (tmp_path / "left.py").read_text()
    assert "LPR201" in run("--check", "left.py").stdout


@pytest.mark.parametrize("code", ["LPR201", "LPR101"])
def test_a_noqa_for_a_write_is_one_for_what_belongs_to_it(run: Run, tmp_path: Path, code: str) -> None:
    (tmp_path / "left.py").write_text(LEFT.replace("source, path)", f"source, path)  # noqa: {code}"))
    silent = code == "LPR201"
    assert (run("--check", "left.py").returncode == 0) is silent
    flake8 = run("--select", "LPR", "left.py", program=(sys.executable, "-m", "flake8"))
    assert (flake8.stdout == "") is silent


def test_show_settings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.py").write_text("")
    table = "[tool.recorder]\nignore = ['LPR3']\ndetects-format = false\nrenamed-attributes = { folder = 'run_folder' }\n"
    (tmp_path / "pkg/pyproject.toml").write_text(table)
    done = run("--show-settings", "pkg/a.py")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[:2] == ["# settings for pkg/a.py", f"# configuration file: {tmp_path.resolve() / 'pkg/pyproject.toml'}"]
    assert "LPR201" in lines[2] and "LPR301" not in lines[2]
    assert 'ignore = ["LPR3"]' in lines
    assert "detects-format = false" in lines
    assert 'renamed-attributes = { folder = "run_folder" }' in lines
    assert 'save-method = "save_entity"  # default' in lines
    assert "# configuration file: none, so the defaults hold" in run("--show-settings").stdout
    assert run("--show-settings", "pkg").stdout.splitlines()[1] == lines[1]
    # What it prints is a table that it takes.
    (tmp_path / "pyproject.toml").write_text(done.stdout.replace("  # default", ""))
    assert run("--check", "clean.py").returncode == 0


def test_show_settings_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/pyproject.toml").write_text("[tool.recorder]\nignore = ['LPR3']\ndetects-format = false\n")
    done = run("--show-settings", "--output-format", "json", "pkg")
    shown = json.loads(done.stdout)
    assert (done.returncode, shown["path"], shown["given"]) == (0, "pkg", ["detects-format", "ignore"])
    assert shown["configuration"] == str(tmp_path.resolve() / "pkg/pyproject.toml")
    assert "LPR201" in shown["codes"] and "LPR301" not in shown["codes"]
    assert (shown["settings"]["detects-format"], shown["settings"]["ignore"]) == (False, ["LPR3"])
    assert json.loads(run("--output-format", "json", "--show-settings").stdout)["configuration"] is None


@pytest.mark.parametrize("more", [["other"], ["--output-format", "sarif"]])
def test_show_settings_of_one_path_as_text_or_json(run: Run, more: list[str]) -> None:
    done = run("--show-settings", "clean.py", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("--show-settings prints what holds for one path, as text or json\n")


def test_show_settings_of_nothing(run: Run) -> None:
    done = run("--show-settings", "nowhere.py")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "nowhere.py: error: No such file or directory\n")


def test_show_settings_of_a_bad_table(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\nselect = 1\n")
    done = run("--show-settings")
    assert done.returncode == 2
    assert done.stderr.startswith("pyproject.toml:2: error: 'select' in [tool.recorder]")


def test_what_was_seen(run: Run) -> None:
    assert run("--check", "--ignore", "LPR").stdout == "Nothing to report: 2 recorders, 3 uses of a run folder in 3 files.\n"
    assert run("--check", "clean.py").stdout == "Nothing to report: no recorder was seen in 1 file.\n"
    summary = json.loads(run("--check", "--output-format", "json").stdout)["summary"]
    assert (summary["recorders"], summary["folders"], summary["files"], summary["files_with_findings"]) == (2, 3, 3, 2)


def test_lines_are_those_of_the_file_as_it_is(run: Run, tmp_path: Path) -> None:
    """A fix above takes lines away: only what is written says so."""
    chain = 'def old(recorder: LivePipelineRecorder, source: str) -> None:\n    name = "05_output_audio.mp3"\n    shutil.copy2(\n        source,\n        recorder.run_folder / name,\n    )\n\n\n'
    text = LEFT.replace("def keep", f"{chain}def keep")
    (tmp_path / "left.py").write_text(text)

    def places(*arguments: str) -> set[tuple[int, str, str]]:
        found = json.loads(run(*arguments, "--output-format", "json", "left.py").stdout)["findings"]
        return {(one["line"], one["code"], one["reason"]) for one in found if not one["fixed"] and one["line"] > 13}

    checked = places("--check")
    assert {(line, code) for line, code, _ in checked} == {(16, "LPR101"), (17, "LPR301"), (18, "LPR201")}
    assert places("--diff") == checked
    sarif = json.loads(run("--check", "--output-format", "sarif", "left.py").stdout)["runs"][0]["results"]
    lines = {(one["locations"][0]["physicalLocation"]["region"]["startLine"], one["ruleId"]) for one in sarif}
    assert {(line, code) for line, code, _ in checked} <= lines


def test_a_named_file_with_another_suffix_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(SAFE)
    (tmp_path / "script").write_text(SAFE)
    done = run("--check", "notes.txt", "script")
    assert done.returncode == 2
    assert done.stderr == "notes.txt: error: ends in .txt; Python files end in .py, .pyi, .pyw\n"
    assert "script:8:11: LPR001" in done.stdout


def test_modules_of_the_user_s_with_our_names(run: Run, tmp_path: Path) -> None:
    for name in ("lint_plugin", "codemods", "recorder"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}/__init__.py").write_text("raise ImportError('not yours')\n")
    assert run("--check", "left.py").stdout.startswith(ENTRY)
    flake8 = run("--select", "LPR", "left.py", program=(str(COMMAND.with_name("flake8")),))
    assert "LPR201" in flake8.stdout and flake8.stderr == ""


def test_baseline_entries_of_rules_that_are_switched_off_stay(run: Run, tmp_path: Path) -> None:
    run("--write-baseline", "known.json")
    before = (tmp_path / "known.json").read_bytes()
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\nignore = ['LPR2']\nper-file-ignores = { 'safe.py' = ['LPR0'] }\n")
    done = run("--check", "--baseline", "known.json")
    assert (done.returncode, done.stderr) == (0, "")
    run("--write-baseline", "known.json")
    assert (tmp_path / "known.json").read_bytes() == before


def test_every_option_is_in_the_help_and_in_the_reference(run: Run) -> None:
    options = set(re.findall(r"--[a-z][a-z-]+", run("--help").stdout))
    reference = (Path(__file__).resolve().parents[3] / "docs/reference.md").read_text()
    assert {"--fix", "--add-noqa", "--show-fixes", "--statistics", "--exit-zero", "--color", "--show-settings"} <= options
    assert {option for option in options if f"`{option}" not in reference} == set()
