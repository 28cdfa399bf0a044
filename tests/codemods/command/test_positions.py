"""Where findings stand in the old bytes when the new ones are not written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codemods.command.positions import in_old
from lint_plugin.finding import FileResult, Finding

LEFT = Finding("a.py", 1, 1, 1, 2, "LPR201", "name", "message")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("a\nX\n", "a\nX\n", "X"),
        ("a\nb\nX\n", "b\nX\n", "X"),
        ("X\n", "a\nb\nX\n", "X"),
        ("a\n  X y\n", "a\nnew\n  X y\n", "X"),
        ("r.run_dir; X\n", "r.run_folder; X\n", "X"),
        ("X; r.run_dir\n", "X; r.run_folder\n", "X"),
        ("a\nr.run_dir; X\n", "r.run_folder; X\n", "X"),
        ("\u00e9 = r.run_dir; X\n", "\u00e9 = r.run_folder; X\n", "X"),
        ("a\rb\rX\r", "b\rX\r", "X"),
        ("a\r\n\x0cX\r\n", "\x0cX\r\n", "X"),
        ("a\nX(\n  y)\n", "b\na\nX(\n  y)\n", "X(\n  y)"),
        ("a\nX(\n  r.run_dir, y)\n", "b\na\nX(\n  r.run_folder, y)\n", "X("),
    ],
)
def test_a_place_in_the_new_text_becomes_the_one_in_the_old(old: str, new: str, text: str) -> None:
    finding = replace(LEFT, **place(new, text))
    result = FileResult("a.py", (finding,), old=old.encode(), new=new.encode())
    assert in_old(result, keep_fixed=True) == [replace(LEFT, **place(old, text))]


def place(source: str, text: str) -> dict[str, int]:
    """Lines and columns of `text` in `source`, as a finding has them."""

    def position(offset: int) -> tuple[int, int]:
        lines = source[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return len(lines), len(lines[-1]) + 1

    start = source.index(text)
    line, column = position(start)
    end_line, end_column = position(start + len(text))
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


@pytest.mark.parametrize("keep_fixed", [True, False])
def test_fixed_findings_stand_in_the_old_text_already(keep_fixed: bool) -> None:
    fixed = replace(LEFT, line=3, end_line=3, fixed=True)
    result = FileResult("a.py", (replace(LEFT, line=2, end_line=2), fixed), old=b"a\nb\nc\n", new=b"b\n# c\n")
    found = in_old(result, keep_fixed)
    assert [finding.fixed for finding in found if finding.line == 3][-1] == keep_fixed
    assert len(found) == 2


def test_a_line_that_is_gone_gives_a_place_inside_the_file() -> None:
    finding = replace(LEFT, line=3, column=9, end_line=3, end_column=12)
    result = FileResult("a.py", (finding,), old=b"a\n", new=b"x\ny\nzzzzzzzzzzzz\n")
    (found,) = in_old(result, keep_fixed=True)
    assert (found.line, found.column, found.end_line, found.end_column) == (1, 2, 1, 3)
