"""The output formats, given findings: text, JSON, GitHub annotations, GitLab code quality."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import FORMATS, Summary, plain_path
from lint_plugin.reports.machine import make_report
from lint_plugin.reports.report import Report
from lint_plugin.reports.text import TextReport, escaped, excerpt, summary_lines
from lint_plugin.reports.unused import as_findings

SOURCE = b"import os\n\tx = f(recorder.run_dir)  # \xc3\xa9\nshutil.copy2(\n    a, b)\n"
RENAME = Finding("pkg/a.py", 2, 8, 2, 24, "LPR001", "unknown-recorder-attribute", "no `run_dir`", "safe", "", 17, 33)
COPY = Finding("pkg/a.py", 3, 1, 4, 10, "LPR201", "bypassed-storage-copy", "a copy", "left", "the name is read elsewhere", 43, 66)
RESULT = FileResult("pkg/a.py", (RENAME, COPY), old=SOURCE)
ERROR = FileError("pkg/b.py", 7, "cannot be parsed")


def text_of(make: Callable[[Callable[[str], object]], Report], result: FileResult = RESULT, mode: str = "check") -> str:
    written: list[str] = []
    report = make(written.append)
    summary = Summary(mode)
    summary.files = 2
    summary.count(result.findings, unsafe=False)
    report.file(result, result.findings, result.old)
    report.errors([ERROR])
    summary.errors = 1
    report.finish(summary)
    return "".join(written)


def test_text() -> None:
    assert text_of(TextReport) == (
        "pkg/a.py:2:8: LPR001 no `run_dir`\n"
        "        x = f(recorder.run_dir)  # é\n"
        "              ^^^^^^^^^^^^^^^^\n"
        "pkg/a.py:3:1: LPR201 a copy\n"
        "    shutil.copy2(\n"
        "    ^^^^^^^^^^^^^\n"
        "    left: the name is read elsewhere\n"
        "2 findings in 1 file (2 looked at), 1 of them fixable.\n"
        "1 error; see above.\n"
    )


def test_text_in_colour_says_the_same() -> None:
    import re

    coloured = text_of(lambda write: TextReport(write, colour=True))
    assert "\x1b[1;31mLPR201\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_of(TextReport)


def test_quiet_text_has_no_summary() -> None:
    assert text_of(lambda write: TextReport(write, quiet=True)).endswith("left: the name is read elsewhere\n")


def test_what_is_fixed_is_counted_and_not_listed() -> None:
    result = replace(RESULT, findings=(replace(RENAME, fixed=True), COPY))
    text = text_of(TextReport, result, "fix")
    assert "LPR001" not in text
    assert "pkg/a.py:3:1: LPR201" in text


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "mark"),
    [
        ("abc def", 4, 7, "abc def", "    ^^^"),
        ("abc", 3, 3, "abc", "   ^"),
        ("abc", 1, 1, "abc", " ^"),
        ("\tabc", 1, 4, "    abc", "    ^^^"),
        ("a\x1b[31m = b", 9, 10, "a\\x1b[31m = b", "            ^"),
        ("漢字 = b", 5, 6, "漢字 = b", "       ^"),
        ("e\u0301 = b", 5, 6, "e\u0301 = b", "    ^"),
        ("x\u202ey", 2, 3, "x\\u202ey", "       ^"),
        ("", 0, 0, "", "^"),
    ],
)
def test_the_mark_stands_under_the_text(line: str, start: int, end: int, shown: str, mark: str) -> None:
    assert excerpt(line, start, end) == (shown, mark)


@pytest.mark.parametrize("start", [0, 100, 5_000, 9_990])
def test_long_lines_are_cut_around_the_finding(start: int) -> None:
    line = "x" * start + "FINDING" + "y" * (10_000 - start)
    shown, mark = excerpt(line, start, start + 7)
    assert len(shown) < 180
    assert shown[mark.index("^") : mark.rindex("^") + 1] == "FINDING"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\nb\x07", "a\\nb\\x07"),
        ("\udcff", "\\udcff"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2028", "\\u2028"),
    ],
)
def test_unprintable_text_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


def summary(mode: str, **counts: int) -> Summary:
    made = Summary(mode)
    for name, value in counts.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("counts", "lines"),
    [
        (summary("fix"), ["No Python file was found."]),
        (summary("fix", errors=1), []),
        (summary("check", files=1), ["Nothing to report: no recorder was seen in 1 file."]),
        (
            summary("check", files=88, recorders=41, folders=12),
            ["Nothing to report: 41 recorders, 12 uses of a run folder in 88 files."],
        ),
        (summary("check", files=1, recorders=1, folders=1), ["Nothing to report: 1 recorder, 1 use of a run folder in 1 file."]),
        (
            summary("check", files=3, files_with_findings=2, findings=2, fixable=1, left=1),
            ["2 findings in 2 files (3 looked at), 1 of them fixable."],
        ),
        (
            summary("check", files=3, files_with_findings=3, findings=3, left=3),
            ["3 findings in 3 files, none of them fixable."],
        ),
        (summary("check", files=1, files_with_findings=1, findings=1, fixable=1), ["1 finding in 1 file, fixable."]),
        (
            summary("check", files=2, files_with_findings=1, findings=2, fixable=2),
            ["2 findings in 1 file (2 looked at), all of them fixable."],
        ),
        (summary("fix", files=3, changed=1, fixed=4), ["Fixed 4 findings in 1 file.", "Nothing left in 3 files."]),
        (
            summary("fix", files=3, changed=2, fixed=4, files_with_findings=1, findings=2, unsafe=1, left=1),
            ["Fixed 4 findings in 2 files.", "2 findings left in 1 file (3 looked at).", "1 more fixable with --unsafe."],
        ),
        (summary("diff", files=1, changed=1, fixed=1), ["Would fix 1 finding in 1 file.", "Nothing left in 1 file."]),
        (
            summary("check", files=9, files_with_findings=1, baselined=3, errors=2, findings=1, unsafe=1),
            [
                "1 finding in 1 file (9 looked at), none of them fixable.",
                "3 findings not shown: in the baseline.",
                "2 errors; see above.",
                "1 more fixable with --unsafe.",
            ],
        ),
    ],
)
def test_the_summary(counts: Summary, lines: list[str]) -> None:
    assert summary_lines(counts) == lines


def test_the_counts() -> None:
    made = Summary("fix")
    levels = [("safe", False), ("safe", True), ("unsafe", False), ("left", False)]
    found = [replace(RENAME, level=level, fixed=fixed) for level, fixed in levels]
    made.count(found, unsafe=False)
    assert (made.fixed, made.findings, made.fixable, made.unsafe, made.left) == (1, 3, 1, 1, 1)
    made.count(found, unsafe=True)
    assert (made.fixed, made.findings, made.fixable, made.unsafe, made.left) == (2, 6, 3, 1, 2)


def test_json() -> None:
    document = json.loads(text_of(lambda write: make_report("json", write)))
    assert list(document) == ["findings", "errors", "summary"]
    assert document["findings"][1] == {
        "path": "pkg/a.py",
        "line": 3,
        "column": 1,
        "end_line": 4,
        "end_column": 10,
        "code": "LPR201",
        "name": "bypassed-storage-copy",
        "message": "a copy",
        "level": "left",
        "reason": "the name is read elsewhere",
        "fixed": False,
    }
    assert document["errors"] == [{"path": "pkg/b.py", "line": 7, "message": "cannot be parsed"}]
    assert document["summary"] == {
        "mode": "check",
        "files": 2,
        "changed": 0,
        "fixed": 0,
        "findings": 2,
        "files_with_findings": 1,
        "fixable": 1,
        "unsafe": 0,
        "left": 1,
        "baselined": 0,
        "errors": 1,
        "recorders": 0,
        "folders": 0,
    }


def test_json_holds_a_diff_byte_for_byte() -> None:
    written: list[str] = []
    report = make_report("json", written.append)
    report.finish(Summary("diff"), b"-\xe9\r\n+\x00\n")
    diff = json.loads("".join(written))["diff"]
    assert diff.encode("utf-8", "surrogateescape") == b"-\xe9\r\n+\x00\n"


def test_github() -> None:
    assert text_of(lambda write: make_report("github", write)) == (
        "::error file=pkg/a.py,line=2,col=8,endLine=2,endColumn=23,title=LPR001 unknown-recorder-attribute"
        "::LPR001 no `run_dir`\n"
        "::warning file=pkg/a.py,line=3,col=1,endLine=4,title=LPR201 bypassed-storage-copy"
        "::LPR201 a copy%0Aleft: the name is read elsewhere\n"
        "::error file=pkg/b.py,line=7,title=recorder-fix::cannot be parsed\n"
    )


def test_github_values_cannot_break_out() -> None:
    hostile = replace(RENAME, path="a,line=1::x%\r\n.py", message="50% ::error::x\r\n::stop-commands::")
    text = text_of(lambda write: make_report("github", write), replace(RESULT, findings=(hostile,)))
    assert text.splitlines()[0] == (
        "::error file=a%2Cline=1%3A%3Ax%25%0D%0A.py,line=2,col=8,endLine=2,endColumn=23,"
        "title=LPR001 unknown-recorder-attribute::LPR001 50%25 ::error::x%0D%0A::stop-commands::"
    )


def test_gitlab() -> None:
    issues = json.loads(text_of(lambda write: make_report("gitlab", write)))
    assert [issue["check_name"] for issue in issues] == ["LPR001", "LPR201", "error"]
    assert [issue["severity"] for issue in issues] == ["major", "minor", "blocker"]
    assert issues[1]["location"] == {"path": "pkg/a.py", "lines": {"begin": 3, "end": 4}}
    assert issues[1]["description"] == "LPR201 a copy (left: the name is read elsewhere)"
    assert issues[2]["location"] == {"path": "pkg/b.py", "lines": {"begin": 7}}
    # What GitLab asks of every issue.
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(issue)
    assert len({issue["fingerprint"] for issue in issues}) == 3


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda source: b"# above\n\n" + source, True),
        (lambda source: source.replace(b"\tx = f", b"        x = f"), True),
        (lambda source: source + b"below()\n", True),
        (lambda source: source.replace(b"x = f", b"y = f"), False),
    ],
)
def test_gitlab_fingerprints_stay_when_lines_move(change: Callable[[bytes], bytes], same: bool) -> None:
    def fingerprint(source: bytes) -> str:
        line = source[: source.index(b"recorder")].count(b"\n") + 1
        result = FileResult("pkg/a.py", (replace(RENAME, line=line, end_line=line),), old=source)
        return str(json.loads(text_of(lambda write: make_report("gitlab", write), result))[0]["fingerprint"])

    assert (fingerprint(change(SOURCE)) == fingerprint(SOURCE)) == same


def test_equal_lines_have_different_fingerprints() -> None:
    found = tuple(replace(RENAME, line=line, end_line=line, column=1, end_column=2) for line in (1, 2, 3))
    result = FileResult("a.py", found, old=b"x\nx\nx\n")
    issues = json.loads(text_of(lambda write: make_report("gitlab", write), result))
    assert len({issue["fingerprint"] for issue in issues}) == 4  # three and the error


# How the formats that programs read are read: one JSON document, or a line for each finding.
DOCUMENTS = {"json", "gitlab", "sarif"}
LINES = {"github"}


def test_every_format_is_in_one_of_these_tables() -> None:
    assert {"text", *DOCUMENTS, *LINES} == set(FORMATS)


@pytest.mark.parametrize("kind", sorted(DOCUMENTS | LINES))
def test_names_and_messages_that_are_no_text(kind: str) -> None:
    odd = replace(RENAME, path="\udcff/é\n.py", message="é\x00", reason="漢")
    text = text_of(lambda write: make_report(kind, write), FileResult(odd.path, (odd,), old=SOURCE))
    if kind in DOCUMENTS:
        assert text.isascii()
        json.loads(text)
    else:
        assert len(text.splitlines()) == 2  # one finding, one error


@pytest.mark.parametrize("kind", sorted(DOCUMENTS | LINES))
def test_nothing_found_is_a_valid_document(kind: str) -> None:
    written: list[str] = []
    make_report(kind, written.append).finish(Summary("check"))
    assert "".join(written) == "" if kind in LINES else json.loads("".join(written)) is not None


def test_comments_without_effect_become_findings() -> None:
    source = b"a = '# noqa'  # NOQA: LPR201\nb = 1  # noqa:LPR1,LPR2\n"
    result = FileResult("a.py", old=source, unused_noqa=((1, "LPR201"), (2, "LPR1, LPR2")))
    places = [(found.line, found.column, found.end_column, found.code) for found in as_findings(result)]
    assert places == [(1, 15, 29, "unused-noqa"), (2, 8, 24, "unused-noqa")]
    assert as_findings(result)[1].message == "this comment silences nothing: there is no LPR1, LPR2 here"


def test_paths_are_named_from_the_current_folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert [plain_path(path) for path in ("./a.py", "b/../a.py", f"{tmp_path}/c/a.py", "/x/a.py", "-")] == [
        "a.py",
        "a.py",
        "c/a.py",
        "/x/a.py",
        "-",
    ]
