"""Unified diffs: git and patch apply them and get exactly the new bytes."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from codemods.command.diff import unified_diff
from codemods.command.terminal import coloured

PAIRS = [
    (b"a\nb\nc\n", b"a\nx\nc\n"),
    (b"a\r\nb\r\n", b"a\r\nx\r\ny\r\n"),
    (b"a\nb", b"a\nx"),
    (b"a\nb", b"a\nb\n"),
    (b"a\nb\n", b"a\nb"),
    (b"a\rb\n", b"a\rx\n"),
    (b"a\xe9\n", b"b\xe9\n"),
    (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
    (b"a\x0c\nb\n", b"a\x0c\nc\n"),
    (b"".join(b"%d\n" % n for n in range(40)), b"".join(b"%d\n" % n for n in range(40) if n not in (3, 20, 21, 39))),
    (b"".join(b"%d\n" % n for n in range(40)), b"".join(b"%d\n" % n * (1 + (n in (0, 9, 16))) for n in range(40))),
    (b"-- a\n++ b\n", b"-- a\n++ c\n"),
]


def random_pairs() -> list[tuple[bytes, bytes]]:
    chance = random.Random(20)
    pairs = []
    while len(pairs) < 60:
        old = [b"%d\n" % chance.randrange(30) for _ in range(chance.randrange(1, 40))]
        new = list(old)
        for _ in range(chance.randrange(1, 5)):
            place = chance.randrange(len(new) + 1)
            new[place : place + chance.randrange(3)] = [b"n%d\r\n" % chance.randrange(9)] * chance.randrange(3)
        if new and new != old:
            pairs.append((b"".join(old), b"".join(new)))
    return pairs


@pytest.mark.parametrize("tool", [["git", "apply", "--whitespace=nowarn"], ["patch", "-p1", "-s", "--binary"]])
def test_tools_apply_the_diff(tmp_path: Path, tool: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All pairs in one patch, one file each, some in folders and with names that need care."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    patch = b""
    expected = {}
    for number, (old, new) in enumerate(PAIRS + random_pairs()):
        name = ("a{}.py", "a b{}.py", "dir/{}.py", "é{}.py", 'quo"te{}.py')[number % 5].format(number)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(old)
        expected[name] = new
        patch += unified_diff(("", "./", f"{tmp_path}/")[number % 3] + name, old, new)
    ran = subprocess.run(tool, input=patch, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert {name: (tmp_path / name).read_bytes() for name in expected} == expected


def test_the_whole_text() -> None:
    old = b"".join(b"%d\n" % number for number in range(1, 21))
    new = old.replace(b"\n5\n", b"\nfive\n").replace(b"\n20\n", b"\n20")
    assert unified_diff("pkg/a.py", old, new) == (
        b"--- a/pkg/a.py\n+++ b/pkg/a.py\n"
        b"@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        b"@@ -17,4 +17,4 @@\n 17\n 18\n 19\n-20\n+20\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("a.py", b"a/a.py\n"),
        ("./x/../a.py", b"a/a.py\n"),
        ("a b.py", b"a/a b.py\t\n"),
        ("a\nb.py", b'"a/a\\012b.py"\n'),
        ('a"\\b.py', b'"a/a\\"\\\\b.py"\n'),
        ("/elsewhere/a.py", b"a/elsewhere/a.py\n"),
        (os.fsdecode(b"\xff.py"), b"a/\xff.py\n"),
    ],
)
def test_file_names(path: str, label: bytes) -> None:
    assert unified_diff(path, b"a\n", b"b\n").split(b"--- ")[1].startswith(label)


def test_on_a_terminal_control_characters_are_escaped() -> None:
    text = coloured(unified_diff("a.py", b"x = '\x1b[2J'\n\ty\n", b"x = ''\n\ty\n"))
    assert "\x1b[31m-x = '\\x1b[2J'\x1b[0m\n" in text
    assert "\x1b[32m+x = ''\x1b[0m\n" in text
    assert "\n \ty\n" in text
