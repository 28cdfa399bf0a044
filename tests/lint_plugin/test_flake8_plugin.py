"""The plugin in the real flake8 command: same findings, same columns as recorder-fix, whatever way flake8 is run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

HEADER = "from pipeline_recorder import LivePipelineRecorder\n\n\n"
BODY = """\
def exists(recorder: LivePipelineRecorder) -> bool:
    return recorder.run_dir.exists()
"""
WIDE = """\
def size(recorder: LivePipelineRecorder) -> str:
    return "äöü€𝄞" + str(recorder.run_dir)
"""
BLOCK = Path(__file__).parent.parent / "data" / "seed_block.py"


@pytest.fixture
def flake8(tmp_path: Path) -> Run:
    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flake8", *arguments],
            cwd=tmp_path, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def recorder_fix(tmp_path: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = Path(sys.executable).with_name("recorder-fix")
        return subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.stderr == ""
    return sorted(done.stdout.splitlines())


def test_findings_and_columns_are_those_of_recorder_fix(tmp_path: Path, flake8: Run, recorder_fix: Run) -> None:
    (tmp_path / "seed.py").write_bytes(BLOCK.read_bytes())
    (tmp_path / "wide.py").write_text(HEADER + WIDE, encoding="utf-8")
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\n" + (HEADER + WIDE.replace("€𝄞", "")).encode("latin-1"))
    (tmp_path / "marked.py").write_bytes(b"\xef\xbb\xbf" + (HEADER + BODY).replace("\n", "\r\n").encode())
    (tmp_path / "fed.py").write_bytes((HEADER + "\f\n" + BODY).encode())
    report = json.loads(recorder_fix("--check", "--output-format", "json", ".").stdout)
    ours = {(Path(f["path"]).name, f["line"], f["column"], f["code"], f["message"]) for f in report["findings"]}
    theirs = set()
    for line in lines(flake8("--select", "LPR", ".")):
        path, row, column, text = line.split(":", 3)
        code, message = text.strip().split(" ", 1)
        theirs.add((Path(path).name, int(row), int(column), code, message))
    assert theirs == ours
    assert ("wide.py", 5, 26, "LPR001", "recorders have no attribute `run_dir`; use `run_folder`") in theirs
    assert {name for name, *_ in theirs} == {"seed.py", "wide.py", "latin.py", "marked.py", "fed.py"}
    assert {code for *_, code, _ in theirs} == {"LPR001", "LPR101", "LPR201", "LPR301", "LPR401"}


def test_any_number_of_jobs_finds_the_same(tmp_path: Path, flake8: Run) -> None:
    for number in range(12):
        (tmp_path / f"file_{number}.py").write_text(HEADER + BODY)
    alone = lines(flake8("--select", "LPR", "--jobs", "1", "."))
    assert len(alone) == 12
    assert lines(flake8("--select", "LPR", "--jobs", "4", ".")) == alone


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# noqa", 0),
        ("# noqa: LPR001", 0),
        ("# noqa: LPR0", 0),
        ("# noqa:LPR001,E501 because", 0),
        ("# noqa: LPR201", 1),
        ("# NoQA : because", 0),
        ("# a comment", 1),
    ],
)
def test_noqa(tmp_path: Path, flake8: Run, recorder_fix: Run, comment: str, found: int) -> None:
    (tmp_path / "file.py").write_text(HEADER + BODY.rstrip() + f"  {comment}\n")
    assert len(lines(flake8("--select", "LPR", "file.py"))) == found
    assert recorder_fix("--check", "file.py").returncode == (1 if found else 0)


def test_noqa_on_any_line_of_a_statement(tmp_path: Path, flake8: Run) -> None:
    source = HEADER + (
        "def exists(recorder: LivePipelineRecorder) -> bool:\n"
        "    return bool(\n"
        "        recorder.run_dir.exists()\n"
        "    )  # noqa: LPR001\n"
    )
    (tmp_path / "file.py").write_text(source)
    assert lines(flake8("--select", "LPR", "file.py")) == []
    assert len(lines(flake8("--select", "LPR", "--disable-noqa", "file.py"))) == 1


def test_file_level_noqa(tmp_path: Path, flake8: Run) -> None:
    (tmp_path / "all.py").write_text("# flake8: noqa\n" + HEADER + BODY)
    (tmp_path / "code.py").write_text("# flake8: noqa: LPR001\n" + HEADER + BODY)
    (tmp_path / "other.py").write_text("# no flake8 here: noqa\n" + HEADER + BODY)
    assert [line.split(":")[0] for line in lines(flake8("--select", "LPR", "."))] == ["./other.py"]


def test_select_ignore_and_per_file_ignores_of_flake8(tmp_path: Path, flake8: Run) -> None:
    (tmp_path / "seed.py").write_bytes(BLOCK.read_bytes())
    codes = {line.split()[1] for line in lines(flake8("--select", "LPR2,LPR4", "."))}
    assert codes == {"LPR201", "LPR401"}
    codes = {line.split()[1] for line in lines(flake8("--select", "LPR", "--ignore", "LPR1", "."))}
    assert codes == {"LPR001", "LPR201", "LPR301", "LPR401"}
    (tmp_path / ".flake8").write_text("[flake8]\nselect = LPR\nper-file-ignores =\n    seed.py: LPR001,LPR3\n")
    assert {line.split()[1] for line in lines(flake8("."))} == {"LPR101", "LPR201", "LPR401"}


def test_standard_input(tmp_path: Path, flake8: Run) -> None:
    done = flake8("--select", "LPR", "--stdin-display-name", "shown.py", "-", stdin=HEADER + BODY)
    assert lines(done) == ["shown.py:5:12: LPR001 recorders have no attribute `run_dir`; use `run_folder`"]


def test_configuration_of_the_project(tmp_path: Path, flake8: Run) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.recorder]\nrenamed-attributes = { folder = "run_folder" }\n')
    (tmp_path / "file.py").write_text(HEADER + BODY + BODY.replace("run_dir", "folder").replace("exists(r", "other(r"))
    assert [line.split(":")[1] for line in lines(flake8("--select", "LPR", "."))] == ["7"]
    other = tmp_path / "other.toml"
    other.write_text('[tool.recorder]\nignore = ["LPR001"]\n')
    assert lines(flake8("--select", "LPR", "--recorder-config", "other.toml", ".")) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_wrong_configuration_is_one_line(tmp_path: Path, flake8: Run, jobs: str) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.recorder]\nselect = "LPR001"\n')
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    message = "'select' in [tool.recorder] must be a list of codes, not a string"
    done = flake8("--jobs", jobs, ".")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"flake8: pyproject.toml:2: {message}\n")
    done = flake8("--jobs", jobs, "--recorder-config", "none.toml", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("none.toml: cannot be read: No such file or directory\n") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_wrong_configuration_further_down_is_a_finding_of_its_files(tmp_path: Path, flake8: Run, jobs: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/pyproject.toml").write_text('[tool.recorder]\nselekt = ["LPR001"]\n')
    (tmp_path / "sub/a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text(HEADER + BODY)
    first, second = lines(flake8("--jobs", jobs, "--select", "LPR", "."))
    assert first.startswith("./b.py:5:12: LPR001")
    assert second == (
        "./sub/a.py:1:1: LPR000 sub/pyproject.toml:2: unknown key 'selekt' in [tool.recorder]; did you mean 'select'?"
    )


def test_the_real_attributes_of_a_class_in_the_project(tmp_path: Path, flake8: Run, recorder_fix: Run) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pipeline_recorder.py").write_text(
        "class LivePipelineRecorder:\n    def __init__(self) -> None:\n        self.run_folder = None\n"
        "        self.finished = False\n\n    def save_entity(self, entity_type, content, metadata=None):\n        ...\n"
    )
    (tmp_path / "file.py").write_text(HEADER + "def done(recorder: LivePipelineRecorder) -> bool:\n    return recorder.finshed\n")
    message = "LPR001 recorders have no attribute `finshed`; did you mean `finished`?"
    assert lines(flake8("--select", "LPR", ".")) == [f"./file.py:5:12: {message}"]
    assert message in recorder_fix("--check", ".").stdout


def test_a_clean_file_loads_neither_the_engine_nor_libcst(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("x = 1\n")
    program = (
        "import sys\nfrom flake8.main.cli import main\nmain(['--jobs', '1', 'clean.py'])\n"
        "print(sorted(m for m in sys.modules if m.startswith(('libcst', 'codemods', 'lint_plugin'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )  # fmt: skip
    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert loaded == {
        "lint_plugin", "lint_plugin.config", "lint_plugin.config.settings", "lint_plugin.config.reading",
        "lint_plugin.finding", "lint_plugin.flake8_plugin", "lint_plugin.reports", "lint_plugin.reports.flake8_formatters",
        "lint_plugin.source", "lint_plugin.source.prefilter"
    }  # fmt: skip


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_configured_baseline_hides_what_it_hides_from_recorder_fix(
    tmp_path: Path, flake8: Run, recorder_fix: Run, jobs: str
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.recorder]\nbaseline = "known.json"\n')
    (tmp_path / "latin.py").write_bytes(
        b"# coding: latin-1\n" + (HEADER + WIDE.replace("\u20ac\U0001d11e", "")).encode("latin-1")
    )
    (tmp_path / "seed.py").write_bytes(BLOCK.read_bytes())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.py").write_text(HEADER + BODY)
    assert len(lines(flake8("--select", "LPR", "--recorder-config", "pyproject.toml", "sub/b.py"))) == 2  # LPR000 and what it is
    recorder_fix("--write-baseline", "known.json", ".")
    assert lines(flake8("--jobs", jobs, "--select", "LPR", ".")) == []
    (tmp_path / "sub" / "b.py").write_text("\n" + HEADER + BODY + BODY.replace("exists(r", "other(r"))  # one more of the same
    found = lines(flake8("--jobs", jobs, "--select", "LPR", "."))
    ours = recorder_fix("--check", "--output-format", "json", ".")
    assert [line.split(":")[:2] for line in found] == [["./sub/b.py", "8"]]
    assert [(f["path"], f["line"]) for f in json.loads(ours.stdout)["findings"]] == [("sub/b.py", 8)]


def test_a_baseline_that_is_missing_is_said_at_its_key(tmp_path: Path, flake8: Run) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.recorder]\n\nbaseline = "nope.json"\n')
    (tmp_path / "file.py").write_text(HEADER + BODY)
    first, second = lines(flake8("--select", "LPR", "."))
    why = "'baseline' in [tool.recorder]: nope.json cannot be read: No such file or directory"
    assert first == f"./file.py:1:1: LPR000 pyproject.toml:3: {why}"
    assert second.startswith("./file.py:5:12: LPR001 ")
