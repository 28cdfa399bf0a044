"""The page of promises names the tests that hold them, by names that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recorder" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.*\.py.*) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("promise", "held_by"), ROWS, ids=[promise for promise, _ in ROWS])
def test_every_promise_names_tests_that_exist(promise: str, held_by: str) -> None:
    code = ""
    for name in re.findall(r"`(tests/[\w/]+\.py|test_\w+)(?:::(test_\w+))?`", held_by):
        path, function = name if name[0].startswith("tests/") else ("", name[0])
        if path:
            code = (ROOT / path).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in code, f"{promise}: {function}"
    assert code, promise


def test_there_are_promises() -> None:
    assert len(ROWS) >= 12
