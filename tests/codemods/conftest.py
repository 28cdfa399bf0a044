"""Fixtures of the fixer's tests: run one case of a table through the engine and check all that holds for every rewrite."""

from __future__ import annotations

import ast
import difflib
import io
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import black
import pytest
from pyflakes.api import check
from pyflakes.reporter import Reporter

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult
from lint_plugin.source.text import SourceText

HEADER = """\
import os
import shutil
from pathlib import Path

from pipeline_recorder import LivePipelineRecorder


"""
SIGNATURE = "def program(recorder: LivePipelineRecorder, src: str, kind: str):"
FOOTER = "\n\nKEPT = (os, shutil, Path)\n"
SAVE = re.compile(r"^( *)(\w+ = )?SAVE (\S+) (.+) FROM (.+) AS (.+), (.+)$", re.MULTILINE)
SAVED = """\
\\1with open(\\5, 'rb') as f:
\\1    file_data = f.read()
\\1\\2\\3.save_entity(
\\1    entity_type=\\4,
\\1    content=file_data,
\\1    metadata={'format': \\6, 'filesystem_path': \\7}
\\1)"""


@dataclass(frozen=True)
class Case:
    """One row: a function's body before and after.

    `SAVE recorder 'x' FROM src AS 'mp3', path` in `after` stands for the emitted lines: whose entity of which type, from which
    file, its format and its `filesystem_path`. `level` is `none` where nothing is to be found.
    """

    id: str
    before: str
    level: str
    code: str = ""
    reason: str = ""
    after: str = ""
    signature: str = SIGNATURE
    config: Mapping[str, object] = field(default_factory=dict)

    def program(self, body: str) -> str:
        """The whole file with this body; its first line is line 9."""
        return f"{HEADER}{self.signature}\n{textwrap.indent(body, '    ')}\n{FOOTER}"


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


def require_case(case: Case) -> None:
    """Check one row: level, reason, the text after `--unsafe` or without it, and that the rest of the file is untouched."""
    before = case.program(case.before).encode()
    checked = run(before, mode="check", **case.config)
    writes = [f for f in checked.findings if f.code == case.code]
    if case.level == "none":
        assert checked.findings == ()
        return
    assert {(f.level, f.fixed) for f in writes} == {(case.level, False)} or len(writes) > 1
    assert writes[0].level == case.level
    assert writes[0].reason == case.reason
    expected = case.program(SAVE.sub(SAVED, case.after)).encode() if case.after else before
    safe, unsafe = run(before, **case.config), run(before, unsafe=True, **case.config)
    after = unsafe.new or before
    assert in_one_style(after) == in_one_style(expected)
    assert (safe.new or before) == (after if case.level == "safe" else before)
    require_sound(before, after, True, case.config)


def in_one_style(raw: bytes) -> str:
    """A text without what is a matter of style: quotes, trailing commas and line breaks inside statements."""
    return black.format_str(raw.decode(), mode=black.Mode(line_length=500, magic_trailing_comma=False))


@pytest.fixture
def holds() -> Callable[..., None]:
    """Checks one row of a table: the fields of a `Case`."""

    def check_row(*given: str, **named: object) -> None:
        require_case(Case(*given, **named))  # type: ignore[arg-type]

    return check_row


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
    rows = before.u8.splitlines(keepends=True), after.u8.splitlines(keepends=True)
    for tag, low, high, _, _ in difflib.SequenceMatcher(None, *rows, autojunk=False).get_opcodes():
        said = {n for n in range(low + 1, high + 1) if rows[0][n - 1].strip() and not rows[0][n - 1].strip().startswith(b"#")}
        assert tag == "equal" or said <= own, f"line {min(said - own)} changed without a finding"


@pytest.fixture
def untouched() -> Callable[[bytes, FileResult], None]:
    """Checks what a run changed, as `require_untouched` above."""
    return require_untouched


@pytest.fixture(name="complaints")
def complaints_of() -> Callable[[str], list[str]]:
    """pyflakes' messages, as `complaints` above."""
    return complaints
