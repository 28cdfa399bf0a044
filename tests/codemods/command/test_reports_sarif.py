"""SARIF: valid by the official schema, rules with help, and fixes that give what recorder-fix gives when applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from codemods.command.cli import main
from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary
from lint_plugin.reports.replacements import file_replacements, of_findings
from lint_plugin.reports.sarif import SarifReport
from lint_plugin.rules import RULES

SCHEMA = Path(__file__).parents[2] / "data" / "sarif" / "sarif-2.1.0-rtm.4.json"

BLOCK = b'''\
import shutil
import os

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    """\xc3\xa4 \xf0\x9f\x8e\xb5"""
    print("\xf0\x9f\x8e\xb5", recorder.run_dir)
    print(source)
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    print(os.path.join(recorder.run_folder, "x"))
'''


@pytest.fixture(scope="module")
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def sarif(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> dict[str, Any]:
    main(["--output-format", "sarif", *arguments])
    document = json.loads(capfdbinary.readouterr().out)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def apply(text: str, fix: Mapping[str, Any]) -> str:
    """Apply a SARIF fix as a viewer does: regions count lines and characters from 1, their end is exclusive."""
    import re

    (change,) = fix["artifactChanges"]
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    for replacement in reversed(change["replacements"]):
        region = replacement["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    return text


def test_a_log_with_everything_is_valid(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], validator: Draft4Validator
) -> None:
    (project / "a b.py").write_bytes(BLOCK)
    (project / "broken.py").write_bytes(b"recorder.run_dir (\n")
    document = sarif(capfdbinary, "--check", "--unused-noqa", ".")
    assert [error.message for error in validator.iter_errors(document)] == []
    run = document["runs"][0]
    assert {result["ruleId"] for result in run["results"]} >= {"LPR001", "LPR101", "LPR201", "LPR301"}
    assert run["invocations"][0]["executionSuccessful"] is False
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.py"
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert uris == {"a%20b.py"}


def test_the_schema_refuses_what_is_wrong(validator: Draft4Validator) -> None:
    wrong = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"ruleId": 3}]}]}
    assert list(validator.iter_errors(wrong)) != []


def test_rules_carry_their_class_text(project: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    rules = sarif(capfdbinary, "--check", ".")["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    for rule, made in zip(RULES, rules, strict=True):
        assert rule.why.strip() in made["help"]["markdown"]
        assert rule.fix_safety.strip() in made["help"]["markdown"]
        assert made["defaultConfiguration"]["level"] in ("error", "warning")


def test_results_name_rule_place_and_level(project: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (project / "a.py").write_bytes(BLOCK)
    run = sarif(capfdbinary, "--check", "--select", "LPR001", "a.py")["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "LPR001"
    assert result["level"] == "error"
    region = result["locations"][0]["physicalLocation"]["region"]
    # 🎵 is one character, as columnKind says.
    assert run["columnKind"] == "unicodeCodePoints"
    assert (region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]) == (9, 16, 9, 32)
    assert result["properties"] == {"fixLevel": "safe"}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fixes_give_what_recorder_fix_gives(project: Path, capfdbinary: pytest.CaptureFixture[bytes], newline: str) -> None:
    before = BLOCK.decode().replace("\n", newline)
    (project / "a.py").write_bytes(before.encode())
    results = sarif(capfdbinary, "--check", "a.py")["runs"][0]["results"]
    assert (project / "a.py").read_bytes() == before.encode()
    fixes = {result["ruleId"]: result["fixes"][0] for result in results if "fixes" in result}
    assert set(fixes) == {"LPR001", "LPR101", "LPR201"}
    main(["a.py"])
    assert apply(before, fixes["LPR201"]).encode() == (project / "a.py").read_bytes()
    assert apply(before, fixes["LPR001"]) == before.replace("run_dir", "run_folder")


def test_what_has_been_written_is_no_result(project: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (project / "a.py").write_bytes(BLOCK)
    results = sarif(capfdbinary, "a.py")["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["LPR301"]
    assert "fixes" not in results[0]
    line = results[0]["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert "os.path.join" in (project / "a.py").read_text(encoding="utf-8").splitlines()[line - 1]


def test_places_are_named_from_the_top_of_the_repository(
    project: Path, validator: Draft4Validator, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    top = project / "re po"
    (top / "pkg").mkdir(parents=True)
    (top / ".git").mkdir()
    for path in (top / "pkg/a.py", project / "b.py", top / "c.py"):
        path.write_bytes(BLOCK)
    (top / "pkg/bad.py").write_text("run_dir = (\n")
    monkeypatch.chdir(top / "pkg")
    document = sarif(capfdbinary, "--check", "a.py", "../c.py", "../../b.py", "bad.py")
    assert [error.message for error in validator.iter_errors(document)] == []
    run = document["runs"][0]
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": f"file://{project.resolve()}/re%20po/"}}
    places = [place["physicalLocation"]["artifactLocation"] for one in run["results"] for place in one["locations"]]
    places += [
        change["artifactLocation"] for one in run["results"] for fix in one.get("fixes", ()) for change in fix["artifactChanges"]
    ]
    assert {tuple(place.items()) for place in places} == {
        (("uri", "pkg/a.py"), ("uriBaseId", "SRCROOT")),
        (("uri", "c.py"), ("uriBaseId", "SRCROOT")),
        (("uri", f"file://{project.resolve()}/b.py"),),
    }
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "pkg/bad.py"


@pytest.mark.parametrize("address", ["", "https://docs.example.org/recorder"])
def test_rules_point_to_the_documentation_where_there_is_one(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lint_plugin.reports.sarif.DOCUMENTATION", address)
    written: list[str] = []
    SarifReport(written.append).finish(Summary("check"))
    rules = json.loads("".join(written))["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(RULES)
    for rule, described in zip(RULES, rules, strict=True):
        assert described.get("helpUri") == (f"{address}/rules/{rule.name}/" if address else None)


def test_other_codes_get_a_rule_of_their_own(validator: Draft4Validator) -> None:
    written: list[str] = []
    report = SarifReport(written.append, "flake8")
    report.add(Finding("/x/ü.py", 1, 1, 0, 0, "E501", "", "line too long", level=""), "")
    report.add(Finding("\udcff.py", 1, 1, 0, 0, "unused-noqa", "unused-noqa", "m"), "x")
    report.errors([FileError("a.py", 0, "m")])
    report.finish(Summary("check"))
    document = json.loads("".join(written))
    assert [error.message for error in validator.iter_errors(document)] == []
    run = document["runs"][0]
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "E501"
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert places == ["file:///x/%C3%BC.py", "%FF.py"]


TEXTS = st.lists(st.sampled_from(["a", "b\u00e9", "run_dir", "x = 1", ""]), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).flatmap(
        lambda newline: st.booleans().map(lambda last: newline.join(lines) + (newline if last and lines else ""))
    )
)


@given(TEXTS, TEXTS)
def test_replacements_turn_one_text_into_the_other(old: str, new: str) -> None:
    parts = file_replacements(old.encode(), new.encode())
    regions = [
        {
            "deletedRegion": {
                "startLine": part.line,
                "startColumn": part.column,
                "endLine": part.end_line,
                "endColumn": part.end_column,
            },
            "insertedContent": {"text": part.text},
        }
        for part in parts
    ]
    assert apply(old, {"artifactChanges": [{"replacements": regions}]}) == new


def test_many_findings_do_not_repeat_the_whole_file_each() -> None:
    old = b"".join(b"copy(%d)\nimport x%d\nstays(%d)\n" % (number, number, number) for number in range(500))
    new = b"".join(b"save(%d)\nstays(%d)\n" % (number, number) for number in range(500))
    found = Finding("a.py", 1, 1, 1, 8, "LPR201", "n", "m", "safe", fixed=True)
    findings = tuple(replace(found, line=3 * n + 1, end_line=3 * n + 1, start=n) for n in range(500))
    fixes = of_findings(FileResult("a.py", findings, old=old, new=new))
    assert len(fixes["LPR201", 0]) == 500
    assert sum(map(len, fixes.values())) < 5_000
    assert fixes["LPR201", 0] == file_replacements(old, new)


def test_a_rename_stands_for_itself_only_where_it_is_the_change() -> None:
    old, new = b"a = r.run_dir; bb = 1\n", b"a = r.run_dir; cb = 1\n"
    found = Finding("a.py", 1, 5, 1, 14, "LPR001", "n", "m", "safe", fixed=True)
    assert of_findings(FileResult("a.py", (found,), old=old, new=new)) == {("LPR001", 0): file_replacements(old, new)}
    moved = b"# one\n# two\n" + old.replace(b"run_dir", b"run_folder")
    fixes = of_findings(FileResult("a.py", (found,), old=old, new=moved))
    assert fixes["LPR001", 0] == file_replacements(old, moved)
    near = b"b = r.old\n" + old
    both = near.replace(b"r.old", b"r.new").replace(b"run_dir", b"run_folder")
    second = replace(found, line=2, end_line=2)
    (own,) = of_findings(FileResult("a.py", (second,), old=near, new=both))["LPR001", 0]
    assert (own.line, own.text) == (2, "folde")
