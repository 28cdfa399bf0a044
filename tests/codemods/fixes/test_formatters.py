"""On a file that black and ruff's formatter accept, both accept what the fixer makes of it.

Every example of every rule and every row of the fixer's tables, formatted first. Lines that a rename or code taken over brings
beyond the formatters' limit are never broken anew; such results are left out, and counted.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import black
import pytest
from test_rows_left import ROWS as LEFT
from test_rows_safe import ROWS as SAFE
from test_rows_unsafe import ROWS as UNSAFE

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.rules import RULES

pytestmark = pytest.mark.slow

LIMIT = black.DEFAULT_LINE_LENGTH
RUFF = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={LIMIT}", "--target-version=py311"]


def programs() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Texts with their names and configurations."""
    for rule in RULES:
        for number, example in enumerate(rule.bad):
            yield f"{rule.code}-{number}", example.source, dict(example.config)
    for row in (*SAFE, *UNSAFE, *LEFT):
        yield f"{row.level}-{row.name}", row.program, dict(row.config)


def by_black(text: str) -> str:
    try:
        return black.format_str(text, mode=black.Mode())
    except black.InvalidInput:
        return ""


def by_ruff(folder: Path, texts: list[str]) -> list[str]:
    """The texts as ruff formats them, all in one go."""
    folder.mkdir()
    paths = [folder / f"m{number}.py" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    subprocess.run([*RUFF, "-q", str(folder)], check=False)
    return [path.read_text() for path in paths]


def changed(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def test_formatted_files_stay_formatted(tmp_path: Path) -> None:
    given = list(programs())
    texts = by_ruff(tmp_path / "first", [by_black(text) for _, text, _ in given])
    accepted = by_ruff(tmp_path / "second", [by_black(text) for text in texts])
    names, before, results = [], [], []
    for (name, _, config), text, again in zip(given, texts, accepted, strict=True):
        if not text or text != again or by_black(text) != text:
            continue  # the two formatters do not agree about it
        for unsafe in (False, True):
            result = process_file(text.encode(), "m.py", Config(config), Facts(), Options(mode="fix", unsafe=unsafe))
            if result.new is not None:
                names.append(f"{name} {'unsafe' if unsafe else 'safe'}")
                before.append(text)
                results.append(result.new.decode())
    formatted = by_ruff(tmp_path / "third", results)
    wrong, long = [], 0
    for name, old, new, ruffed in zip(names, before, results, formatted, strict=True):
        if any(len(line) > LIMIT for line in changed(old, new)):
            long += 1
        elif by_black(new) != new or ruffed != new:
            wrong.append(f"{name}\n{new}\nblack: {changed(new, by_black(new))}\nruff: {changed(new, ruffed)}")
    assert not wrong, f"{len(wrong)} of {len(results)}:\n" + "\n\n".join(wrong)
    assert len(results) > 150 and long < len(results) / 20, (len(results), long)
