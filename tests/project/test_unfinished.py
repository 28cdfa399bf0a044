"""No test is skipped, no error is swallowed, no type error is silenced whole, nothing is left for later."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# Code that is wrong on purpose, to be found or fixed.
WRONG_ON_PURPOSE = ("tests/data/", "examples/")
REMINDER = re.compile(r"#.*\b(?:TODO|FIXME)\b")
WHOLE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[)")
SKIPS = {"skip", "skipif", "xfail", "skipTest", "skipIf", "skipUnless", "importorskip"}


def unfinished(source: bytes) -> list[tuple[int, str]]:
    """Line and kind of everything unfinished. Only code and comments count, not what strings quote."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in SKIPS:
            found.append((node.lineno, "a skipped test"))
        elif isinstance(node, ast.ExceptHandler) and is_broad(node) and isinstance(node.body[0], ast.Pass):
            found.append((node.lineno, "an error swallowed"))
    if not any(word in source for word in (b"TODO", b"FIXME", b"ignore")):
        return found
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            found += [(token.start[0], "a reminder")] * bool(REMINDER.search(token.string))
            found += [(token.start[0], "a type error silenced whole")] * bool(WHOLE_IGNORE.search(token.string))
    return found


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = {"Exception", "BaseException"}
    return handler.type is None or isinstance(handler.type, ast.Name) and handler.type.id in names


def test_nothing_is_unfinished() -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "*.py"], cwd=TOP, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(WRONG_ON_PURPOSE)]
    paths = [TOP / name for name in names if (TOP / name).exists()]
    assert len(paths) > 50
    assert [(str(path), *found) for path in paths for found in unfinished(path.read_bytes())] == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("@pytest.mark.skipif(True)\ndef test(): ...\n", "a skipped test"),
        ("pytest.skip('later')\n", "a skipped test"),
        ("try:\n    f()\nexcept Exception:\n    pass\n", "an error swallowed"),
        ("try:\n    f()\nexcept:\n    pass\n", "an error swallowed"),
        ("x: int = f()  # type: ignore\n", "a type error silenced whole"),
        ("x = 1  # TODO: two\n", "a reminder"),
    ],
)
def test_finds(source: str, kind: str) -> None:
    assert [found for _, found in unfinished(source.encode())] == [kind]


@pytest.mark.parametrize(
    "source",
    [
        "x = '# TODO: quoted'\n",
        "x: int = f()  # type: ignore[no-any-return]\n",
        "try:\n    f()\nexcept OSError:\n    pass\n",
    ],
)
def test_leaves(source: str) -> None:
    assert unfinished(source.encode()) == []
