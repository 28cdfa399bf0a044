"""Fixtures of the fixer's tests: run one row of a table through the engine and check all that holds for every rewrite."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable, Mapping

import black
import pytest
from fix_rows import Row
from pyflakes.api import check
from pyflakes.reporter import Reporter

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult
from lint_plugin.source.text import SourceText


def complaints(text: str) -> list[str]:
    """pyflakes' messages without their places, but for lines with a noqa."""
    out = io.StringIO()
    check(text, "m.py", Reporter(out, out))
    lines = text.splitlines()
    messages = [re.fullmatch(r"m\.py:(\d+):\d+:? (.*)", line) for line in out.getvalue().splitlines()]
    return [re.sub(r"line \d+", "", m[2]) for m in messages if m is not None and "noqa" not in lines[int(m[1]) - 1]]


def run(raw: bytes, unsafe: bool = False, mode: str = "fix", **config: object) -> FileResult:
    """The engine on one file, as plain functions."""
    return process_file(raw, "m.py", Config(config), Facts(), Options(mode=mode, unsafe=unsafe))


def require_sound(before: bytes, after: bytes, unsafe: bool, config: Mapping[str, object]) -> None:
    """What holds for every rewrite: it parses, nothing new is wrong in it, and a second run leaves it alone."""
    ast.parse(after)
    known = complaints(before.decode())
    assert [line for line in complaints(after.decode()) if line not in known] == []
    again = run(after, unsafe, **config)
    assert again.new is None, "a second run changes it again"


def require_row(row: Row) -> None:
    """Check one row: level, reason, the text after `--unsafe` or without it, and that the rest of the file is untouched."""
    before = row.program.encode()
    checked = run(before, mode="check", **row.config)
    if row.level == "none":
        assert checked.findings == ()
        return
    found = [f for f in checked.findings if f.code == row.code]
    assert {(f.level, f.fixed) for f in found} == {(row.level, False)} or len(found) > 1
    assert (found[0].level, found[0].reason) == (row.level, row.reason)
    safe, unsafe = run(before, **row.config), run(before, unsafe=True, **row.config)
    after = unsafe.new or before
    assert in_one_style(after) == in_one_style(row.rewritten.encode())
    assert (safe.new or before) == (after if row.level == "safe" else before)
    require_sound(before, after, True, row.config)


def in_one_style(raw: bytes) -> str:
    """A text without what is a matter of style: quotes, trailing commas and line breaks inside statements."""
    return black.format_str(raw.decode(), mode=black.Mode(line_length=500, magic_trailing_comma=False))


@pytest.fixture
def holds() -> Callable[[Row], None]:
    """Checks one row of a table, as `require_row` above."""
    return require_row


@pytest.fixture
def engine() -> Callable[..., FileResult]:
    """The engine on one file, as `run` above."""
    return run


@pytest.fixture
def sound() -> Callable[..., None]:
    """Checks what holds for every rewrite, as `require_sound` above."""
    return require_sound


def require_untouched(old: bytes, result: FileResult) -> None:
    """Every changed line belongs to something that was fixed, or to a statement that this left without a use."""
    before, after = SourceText(old), SourceText(result.new or old)
    assert (after.bom, after.encoding) == (before.bom, before.encoding)
    fixed = {line for f in result.findings if f.fixed for line in range(f.line, f.end_line + 1)}
    own = set(fixed)
    for node in ast.walk(ast.parse(old)):
        if not isinstance(node, ast.stmt):
            continue
        lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        is_fixed = bool(lines & fixed) and (not hasattr(node, "body") or isinstance(node, (ast.If, ast.With, ast.AsyncWith)))
        if is_fixed or isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign)):
            own |= lines
    rest = iter(after.u8.splitlines(keepends=True))
    for number, line in enumerate(before.u8.splitlines(keepends=True), 1):
        if number not in own and line.strip() and not line.strip().startswith(b"#"):
            assert line in rest, f"line {number} changed without a finding"


@pytest.fixture
def untouched() -> Callable[[bytes, FileResult], None]:
    """Checks what a run changed, as `require_untouched` above."""
    return require_untouched


@pytest.fixture(name="complaints")
def complaints_of() -> Callable[[str], list[str]]:
    """pyflakes' messages, as `complaints` above."""
    return complaints
