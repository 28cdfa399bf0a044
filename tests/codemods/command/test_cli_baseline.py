"""Baselines in runs of the command: what is reported, what is fixed, what is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.command.cli import main

HEAD = "from recorder import LivePipelineRecorder\n\n\ndef show(recorder: LivePipelineRecorder) -> None:\n"
SAFE = HEAD + "    print(recorder.run_dir)\n"
LEFT = HEAD + '    print((recorder.run_folder / "03_input.txt").read_text())\n'
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def project(tmp_path: Path, run: Run) -> Path:
    """Two files with one finding each, recorded in known.json."""
    (tmp_path / "a.py").write_text(LEFT)
    (tmp_path / "b.py").write_text(SAFE)
    assert run("--write-baseline", "known.json", ".") == (
        0,
        "Nothing to report in 2 files.\n2 findings not shown: in the baseline.\n",
        "Recorded 2 findings in known.json.\n",
    )
    return tmp_path


def entries(path: Path) -> list[tuple[str, str, int]]:
    return [(entry["path"], entry["code"], entry["count"]) for entry in json.loads(path.read_text())[:-1]]


def test_writing_fixes_nothing(project: Path) -> None:
    assert entries(project / "known.json") == [("a.py", "LPR102", 1), ("b.py", "LPR001", 1)]
    assert (project / "b.py").read_text() == SAFE


def test_known_findings_are_not_reported(project: Path, run: Run) -> None:
    code, out, err = run("--check", "--baseline", "known.json", ".")
    assert (code, err) == (0, "")
    assert out == "Nothing to report in 2 files.\n2 findings not shown: in the baseline.\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda source: "# one more line\n\n" + source,
        lambda source: source + "\n\ndef other() -> None:\n    pass\n",
        lambda source: source.replace("\ndef show", "\ndef renamed"),
        lambda source: source.replace("    print", "    if recorder:\n        print"),
        lambda source: source.replace("\n", "\r\n"),
    ],
    ids=["lines_above", "lines_below", "edit_elsewhere", "indented", "newlines"],
)
def test_edits_elsewhere_do_not_make_a_finding_new(project: Path, run: Run, change: Callable[[str], str]) -> None:
    (project / "a.py").write_bytes(change(LEFT).encode())
    assert run("--check", "--baseline", "known.json", ".")[0] == 0


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda source: source.replace("print(", "print(1, "), "a.py:5:37: LPR102"),
        (lambda source: source + source.splitlines(keepends=True)[-1], "a.py:6:34: LPR102"),
    ],
    ids=["line_changed", "one_more_of_the_same"],
)
def test_what_is_new_is_reported(project: Path, run: Run, change: Callable[[str], str], shown: str) -> None:
    (project / "a.py").write_text(change(LEFT))
    code, out, _ = run("--check", "--baseline", "known.json", ".")
    assert code == 1
    assert out.startswith(shown)
    assert out.count("LPR") == 1


def test_known_findings_are_still_fixed(project: Path, run: Run) -> None:
    (project / "b.py").write_text(SAFE + "\n\n" + SAFE)  # on other lines, and once more than is known
    code, out, err = run("--baseline", "known.json", ".")
    assert code == 0
    assert "run_dir" not in (project / "b.py").read_text()
    assert out.startswith("fixed b.py: 2 findings\nFixed 2 findings in 1 file.\n")
    assert err.splitlines() == ["known.json: 1 entry is of a finding that this run fixes; --write-baseline removes it."]
    assert run("--baseline", "known.json", ".")[2].splitlines() == [
        "known.json: no longer found: b.py: LPR001 print(recorder.run_dir)",
        "known.json: 1 entry matches nothing any more; --write-baseline removes it.",
    ]


def test_a_diff_says_the_same_of_what_it_would_fix(project: Path, run: Run) -> None:
    _, out, err = run("--diff", "--baseline", "known.json", ".")
    assert "+    print(recorder.run_folder)" in out
    assert "known.json: 1 entry is of a finding that this run fixes; --write-baseline removes it." in err.splitlines()
    assert "no longer found" not in err


def test_it_shrinks_when_it_is_written_again(project: Path, run: Run) -> None:
    run("--baseline", "known.json", ".")
    run("--write-baseline", "known.json", ".")
    assert entries(project / "known.json") == [("a.py", "LPR102", 1)]
    assert run("--check", "--baseline", "known.json", ".")[::2] == (0, "")


def test_many_entries_that_match_nothing_are_summed_up(project: Path, run: Run) -> None:
    for number in range(15):
        (project / f"c{number:02}.py").write_text(SAFE)
    run("--write-baseline", "known.json", ".")
    for number in range(15):
        (project / f"c{number:02}.py").unlink()
    _, _, err = run("--check", "--baseline", "known.json", ".")
    assert err.count("no longer found") == 10
    assert err.splitlines()[-1] == "known.json: 5 more; 15 entries match nothing any more; --write-baseline removes them."
    assert run("--check", "--quiet", "--baseline", "known.json", ".") == (0, "", "")


def test_a_run_over_some_files_says_nothing_about_the_others(project: Path, run: Run) -> None:
    assert run("--check", "--baseline", "known.json", "a.py")[2] == ""
    (project / "a.py").write_text("x = 1\n")
    run("--write-baseline", "known.json", "a.py")
    assert entries(project / "known.json") == [("b.py", "LPR001", 1)]


def test_a_run_for_some_codes_says_nothing_about_the_others(project: Path, run: Run) -> None:
    assert run("--check", "--baseline", "known.json", "--select", "LPR0", ".")[2] == ""
    run("--write-baseline", "known.json", "--ignore", "LPR1", ".")
    assert entries(project / "known.json") == [("a.py", "LPR102", 1), ("b.py", "LPR001", 1)]


def test_a_file_that_cannot_be_read_keeps_its_entries(project: Path, run: Run) -> None:
    (project / "a.py").write_text("recorder.run_folder (\n")
    code, _, err = run("--write-baseline", "known.json", ".")
    assert code == 2
    assert "a.py:1: error: cannot be parsed" in err
    assert entries(project / "known.json") == [("a.py", "LPR102", 1), ("b.py", "LPR001", 1)]
    assert "no longer found" not in run("--check", "--baseline", "known.json", ".")[2]


def test_the_configured_baseline_counts_from_its_folder(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pyproject.toml").write_text("[tool.recorder]\nbaseline = 'known.json'\n")
    assert run("--check", ".")[0] == 0
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    code, out, _ = run("--check", "..")
    assert code == 0, out
    (project / "a.py").write_text("x = 1\n")
    (project / "b.py").write_text("x = 1\n")
    assert "2 entries match nothing any more" in run("--check", "..")[2]


def test_a_configured_baseline_that_is_missing_is_an_error(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text("[tool.recorder]\nbaseline = 'nope.json'\n")
    code, out, err = run("--check", ".")
    assert code == 2
    why = "'baseline' in [tool.recorder]: nope.json cannot be read: No such file or directory"
    assert err == f"pyproject.toml:2: error: {why}\n"
    assert "a.py:5:34: LPR102" in out


def test_a_broken_baseline_is_an_error_and_can_be_written_anew(project: Path, run: Run) -> None:
    known = (project / "known.json").read_text()
    (project / "known.json").write_text(known.replace("[\n", "[\n<<<<<<< HEAD\n"))
    code, _, err = run("--check", "--baseline", "known.json", ".")
    assert code == 2
    assert err == "known.json:2: error: is not JSON: Expecting value; write it with --write-baseline\n"
    assert run("--write-baseline", "known.json", ".")[0] == 0
    assert len(entries(project / "known.json")) == 2


def test_a_baseline_that_cannot_be_written(project: Path, run: Run) -> None:
    code, _, err = run("--write-baseline", "nowhere/known.json", ".")
    assert (code, err) == (2, "nowhere/known.json: error: cannot be written: No such file or directory\n")


def test_every_format_leaves_known_findings_out(project: Path, run: Run) -> None:
    document = json.loads(run("--check", "--baseline", "known.json", "--output-format", "json", ".")[1])
    assert (document["findings"], document["summary"]["baselined"]) == ([], 2)
    sarif = json.loads(run("--check", "--baseline", "known.json", "--output-format", "sarif", ".")[1])
    assert sarif["runs"][0]["results"] == []
    assert json.loads(run("--check", "--baseline", "known.json", "--output-format", "gitlab", ".")[1]) == []
    assert run("--check", "--baseline", "known.json", "--output-format", "github", ".")[1] == ""


@pytest.mark.parametrize(
    ("option", "name"),
    [(option, name) for option in ("--write-baseline", "--report") for name in ("b.py", "notes.json", "link", "other")],
)
@pytest.mark.parametrize("mode", ["--check", "--fix"])
def test_what_others_have_written_is_not_replaced(project: Path, run: Run, option: str, name: str, mode: str) -> None:
    (project / "notes.json").write_text("[]\n")
    (project / "link").symlink_to("notes.json")
    assert run("--check", "--report", "page.html", ".")[0] == 1
    (project / "other").write_bytes((project / ("page.html" if option == "--write-baseline" else "known.json")).read_bytes())
    before = {path.name: path.read_bytes() for path in project.iterdir()}
    code, out, err = run(mode, option, name, ".")
    kind = "baseline" if option == "--write-baseline" else "report"
    assert (code, out) == (2, "")
    assert (
        err
        == f"{name}: error: is there already and is no {kind} of recorder-fix: it was not replaced, and nothing else was done\n"
    )
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before


@pytest.mark.parametrize(("option", "name"), [("--write-baseline", "known.json"), ("--report", "page.html")])
def test_an_earlier_one_and_an_empty_file_are_replaced(project: Path, run: Run, option: str, name: str) -> None:
    run("--check", option, name, ".")
    (project / "a.py").write_text(LEFT * 2)
    written = (project / name).read_bytes()
    for there in (written, b""):
        (project / name).write_bytes(there)
        assert run("--check", option, name, ".")[0] in (0, 1)
        assert (project / name).read_bytes() not in (written, b"")


def test_files_whose_own_table_does_not_name_it(project: Path, run: Run) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "c.py").write_text(LEFT)
    (project / "pyproject.toml").write_text("[tool.recorder]\nbaseline = 'known.json'\n")
    (project / "sub" / "pyproject.toml").write_text("[tool.recorder]\n")
    why = "sub/pyproject.toml does not name it as its baseline: only --baseline known.json hides the findings below its folder.\n"
    assert run("--write-baseline", "known.json", ".")[2] == f"Recorded 3 findings in known.json.\n{why}"
    code, out, err = run("--check", ".")
    assert (code, err) == (1, "")  # of what it was not asked about it does not say that it is gone
    assert [line.split(":")[0] for line in out.splitlines() if "LPR" in line] == ["sub/c.py"]
    assert run("--check", "--baseline", "known.json", ".")[0] == 0
    (project / "sub" / "pyproject.toml").write_text("[tool.recorder]\nbaseline = '../known.json'\n")
    assert run("--check", ".")[0] == 0
    assert run("--write-baseline", "known.json", ".")[2] == "Recorded 3 findings in known.json.\n"
