"""The page of `--report`: complete, self-contained, and safe whatever stands in the files."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codemods.command.cli import main
from codemods.command.html_report import HtmlReport
from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary

VOID = {"meta", "col", "br"}
RENAME = Finding("a.py", 2, 1, 2, 17, "LPR001", "name", "no `run_dir`", "safe", fixed=True)


class Page(HTMLParser):
    """Collects elements, attributes and text, and checks that the elements close in order."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(content.decode("utf-8"))
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data


def page_of(*results: FileResult, mode: str = "diff", errors: tuple[FileError, ...] = ()) -> Page:
    report = HtmlReport()
    for result in results:
        shown = result.new if mode == "fix" and result.new is not None else result.old
        report.file(result, result.findings, shown)
    report.errors(errors)
    summary = Summary(mode)
    summary.files = len(results)
    report.finish(summary)
    return Page(report.content)


def test_a_change_stands_side_by_side_with_its_finding() -> None:
    old = b"a\nrecorder.run_dir\nb\n"
    page = page_of(FileResult("a.py", (RENAME,), old=old, new=old.replace(b"run_dir", b"run_folder")))
    assert "LPR001 no run_dir" in page.text
    assert "1a1a" in page.text.replace("\n", "")
    assert page.elements.count("mark") == 2
    assert page.elements.count("tr") == 4  # three lines and the finding


@pytest.mark.parametrize(
    ("level", "shown"), [("left", "left the name is read later"), ("unsafe", "unsafe the name is read later")]
)
def test_what_is_left_is_listed_with_its_reason(level: str, shown: str) -> None:
    left = replace(RENAME, line=1, fixed=False, level=level, reason="the name is `read` later")
    page = page_of(FileResult("a.py", (left,), old=b"    copy(a, b)\n"), mode="check")
    assert shown in page.text
    assert "a.py:1:1" in page.text
    assert "copy(a, b)" in page.text


def test_errors_are_listed() -> None:
    page = page_of(errors=(FileError("a.py", 3, "cannot be parsed"),))
    assert "a.py:3 cannot be parsed" in page.text


def test_distant_changes_are_told_apart_and_the_rest_is_left_out() -> None:
    old = b"".join(b"line %d\n" % number for number in range(100))
    new = old.replace(b"line 10\n", b"line ten\n").replace(b"line 90\n", b"")
    page = page_of(FileResult("a.py", old=old, new=new))
    assert page.text.count("line 50") == 0
    assert page.text.count("line 14") == 2
    assert page.elements.count("tr") == 9 + 1 + 9


HOSTILE = "</td></table><script>alert(1)</script><img src=x onerror=alert(1)>&lt;\"'\x1b[31m\u202e"


def test_hostile_content_stays_text() -> None:
    finding = replace(RENAME, path=HOSTILE, line=1, message=HOSTILE, reason=HOSTILE, code=HOSTILE, name=HOSTILE)
    line = f"x = '{HOSTILE}'\n".encode()
    results = [
        FileResult(HOSTILE, (finding,), old=line, new=b"y" + line),
        FileResult(HOSTILE + "2", (replace(finding, fixed=False),), old=line),
    ]
    page = page_of(*results, errors=(FileError(HOSTILE, 1, HOSTILE),))
    clean = page_of()
    assert "script" not in page.elements and "img" not in page.elements
    known = {name for name, _ in clean.attributes} | {"id", "class", "colspan", "href", "open"}
    assert {name for name, _ in page.attributes} <= known
    assert all(value is not None and value.startswith("#f") for name, value in page.attributes if name == "href")
    assert "\x1b" not in page.text and "\u202e" not in page.text
    assert page.text.count("<script>alert(1)</script>") >= 8


def test_the_page_needs_nothing_else() -> None:
    page = page_of(FileResult("a.py", (RENAME,), old=b"a\nb\n", new=b"a\nc\n"))
    assert not {"script", "link", "iframe", "img", "object"} & set(page.elements)
    policy = [value for name, value in page.attributes if name == "content" and value and "default-src" in value]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not any(name == "src" for name, _ in page.attributes)


def test_undecodable_names() -> None:
    page = page_of(FileResult("\udcff.py", (), old=b"a\n", new=b"b\n"))
    assert "\\udcff.py" in page.text


@pytest.mark.parametrize("mode", [[], ["--check"], ["--diff"]])
def test_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], mode: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = (
        b"from recorder import LivePipelineRecorder\n\n\ndef f(recorder: LivePipelineRecorder) -> None:\n"
        b"    print(recorder.run_dir, recorder.no_such)\n"
    )
    (tmp_path / "a.py").write_bytes(source)
    main([*mode, "--report", "page.html", "a.py"])
    page = Page((tmp_path / "page.html").read_bytes())
    assert ("Nothing was written" in page.text) == bool(mode)
    assert page.elements.count("details") == 1
    assert (tmp_path / "a.py").read_bytes() == (source if mode else source.replace(b"run_dir", b"run_folder"))


def test_a_page_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(b"")
    assert main(["--check", "--report", "nope/page.html", "a.py"]) == 2
    assert capfdbinary.readouterr().err == b"nope/page.html: error: cannot be written: No such file or directory\n"


BLOCK = """\
import os
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str, kind: str) -> None:
    if kind == "audio":
        ext = "mp3"
    else:
        ext = "png"
    name = f"07_output_{kind}.{ext}"
    path = os.path.join(recorder.run_dir, name)
    shutil.copy2(source, path)
"""


@pytest.mark.parametrize("mode", ["--check", "--diff", "--fix"])
@pytest.mark.parametrize("left", [False, True])
def test_the_findings_of_a_block_are_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, left: bool) -> None:
    monkeypatch.chdir(tmp_path)
    block = BLOCK.replace("run_dir", "run_folder")
    (tmp_path / "a.py").write_text(block + "    return path\n" if left else block)
    main([mode, "--report", "page.html", "a.py"])
    text = Page((tmp_path / "page.html").read_bytes()).text
    assert text.count("a file is copied into the run folder") == 1
    assert text.count("also: LPR401 extension 8:5, LPR101 name 12:12, LPR301 path 13:12") == 1
    assert text.count("LPR101") == text.count("LPR301") == 1
    assert ("unsafe" in text) is left
