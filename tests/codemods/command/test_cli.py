"""The command `recorder-fix`: what it does with files, what it says where, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from codemods.command.cli import main
from lint_plugin.rules import RULES

HEAD = "from recorder import LivePipelineRecorder\n\n\ndef show(recorder: LivePipelineRecorder) -> None:\n"
SAFE = HEAD + "    print(recorder.run_dir)\n"
FIXED = HEAD + "    print(recorder.run_folder)\n"
LEFT = HEAD + '    print((recorder.run_folder / "03_input.txt").read_text())\n'
UNSAFE = "def show(recorder):\n    print(recorder.run_dir)\n"
UNSAFE_FIXED = "def show(recorder):\n    print(recorder.run_folder)\n"
CLEAN = "print()\n"
BROKEN = "recorder.run_dir (\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


@pytest.fixture
def run(project: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*arguments: str) -> Ran:
        code = main(arguments)
        captured = capfdbinary.readouterr()
        return Ran(code, captured.out.decode(errors="surrogateescape"), captured.err.decode(errors="surrogateescape"))

    return call


def write(folder: Path, **sources: str) -> None:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")


# -- exit codes and output ---------------------------------------------------------------------------------------------------

OUTCOMES = [
    ("clean", [CLEAN], [], 0, "Nothing to report: no recorder was seen in 1 file.\n", ""),
    ("clean_check", [CLEAN], ["--check"], 0, "Nothing to report: no recorder was seen in 1 file.\n", ""),
    ("clean_diff", [CLEAN], ["--diff"], 0, "", "Nothing to report: no recorder was seen in 1 file.\n"),
    ("empty_folder", [], [], 0, "No Python file was found.\n", ""),
    ("fixed", [SAFE], [], 0, "Fixed 1 finding in 1 file.\nNothing left in 1 file.\n", ""),
    ("found", [SAFE], ["--check"], 1, "1 finding in 1 file, fixable.\n", ""),
    ("diff", [SAFE], ["--diff"], 1, "+    print(recorder.run_folder)\n", "Would fix 1 finding in 1 file.\n"),
    ("left", [LEFT], [], 1, "1 finding left in 1 file.\n", ""),
    ("left_diff", [LEFT], ["--diff"], 0, "", "1 finding left in 1 file.\n"),
    ("fixed_and_left", [SAFE, LEFT], [], 1, "Fixed 1 finding in 1 file.\n1 finding left in 1 file (2 looked at).\n", ""),
    ("unsafe_left", [UNSAFE], [], 1, "1 finding left in 1 file.\n1 more fixable with --unsafe.\n", ""),
    ("unsafe_check", [UNSAFE], ["--check"], 1, "1 more fixable with --unsafe.\n", ""),
    ("unsafe", [UNSAFE], ["--unsafe"], 0, "Fixed 1 finding in 1 file.\nNothing left in 1 file.\n", ""),
    ("unsafe_diff", [UNSAFE], ["--diff", "--unsafe"], 1, "+    print(recorder.run_folder)\n", "Would fix 1 finding"),
    ("broken", [BROKEN, SAFE], ["--check"], 2, "1 error; see above.\n", "f0.py:1: error: cannot be parsed"),
    ("broken_diff", [BROKEN, SAFE], ["--diff"], 2, "+    print(recorder.run_folder)\n", "f0.py:1: error: cannot be"),
    ("quiet", [SAFE, CLEAN], ["--check", "--quiet"], 1, "f0.py:5:11: LPR001 ", ""),
    (
        "select_other",
        [SAFE],
        ["--check", "--select", "LPR1,LPR2"],
        0,
        "Nothing to report: 1 recorder, 1 use of a run folder in 1 file.\n",
        "",
    ),
    ("select", [SAFE], ["--check", "--select", "LPR1", "--select", "LPR001"], 1, "LPR001", ""),
    (
        "ignore",
        [SAFE],
        ["--check", "--ignore", "LPR0"],
        0,
        "Nothing to report: 1 recorder, 1 use of a run folder in 1 file.\n",
        "",
    ),
]


@pytest.mark.parametrize(
    ("sources", "options", "code", "out", "err"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES]
)
def test_outcomes(project: Path, run: Run, sources: list[str], options: list[str], code: int, out: str, err: str) -> None:
    write(project, **{f"f{number}": source for number, source in enumerate(sources)})
    ran = run(*options, ".")
    assert ran.code == code
    assert out in ran.out if out else ran.out == ""
    assert err in ran.err if err else ran.err == ""


def test_quiet_prints_findings_only(project: Path, run: Run) -> None:
    write(project, a=LEFT)
    assert "finding left" not in run("--quiet", ".").out
    write(project, a=CLEAN)
    assert run("--quiet", ".") == Ran(0, "", "")


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_nothing_is_written(project: Path, run: Run, mode: str) -> None:
    write(project, a=SAFE, b=UNSAFE)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.iterdir()}
    run(mode, "--unsafe", ".")
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.iterdir()} == before


def test_fixing_twice_changes_nothing_more(project: Path, run: Run) -> None:
    write(project, a=SAFE, b=UNSAFE)
    run("--unsafe", ".")
    assert (project / "a.py").read_text() == FIXED
    assert (project / "b.py").read_text() == UNSAFE_FIXED
    stamps = [path.stat().st_mtime_ns for path in sorted(project.iterdir())]
    assert run("--unsafe", ".").code == 0
    assert [path.stat().st_mtime_ns for path in sorted(project.iterdir())] == stamps


@pytest.mark.parametrize(
    "raw",
    [
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + SAFE.encode(),
        b"\xef\xbb\xbf" + SAFE.encode(),
        SAFE.replace("\n", "\r\n").encode(),
        SAFE.replace("\n", "\r").encode(),
        SAFE.replace("    ", "\t").encode(),
        b"\x0c\n" + SAFE.encode() + b"\x0c\nx = 1",
        SAFE.rstrip("\n").encode(),
        SAFE.encode() + b"try:\n    pass\nexcept OSError :\n    pass  \n\n\n\n",
    ],
    ids=["latin1", "bom", "crlf", "cr", "tabs", "form_feed", "no_final_newline", "spaces"],
)
def test_only_the_edit_changes(project: Path, run: Run, raw: bytes) -> None:
    (project / "a.py").write_bytes(raw)
    assert run("a.py").code == 0
    assert (project / "a.py").read_bytes() == raw.replace(b"run_dir", b"run_folder")


def test_the_diff_can_be_applied(project: Path, run: Run) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    for folder in ("one", "two words"):
        (project / folder).mkdir()
        write(project / folder, a=SAFE, b=SAFE.replace("\n", "\r\n").rstrip("\r\n"), c=UNSAFE)
    diff = run("--diff", ".").out
    (project / "change.patch").write_bytes(diff.encode())
    subprocess.run(["git", "apply", "--whitespace=nowarn", "change.patch"], check=True)
    assert (project / "two words" / "a.py").read_text() == FIXED
    assert run("--diff", ".").out == ""
    assert (project / "one" / "c.py").read_text() == UNSAFE


def test_what_is_left_stands_where_it_stands_in_the_file_as_it_is(project: Path, run: Run) -> None:
    """A fix above moves lines; in --diff and --check they have not moved."""
    block = '    shutil.copy2(source, recorder.run_folder / "07_output_a.mp3")\n'
    source = "import shutil\n\n" + HEAD.replace("recorder: L", "source: str, recorder: L") + block
    source += '    print(recorder.run_dir, (recorder.run_folder / "03_input.txt").exists())\n'
    write(project, a=source)
    checked = json.loads(run("--check", "--output-format", "json", "--select", "LPR102", "a.py").out)["findings"]
    (expected,) = [(found["line"], found["column"]) for found in checked]
    diffed = json.loads(run("--diff", "--output-format", "json", "a.py").out)["findings"]
    assert [(found["line"], found["column"]) for found in diffed if not found["fixed"]] == [expected]
    left = json.loads(run("--output-format", "json", "a.py").out)["findings"]
    (after,) = [found for found in left if not found["fixed"]]
    line = (project / "a.py").read_text().splitlines()[after["line"] - 1]
    assert line[after["column"] - 1 :].startswith('"03_input.txt"')
    assert after["line"] != expected[0]


def test_json_is_one_object(project: Path, run: Run) -> None:
    write(project, a=SAFE, b=BROKEN)
    ran = run("--diff", "--output-format", "json", ".")
    document = json.loads(ran.out)
    assert list(document) == ["findings", "errors", "summary", "diff"]
    assert document["diff"].startswith("--- a/a.py\n+++ b/a.py\n")
    assert [(found["path"], found["code"], found["fixed"]) for found in document["findings"]] == [("a.py", "LPR001", True)]
    assert [(error["path"], error["line"]) for error in document["errors"]] == [("b.py", 1)]
    assert (ran.code, document["summary"]["errors"]) == (2, 1)
    assert "diff" not in json.loads(run("--check", "--output-format", "json", ".").out)


# -- bad input ---------------------------------------------------------------------------------------------------------------


def test_a_missing_path_is_an_error_and_the_others_are_done(project: Path, run: Run) -> None:
    write(project, a=SAFE)
    ran = run("nope.py", "a.py", "nowhere/")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "nope.py: error: No such file or directory",
        "nowhere/: error: No such file or directory",
    ]
    assert (project / "a.py").read_text() == FIXED


def test_a_read_only_file_is_an_error_its_findings_remain_and_the_others_are_done(project: Path, run: Run) -> None:
    write(project, a=SAFE, b=SAFE)
    (project / "a.py").chmod(0o444)
    ran = run(".")
    assert (ran.code, ran.err) == (2, "a.py: error: is read-only; nothing was written\n")
    assert "a.py:5:11: LPR001" in ran.out
    assert "Fixed 1 finding in 1 file.\n1 finding left in 1 file (2 looked at).\n" in ran.out
    assert ((project / "a.py").read_text(), (project / "b.py").read_text()) == (SAFE, FIXED)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.recorder]\nselct = ['LPR1']\n", "pyproject.toml:2: error: unknown key 'selct' in [tool.recorder]; did you mean"),
        ("[tool.recorder]\nselect = 'LPR1'\n", "pyproject.toml:2: error: 'select' in [tool.recorder] must be a list of codes"),
        ("[tool.recorder]\nselect = ['LPR9']\n", "unknown code 'LPR9'; the codes are LPR001"),
        ("[tool.recorder\n", "pyproject.toml:1: error: is not valid TOML"),
    ],
)
def test_a_bad_configuration_is_said_once_and_files_outside_it_are_done(
    project: Path, run: Run, content: str, message: str
) -> None:
    (project / "bad").mkdir()
    (project / "bad" / "pyproject.toml").write_text(content)
    write(project / "bad", a=SAFE, b=SAFE)
    write(project, c=SAFE)
    ran = run(".")
    assert ran.code == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert ((project / "bad" / "a.py").read_text(), (project / "c.py").read_text()) == (SAFE, FIXED)


def test_a_bad_named_configuration_stops_the_run(project: Path, run: Run) -> None:
    write(project, a=SAFE)
    assert run("--config", "nope.toml", ".") == Ran(2, "", "nope.toml: error: cannot be read: No such file or directory\n")
    assert (project / "a.py").read_text() == SAFE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--select", "LPR9"],
            "--select: unknown code 'LPR9'; the codes are LPR001, LPR002, LPR003, LPR101, LPR102, LPR103, LPR201, ",
        ),
        (["--ignore", "E501,LPR1"], "--ignore: unknown code 'E501'; "),
        (["--select", ","], "--select needs at least one code"),
        (["--output-format", "xml"], "'text', 'json', 'github', 'gitlab', 'sarif'"),
        (["--jobs", "0"], "must be a whole number from 1, not '0'"),
        (["--jobs", "many"], "must be a whole number from 1, not 'many'"),
        (["--executor", "dask:8786"], "must be dask://HOST:PORT, not 'dask:8786'"),
        (["--selct", "LPR1"], "unrecognized arguments: --selct; did you mean --select?"),
        (["--unsaf"], "did you mean --unsafe?"),
        (["--check", "--diff"], "--diff: not allowed with argument --check"),
        (["-", "a.py"], "- (standard input) cannot be combined with other paths"),
        (["--stdin-filename", "a.py", "b.py"], "--stdin-filename needs - as the path"),
        (["--write-baseline", "x", "--diff"], "--write-baseline cannot be combined with --diff or --baseline"),
        ([""], "an empty path was given"),
    ],
)
def test_wrong_command_lines(project: Path, run: Run, arguments: list[str], message: str) -> None:
    write(project, a=SAFE)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert (project / "a.py").read_text() == SAFE


def test_a_bad_exclude_pattern(project: Path, run: Run) -> None:
    write(project, a=SAFE)
    ran = run("--exclude", "!", ".")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "--exclude" in ran.err and "'!'" in ran.err
    assert (project / "a.py").read_text() == SAFE


def test_control_characters_do_not_reach_the_terminal(project: Path, run: Run) -> None:
    name = os.fsdecode(b"a\x1b[31m\n\xff.py")
    (project / name).write_text(SAFE.replace("recorder.run_dir)", "recorder.run_dir)  # \x1b[2J"))
    ran = run("--check", ".")
    assert ran.out.startswith("a\\x1b[31m\\n\\udcff.py:5:11: LPR001") or ran.out.startswith("./a\\x1b")
    assert "\\x1b[2J" in ran.out
    assert "\x1b" not in ran.out + ran.err


# -- files -------------------------------------------------------------------------------------------------------------------


def test_a_link_is_written_through_once(project: Path, run: Run) -> None:
    (project / "real").mkdir()
    write(project / "real", a=SAFE)
    (project / "link.py").symlink_to("real/a.py")
    assert run("link.py", "real/a.py").code == 0
    assert (project / "link.py").is_symlink()
    assert (project / "real" / "a.py").read_text() == FIXED


def test_exclude_adds_to_the_configuration(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text("[tool.recorder]\nexclude = ['a.py']\n")
    write(project, a=SAFE, b=SAFE, c=SAFE)
    assert "finding in 1 file" in run("--check", "--exclude", "b.*", ".").out
    assert "findings in 3 files" in run("--check", "a.py", "b.py", "c.py", "--exclude", "b.*").out
    assert "finding in 1 file" in run("--check", "--force-exclude", "--exclude", "b.*", "a.py", "b.py", "c.py").out


@pytest.mark.parametrize(
    ("table", "options", "codes"),
    [
        ("", [], {"LPR001", "LPR102"}),
        ("select = ['LPR102']", [], {"LPR102"}),
        ("select = ['LPR102']", ["--select", "LPR001"], {"LPR001"}),
        ("ignore = ['LPR1']", [], {"LPR001"}),
        ("ignore = ['LPR1']", ["--ignore", "LPR001"], set()),
        ("ignore = ['LPR1']", ["--select", "LPR"], {"LPR001"}),
        ("per-file-ignores = {'a.*' = ['LPR0']}", [], {"LPR102"}),
        ("per-file-ignores = {'b.*' = ['LPR0']}", [], {"LPR001", "LPR102"}),
    ],
)
def test_selection(project: Path, run: Run, table: str, options: list[str], codes: set[str]) -> None:
    (project / "pyproject.toml").write_text(f"[tool.recorder]\n{table}\n")
    write(project, a=SAFE + LEFT.removeprefix(HEAD))
    found = json.loads(run("--check", "--output-format", "json", *options, ".").out)["findings"]
    assert {finding["code"] for finding in found} == codes


def test_the_named_configuration_counts(project: Path, run: Run) -> None:
    (project / "other.toml").write_text("[tool.recorder]\nrenamed-attributes = {run_dir = 'folder'}\n")
    write(project, a=SAFE)
    run("--config", "other.toml", "a.py")
    assert (project / "a.py").read_text() == SAFE.replace("run_dir", "folder")


# -- noqa --------------------------------------------------------------------------------------------------------------------


def test_noqa_silences_report_and_rewrite(project: Path, run: Run) -> None:
    write(project, a=SAFE.replace("run_dir)", "run_dir)  # noqa: LPR001 kept for the old reader"))
    before = (project / "a.py").read_text()
    assert run("--check", ".").code == 0
    assert run(".").code == 0
    assert (project / "a.py").read_text() == before


def test_unused_noqa_is_reported_on_request(project: Path, run: Run) -> None:
    write(project, a="x = 1  # noqa: LPR201\n", b=SAFE.replace("run_dir)", "run_dir)  # noqa: LPR001"))
    assert run("--check", ".").code == 0
    ran = run("--check", "--unused-noqa", ".")
    assert ran.code == 1
    assert "a.py:1:8: unused-noqa this comment silences nothing: there is no LPR201 here\n" in ran.out
    assert "b.py" not in ran.out
    assert (project / "a.py").read_text() == "x = 1  # noqa: LPR201\n"


# -- rules, help, version ----------------------------------------------------------------------------------------------------


def test_list_rules(run: Run) -> None:
    ran = run("--list-rules")
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.out.splitlines()][0] == ["LPR001", "unknown-recorder-attribute"]
    assert len(ran.out.splitlines()) == len(RULES)


def test_explain(run: Run) -> None:
    by_code = run("--explain", "LPR201")
    assert by_code.code == 0
    assert by_code.out.startswith("LPR201 bypassed-storage-copy\n")
    assert by_code == run("--explain", "lpr201") == run("--explain", "bypassed-storage-copy")
    for heading in ("Why\n---\n", "Bad", "recorder-fix makes of it:", "Good", "What recorder-fix does\n"):
        assert heading in by_code.out


def test_explain_an_unknown_code(run: Run) -> None:
    ran = run("--explain", "LPR20")
    assert ran.code == 2
    assert "unknown code 'LPR20'; did you mean LPR" in ran.err
    assert "the codes are LPR001, LPR002, LPR003, LPR101, LPR102, LPR103, LPR201, LPR202, LPR203, LPR301, LPR401" in ran.err


def test_help_fits_a_screen(run: Run) -> None:
    ran = run("--help")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert 24 <= len(lines) <= 50
    assert max(map(len, lines)) <= 83
    assert sum(line.startswith("  recorder-fix ") for line in lines) >= 4


def test_version(run: Run) -> None:
    from importlib.metadata import version

    assert run("--version") == Ran(0, f"recorder-fix {version('recorder-toolkit')}\n", "")
