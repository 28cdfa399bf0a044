"""The formats for flake8, through the real `flake8` and its entry points."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

SCHEMA = Path(__file__).parents[2] / "data" / "sarif" / "sarif-2.1.0-rtm.4.json"
SOURCE = (
    "import os\nfrom recorder import LivePipelineRecorder\n\n\ndef show(recorder: LivePipelineRecorder) -> None:\n"
    "    print(recorder.run_dir)\n"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "a b.py").write_text(SOURCE)
    (folder / "broken.py").write_text("def (:\n")
    (folder / "clean.py").write_text("print()\n")
    return folder


def flake8(folder: Path, *arguments: str, code: int = 1) -> str:
    command = [sys.executable, "-m", "flake8", "--isolated", "--jobs", "1", *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (code, "")
    return ran.stdout


def test_json(project: Path) -> None:
    document = json.loads(flake8(project, "--format", "lpr-json", "."))
    found = {finding["code"]: finding for finding in document["findings"]}
    assert set(found) == {"E999", "F401", "LPR001"}
    assert found["LPR001"] == {
        "path": "./pkg/a b.py",
        "line": 6,
        "column": 11,
        "end_line": None,
        "end_column": None,
        "code": "LPR001",
        "name": "unknown-recorder-attribute",
        "message": "recorders have no attribute `run_dir`; use `run_folder`",
        "level": "",
        "reason": "",
        "fixed": False,
    }
    assert found["F401"]["name"] == ""
    assert document["summary"]["findings"] == 3
    assert document["summary"]["files"] == 3


def test_sarif(project: Path) -> None:
    document = json.loads(flake8(project, "--format", "lpr-sarif", "."))
    assert [error.message for error in Draft4Validator(json.loads(SCHEMA.read_text())).iter_errors(document)] == []
    run = document["runs"][0]
    assert run["tool"]["driver"]["name"] == "flake8"
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (place,) = [result["locations"][0]["physicalLocation"] for result in run["results"] if result["ruleId"] == "LPR001"]
    assert place["artifactLocation"]["uri"] == "pkg/a%20b.py"
    assert place["region"] == {
        "startLine": 6,
        "startColumn": 11,
        "snippet": {"text": "    print(recorder.run_dir)"},
    }


def test_gitlab(project: Path) -> None:
    issues = json.loads(flake8(project, "--format", "lpr-gitlab", "."))
    assert {(issue["check_name"], issue["location"]["path"]) for issue in issues} == {
        ("LPR001", "pkg/a b.py"),
        ("F401", "pkg/a b.py"),
        ("E999", "broken.py"),
    }
    assert len({issue["fingerprint"] for issue in issues}) == 3


def test_gitlab_knows_a_finding_again_by_either_way(project: Path) -> None:
    """The fingerprint is the same from flake8 and from recorder-fix, so a team may change from one to the other."""
    by_flake8 = json.loads(flake8(project, "--select", "LPR", "--format", "lpr-gitlab", "pkg"))
    command = [sys.executable, "-m", "codemods.command.cli", "--check", "--output-format", "gitlab", "pkg"]
    ran = subprocess.run(command, cwd=project, capture_output=True, check=False)
    assert [issue["fingerprint"] for issue in json.loads(ran.stdout)] == [issue["fingerprint"] for issue in by_flake8]


def test_github(project: Path) -> None:
    lines = flake8(project, "--select", "LPR,F401", "--show-source", "--format", "lpr-github", "pkg").splitlines()
    assert lines == [
        "::warning file=pkg/a b.py,line=1,col=1,title=F401::F401 'os' imported but unused",
        "::error file=pkg/a b.py,line=6,col=11,title=LPR001 unknown-recorder-attribute"
        "::LPR001 recorders have no attribute `run_dir`; use `run_folder`",
    ]


@pytest.mark.parametrize("kind", ["lpr-json", "lpr-sarif", "lpr-gitlab"])
def test_an_output_file_holds_one_document(project: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out" / "report.json"
    for _ in range(2):  # flake8 itself appends, which makes a second run's file unreadable
        assert flake8(project, "--format", kind, "--output-file", str(target), ".") == ""
        json.loads(target.read_text())


@pytest.mark.parametrize("kind", ["lpr-json", "lpr-sarif", "lpr-gitlab"])
def test_nothing_found(project: Path, kind: str) -> None:
    json.loads(flake8(project, "--format", kind, "clean.py", code=0))


def test_several_processes_give_the_same(project: Path) -> None:
    one, two = (json.loads(flake8(project, "--jobs", jobs, "--format", "lpr-json", "."))["findings"] for jobs in ("1", "2"))
    assert one == two
