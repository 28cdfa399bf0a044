"""LibCST carries the edits out: it is seen to do so, what it cannot do is left, and a tree comes to the same as the text."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import warnings
from pathlib import Path

import libcst as cst
import pytest

from codemods.rewrite.printing import TreePrinter
from codemods.rewrite.transformer import EditTransformer
from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts

SEED = (Path(__file__).parents[2] / "data" / "seed_block.py").read_bytes()
TWO = b"""\
import shutil

from recorder import LivePipelineRecorder


def folder(recorder: LivePipelineRecorder) -> str:
    return str(recorder.run_dir)


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy2(source if source else(lambda: "x")(), recorder.run_folder / "07_output_audio.mp3")
"""


def run(raw: bytes, printer: TreePrinter | None = None) -> tuple[bytes, set[tuple[str, bool, str]]]:
    result = process_file(raw, "a.py", Config(), Facts(), Options(mode="fix", unsafe=True), printer)
    assert result.errors == ()
    return result.new or raw, {(f.code, f.fixed, f.reason) for f in result.findings}


def test_a_run_that_fixes_a_file_visits_it_with_the_transformer(monkeypatch: pytest.MonkeyPatch) -> None:
    visited: list[str] = []
    leave = EditTransformer.on_leave

    def seen(self: EditTransformer, original: cst.CSTNode, updated: cst.CSTNode) -> object:
        visited.append(type(original).__name__)
        return leave(self, original, updated)  # type: ignore[type-var]

    monkeypatch.setattr(EditTransformer, "on_leave", seen)
    new, _ = run(SEED)
    assert new != SEED
    # The block's statements and their headers, cut out; not the whole file.
    assert {"Module", "IndentedBlock", "If", "Import"} <= set(visited)
    assert visited.count("FunctionDef") == 0


def test_what_libcst_fails_on_is_left_and_nothing_else() -> None:
    new, findings = run(TWO)
    assert new == TWO.replace(b"run_dir", b"run_folder")
    assert ("LPR001", True, "") in findings
    assert ("LPR201", False, "LibCST cannot parse this code") in findings


BROKEN = """\
import sys

import libcst as cst

def broken(*args, **kwargs):
    raise {error}

cst.parse_module = broken
from codemods.command.cli import main
sys.exit(main(["--unsafe", "--jobs", "1", "a.py"]))
"""


@pytest.mark.parametrize("error", ["TypeError('no')", "RecursionError", "cst.CSTValidationError('no')", "AssertionError"])
def test_with_libcst_broken_nothing_is_rewritten_and_every_finding_is_left(tmp_path: Path, error: str) -> None:
    (tmp_path / "a.py").write_bytes(SEED)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    code = BROKEN.format(error=error)
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (tmp_path / "a.py").read_bytes() == SEED
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "LibCST cannot parse this code" in ran.stdout
    assert all(code in ran.stdout for code in ("LPR101", "LPR201", "LPR301", "LPR401", "LPR001"))


def test_what_libcst_reads_differently_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = cst.parse_module

    def lossy(source: str, config: cst.PartialParserConfig) -> cst.Module:  # type: ignore[valid-type]
        return parse(source.replace("recorder", "Recorder"), config)

    monkeypatch.setattr(cst, "parse_module", lossy)
    new, findings = run(TWO.replace(b"else(", b"else ("))
    assert new == TWO.replace(b"else(", b"else (")
    assert {reason.rpartition(": ")[2] for _, _, reason in findings} == {"LibCST reads this code differently"}


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("raw", [SEED, TWO.replace(b'source if source else(lambda: "x")()', b"source")], ids=["seed", "two"])
def test_on_a_tree_it_comes_to_the_same(raw: bytes, newline: bytes) -> None:
    raw = raw.replace(b"\n", newline)
    module = cst.parse_module(raw)
    printer = TreePrinter(module)
    new, findings = run(raw, printer)
    assert (new, findings) == run(raw)
    assert printer.trees[new].bytes == new and printer.trees[raw] is module


def test_invalid_escapes_in_a_file_are_no_news(tmp_path: Path) -> None:
    text = TWO.replace(b'(source if source else(lambda: "x")(), ', b'(source.replace("\\d", "\\w"), ')
    text = text.replace(b"import shutil\n", b'import shutil\n\nPATTERN = "\\d+"\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new, findings = run(text)
    assert b"save_entity(" in new and all(fixed for _, fixed, _ in findings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(new)
